import { describe, expect, it } from "vitest";
import {
  inwardResult,
  outwardLease,
  shardLease,
  shardResults,
  upwardResults,
} from "../../../../src/core/monitor/lease-relay.ts";

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

describe("a lease that a shard gives out", () => {
  it.each(["shard", "above"] as const)("comes back to who lent it: %s", (lender) => {
    const lease = { id: "a", generation: 2 ** 31 + 7, scope: "region", ttlMs: 3_000 } as const;
    const { generation } = shardLease(lease, lender);
    const answered = [{ id: "a", ok: true, scope: "region", generation } as const];
    const result = { id: "a", ok: true, scope: "region", generation: lease.generation };
    expect(shardResults(answered)).toEqual(lender === "shard" ? [result] : []);
    expect(upwardResults(answered)).toEqual(lender === "above" ? [result] : []);
  });
});
