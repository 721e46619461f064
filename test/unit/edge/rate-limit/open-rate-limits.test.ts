import { describe, expect, it } from "vitest";
import type { Mesh, RateLimit } from "../../../../src/core/mesh.ts";
import { take } from "../../../../src/core/rate-limit/counter.ts";
import { tick } from "../../../../src/core/rate-limit/limit-clock.ts";
import { openRateLimits, rateLimitProblems } from "../../../../src/edge/rate-limit/open-rate-limits.ts";
import { endpointOf, meshOf, serviceOf } from "../../../fixtures/meshes.ts";

const LIMIT: RateLimit = {
  name: "per-client",
  counting: { type: "token-bucket", limit: 10, windowMs: 60_000, burst: 10 },
  key: [{ type: "ip", v6Prefix: 64 }],
  cost: { type: "fixed", units: 1 },
  scope: { type: "local" },
  onFailure: "open",
  dryRun: false,
  headers: true,
};
const mesh = (...rateLimits: RateLimit[]): Mesh => ({
  ...meshOf([serviceOf("shop", [endpointOf("a", "http://a.invalid")])]),
  rateLimits,
});

/** How many are left of a limit, after one was taken of it. */
function usedOnce(limit: RateLimit) {
  const open = openRateLimits(mesh(limit), null);
  tick(open.clock, 1_000);
  const { counter, verdict } = open.inOrder[0]!;
  if (counter.type === "concurrency") throw new Error("not here");
  take(counter, "a", 4, open.clock, verdict);
  return open;
}

describe("the rate limits of a mesh", () => {
  it.each([
    ["the same limit among others", [{ ...LIMIT, name: "other" }, LIMIT], 1, true],
    ["what it does when it refuses", [{ ...LIMIT, dryRun: true, headers: false, onFailure: "closed" }], 0, true],
    ["another name", [{ ...LIMIT, name: "other" }], 0, false],
    ["another limit", [{ ...LIMIT, counting: { ...LIMIT.counting, limit: 11 } }], 0, false],
    ["another key", [{ ...LIMIT, key: [] }], 0, false],
    ["another scope", [{ ...LIMIT, scope: { type: "global" } }], 0, false],
  ] as [string, RateLimit[], number, boolean][])("count on over a mesh with %s: %#", (_, limits, index, goesOn) => {
    const before = usedOnce(LIMIT);
    const after = openRateLimits(mesh(...limits), before);
    expect(after.inOrder[index]!.counter === before.inOrder[0]!.counter).toBe(goesOn);
    expect(after.clock).toBe(before.clock);
  });

  it("are none in a mesh without any", () => {
    expect(openRateLimits(meshOf([]), null).inOrder).toEqual([]);
  });

  it("tell callers of themselves unless they are on trial or silent", () => {
    const policies = (more: Partial<RateLimit>) => openRateLimits(mesh({ ...LIMIT, ...more }), null).inOrder[0]!.policy;
    expect(policies({})).toBe('"per-client";q=10;w=60');
    expect([policies({ dryRun: true }), policies({ headers: false })]).toEqual(["", ""]);
  });

  it("miss bindings that are not there, or are something else", () => {
    const colo: RateLimit = { ...LIMIT, scope: { type: "colo", binding: "RL" } };
    const open = openRateLimits(mesh(colo), null);
    for (const env of [{}, { RL: "text" }, { RL: null }, { RL: { get() {} } }]) {
      expect(rateLimitProblems(open, env)).toEqual([
        expect.stringMatching(/^rate limit per-client: there is no rate-limit binding RL: add .* to wrangler.toml/),
      ]);
    }
    expect(rateLimitProblems(open, { RL: { limit: async () => ({ success: true }) } })).toEqual([]);
  });

  it("are a problem when nobody can count for all isolates together", () => {
    const open = openRateLimits(mesh({ ...LIMIT, scope: { type: "global" } }), null);
    expect(rateLimitProblems(open, {})).toEqual([
      expect.stringMatching(/^rate limit per-client: there is no binding RATE_LIMITER/),
    ]);
    expect(rateLimitProblems(open, { RATE_LIMITER: {} })).toEqual([]);
  });
});
