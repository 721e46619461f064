import { describe, expect, it } from "vitest";
import { compareRateLimits } from "../../../../src/cli/doctor/rate-limits.ts";
import { deploymentOf } from "../../../../src/cli/workerd/deployment.ts";
import type { RateLimit } from "../../../../src/core/mesh.ts";

const limit = (binding: string, units: number, windowMs: number): RateLimit => ({
  name: "per-client",
  counting: { type: "sliding-window", limit: units, windowMs },
  key: [],
  cost: { type: "fixed", units: 1 },
  scope: { type: "colo", binding },
  onFailure: "open",
  dryRun: false,
  headers: true,
});
const { rateLimits } = deploymentOf({
  name: "edge",
  ratelimits: [{ name: "RL", namespace_id: "1001", simple: { limit: 100, period: 60 } }],
})!;

describe("limits of a data centre and the bindings for them", () => {
  it("are well when they say the same", () => {
    expect(compareRateLimits([limit("RL", 100, 60_000)], rateLimits, "wrangler.toml")).toEqual({
      id: "rate-limits",
      state: "ok",
      says: "1 limit of scope colo, as the bindings of wrangler.toml",
      fix: "",
    });
  });

  it.each([
    [limit("OTHER", 100, 60_000), "has no rate-limit binding OTHER", "simple = { limit = 100, period = 60 }"],
    [limit("RL", 50, 60_000), "allows 100 in 60 s, rate limit per-client says 50 in 60 s", "limit = 50, period = 60"],
    [limit("RL", 100, 10_000), "says 100 in 10 s", "limit = 100, period = 10"],
  ])("are broken when they differ: %#", (wanted, says, fix) => {
    const check = compareRateLimits([limit("RL", 100, 60_000), wanted], rateLimits, "wrangler.toml");
    expect(check).toMatchObject({ state: "broken", says: expect.stringContaining(says) });
    expect(check.fix).toContain(fix);
  });
});
