import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { isBrokenFilters } from "../../../../durable-objects/mesh-config/broken-filters.ts";
import type { RequestPolicy, RouteFilters } from "../../../../src/core/mesh.ts";
import { endpointOf, meshOf, serviceOf } from "../../../fixtures/meshes.ts";

const services = [serviceOf("shop", [endpointOf("a", "http://a.invalid")])];
const mesh = { ...meshOf(services), policies: [{} as RequestPolicy] };

const whole: RouteFilters = {
  fault: null,
  cors: null,
  answer: null,
  requestHeaders: { set: [["x-a", "1"]], add: [], remove: ["x-b"] },
  rewrite: { hostname: null, path: null },
  mirrors: [{ service: 0, policy: 0, fraction: 1, maxBodyBytes: 0 }],
  responseHeaders: null,
  extensions: [{ name: "mine", settings: {} }],
};

describe("isBrokenFilters", () => {
  it("is false for none and for what the compiler makes", () => {
    expect(isBrokenFilters(null, mesh)).toBe(false);
    expect(isBrokenFilters(whole, mesh)).toBe(false);
  });

  it.each([
    ["nothing at all", undefined],
    ["a part that is missing", { ...whole, cors: undefined }],
    ["a mirror to nowhere", { ...whole, mirrors: [{ service: 7, policy: 0 }] }],
    ["a mirror by no policy", { ...whole, mirrors: [{ service: 0, policy: "0" }] }],
    ["an extension without a name", { ...whole, extensions: [{}] }],
    ["headers that are no pairs", { ...whole, requestHeaders: { set: ["x-a"], add: [], remove: [] } }],
    [
      "a header with a line of its own",
      { ...whole, responseHeaders: { set: [["a", "b\r\nc: d"]], add: [], remove: [] } },
    ],
  ])("is true for %s", (_, value) => {
    expect(isBrokenFilters(value, mesh)).toBe(true);
  });

  it("never throws, whatever is in it", () => {
    fc.assert(
      fc.property(fc.anything(), fc.constantFrom(...Object.keys(whole)), (value, key) => {
        expect(typeof isBrokenFilters(value, mesh)).toBe("boolean");
        expect(typeof isBrokenFilters({ ...whole, [key]: value }, mesh)).toBe("boolean");
        expect(typeof isBrokenFilters({ ...whole, mirrors: [{ service: value, policy: value }] }, mesh)).toBe(
          "boolean",
        );
      }),
      { seed: 3 },
    );
  });
});
