import fc from "fast-check";
import { describe, expect, it } from "vitest";
import type { EndpointSet } from "../../../src/core/endpoint-set.ts";
import { checkEndpointSet, MAX_SET_ENDPOINTS } from "../../../src/core/endpoint-set-check.ts";
import { endpointOf } from "../../fixtures/meshes.ts";

const set: EndpointSet = {
  revision: 7,
  endpoints: [
    endpointOf("a", "https://a.example"),
    endpointOf("b", "http://[2001:db8::1]:8080", {
      basePath: "/shop/v1",
      weight: 0.5,
      priority: 1,
      near: "weur",
      labels: { version: "2" },
      headers: [["x-key", "value"]],
      costPerGb: 0.08,
    }),
  ],
  draining: ["a"],
};

const withEndpoint = (fields: object) => ({ revision: 7, endpoints: [{ ...set.endpoints[0], ...fields }] });

describe("the check of a set of endpoints", () => {
  it("gives a good one back, through JSON too", () => {
    expect(checkEndpointSet(set)).toEqual({ ok: true, set });
    expect(checkEndpointSet(JSON.parse(JSON.stringify(set)))).toEqual({ ok: true, set });
  });

  it("drops what it does not know and fills in what has a neutral value", () => {
    const given = { revision: 1, endpoints: [{ id: "a", origin: "https://a.example", mood: "good" }], more: 1 };
    const result = checkEndpointSet(given);
    const endpoint = { ...endpointOf("a", "https://a.example"), locality: { cloud: "", region: "", zone: "" } };
    expect(result).toEqual({ ok: true, set: { revision: 1, endpoints: [endpoint] } });
  });

  it.each([
    ["null", null],
    ["a list", []],
    ["no revision", { endpoints: set.endpoints }],
    ["revision 0, which stands for none", { ...set, revision: 0 }],
    ["no endpoints", { revision: 1 }],
    ["an empty set", { revision: 1, endpoints: [] }],
    ["two of one id", { revision: 1, endpoints: [set.endpoints[0], set.endpoints[0]] }],
    ["an endpoint that is none", { revision: 1, endpoints: [null] }],
    ["an empty id", withEndpoint({ id: "" })],
    ["another scheme", withEndpoint({ origin: "ftp://a.example" })],
    ["credentials in the origin", withEndpoint({ origin: "https://user:pw@a.example" })],
    ["a path in the origin", withEndpoint({ origin: "https://a.example/x" })],
    ["a query in the base path", withEndpoint({ basePath: "/x?y" })],
    ["a base path with a slash at its end", withEndpoint({ basePath: "/x/" })],
    ["weight 0", withEndpoint({ weight: 0 })],
    ["a weight that is no number", withEndpoint({ weight: Number.NaN })],
    ["half a priority", withEndpoint({ priority: 0.5 })],
    ["an unknown region", withEndpoint({ near: "moon" })],
    ["a header with a line break", withEndpoint({ headers: [["x-key", "a\r\nx-other: b"]] })],
    ["a header name in capitals", withEndpoint({ headers: [["X-Key", "a"]] })],
    ["labels that are no texts", withEndpoint({ labels: { a: 1 } })],
    ["a draining one that is not there", { ...set, draining: ["c"] }],
  ])("refuses %s whole", (_, value) => {
    expect(checkEndpointSet(value)).toMatchObject({ ok: false });
  });

  it("refuses more endpoints than a report may list", () => {
    const many = (count: number) => ({
      revision: 1,
      endpoints: Array.from({ length: count }, (_, i) => endpointOf(`e${i}`, "https://a.example")),
    });
    expect(checkEndpointSet(many(MAX_SET_ENDPOINTS))).toMatchObject({ ok: true });
    expect(checkEndpointSet(many(MAX_SET_ENDPOINTS + 1))).toMatchObject({ ok: false });
  });

  it("never throws, and what it accepts it accepts again", () => {
    const field = fc.oneof(fc.anything(), fc.constantFrom("a", "https://a.example", 1));
    const endpoint = fc.record({ id: field, origin: field, weight: field, headers: field }, { requiredKeys: [] });
    const value = fc.oneof(fc.anything(), fc.record({ revision: field, endpoints: fc.array(endpoint) }));
    fc.assert(
      fc.property(value, (given) => {
        const result = checkEndpointSet(given);
        if (result.ok) expect(checkEndpointSet(result.set)).toEqual(result);
      }),
      { seed: 5, numRuns: 500 },
    );
  });
});
