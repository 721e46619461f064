import { describe, expect, it } from "vitest";
import { inwardResult, outwardLease } from "../../../../src/core/monitor/lease-relay.ts";

describe("a lease on its way to an isolate and back", () => {
  it.each([
    ["region", "region", "region"],
    ["region", "global", "region"],
    ["root", "region", "global"],
    ["root", "global", "global"],
  ] as const)("lent by the %s for its %s breaker shows as %s and finds its breaker again", (lender, scope, shown) => {
    const generation = 2 ** 30 + 7;
    const lease = outwardLease({ id: "a", generation, scope, ttlMs: 3_000 }, lender);
    expect(lease.scope).toBe(shown);
    const result = { id: "a", ok: true, generation: lease.generation, scope: lease.scope };
    expect(inwardResult(result)).toEqual({ lender, result: { id: "a", ok: true, generation, scope } });
  });
});
