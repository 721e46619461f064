import { describe, expect, it } from "vitest";
import { isBrokenRateLimits } from "../../../../durable-objects/mesh-config/broken-rate-limits.ts";
import { checkMesh } from "../../../../durable-objects/mesh-config/check-mesh.ts";
import { endpointOf, meshOf, serviceOf } from "../../../fixtures/meshes.ts";

const limit = {
  name: "per-client",
  counting: { type: "token-bucket", limit: 10, windowMs: 1_000, burst: 10 },
  key: [{ type: "ip", v6Prefix: 64 }],
  cost: { type: "fixed", units: 1 },
  scope: { type: "local" },
  onFailure: "open",
  dryRun: false,
  headers: true,
};

describe("the check of rate limits", () => {
  it("takes none, and those that it knows", () => {
    expect(isBrokenRateLimits(undefined, undefined)).toBe(false);
    expect(isBrokenRateLimits(undefined, [{}])).toBe(false);
    expect(isBrokenRateLimits([limit], [{ rateLimits: [0] }, { authorize: { policies: [] } }])).toBe(false);
    expect(isBrokenRateLimits([{ ...limit, counting: { type: "concurrency", limit: 1, holdMs: 1 } }], undefined)).toBe(
      false,
    );
  });

  it.each([
    ["no list", {}],
    ["null", [null]],
    ["one without a name", [{ ...limit, name: undefined }]],
    ["an algorithm of later", [{ ...limit, counting: { type: "leaky-bucket", limit: 1 } }]],
    ["a limit of nothing", [{ ...limit, counting: { ...limit.counting, limit: 0 } }]],
    ["a window that is no time", [{ ...limit, counting: { ...limit.counting, windowMs: null } }]],
    ["a part of a key of later", [{ ...limit, key: [{ type: "ja4" }] }]],
    ["a scope of later", [{ ...limit, scope: { type: "region" } }]],
    ["a cost of later", [{ ...limit, cost: { type: "bytes" } }]],
  ])("refuses %s", (_, limits) => {
    expect(isBrokenRateLimits(limits, undefined)).toBe(true);
  });

  it.each([[[1]], [[-1]], [[0.5]], ["0"], [["0"]]])("refuses a guard that refers to %j of one", (rateLimits) => {
    expect(isBrokenRateLimits([limit], [{ rateLimits }])).toBe(true);
  });

  it("is part of the check of a mesh", () => {
    const mesh = meshOf([serviceOf("shop", [endpointOf("a", "http://a.invalid")])]);
    expect(checkMesh({ ...mesh, rateLimits: [limit], guards: [{ rateLimits: [0] }] })).toMatchObject({ ok: true });
    expect(checkMesh({ ...mesh, guards: [{ rateLimits: [0] }] })).toMatchObject({ ok: false, error: "invalid_mesh" });
  });
});
