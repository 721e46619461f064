import { describe, expect, it } from "vitest";
import {
  askOf,
  createHolding,
  dueMs,
  type Holding,
  heldOf,
  onAnswer,
  take,
} from "../../../../../src/core/rate-limit/lease/holding.ts";
import {
  createHoldings,
  GENERATION_KEYS,
  holdingOf,
  recount,
} from "../../../../../src/core/rate-limit/lease/holdings.ts";
import { limiterName, placeOfName, shardOfKey } from "../../../../../src/core/rate-limit/lease/shard.ts";
import type { LeaseAnswer } from "../../../../../src/core/rate-limit/lease/wire.ts";

const NOW = 1_000_000;
const HORIZON_MS = 3_000;

function answer(holding: Holding, given: Partial<LeaseAnswer>, sentAtMs = NOW, nowMs = NOW + 50): void {
  const ask = askOf(holding, HORIZON_MS, sentAtMs);
  const { key, session, used, returned } = ask;
  const said = { key, session, granted: used + returned, left: 100, resetMs: 60_000, retryMs: 0, ...given };
  onAnswer(holding, ask, said, { sentAtMs, leaseMs: 9_000, paceMs: 100, nowMs, limit: 1_000 });
}

describe("a key of which nothing is known", () => {
  it("lets one request pass ahead, and the next wait", () => {
    const holding = createHolding("k", 1, NOW);
    expect([1, 2, 3].map(() => take(holding, 1, NOW, true))).toEqual(["ahead", "wait", "wait"]);
  });

  it("lets none pass where the limit is exact", () => {
    expect(take(createHolding("k", 1, NOW), 1, NOW, false)).toBe("wait");
  });

  it("has to be told at once", () => {
    const holding = createHolding("k", 1, NOW);
    take(holding, 1, NOW, true);
    expect(dueMs(holding, 3_000, NOW)).toBe(NOW);
  });
});

describe("a lease", () => {
  it("is used until it is used up", () => {
    const holding = createHolding("k", 1, NOW);
    answer(holding, { granted: 2 });
    expect([1, 2].map(() => take(holding, 1, NOW + 60, false))).toEqual(["lease", "lease"]);
    expect(take(holding, 1, NOW + 60, false)).toBe("wait");
  });

  it("ends by when it was asked for, not by when it came", () => {
    const holding = createHolding("k", 1, NOW);
    answer(holding, { granted: 2 }, NOW, NOW + 2_000);
    expect([heldOf(holding, NOW + 8_999), heldOf(holding, NOW + 9_000)]).toEqual([2, 0]);
  });

  it("that is not needed is returned with the next report", () => {
    const holding = createHolding("k", 1, NOW);
    answer(holding, { granted: 10 });
    take(holding, 1, NOW + 60, false);
    expect(dueMs(holding, 3_000, NOW + 100)).toBe(NOW + 50 + 3_000);
    expect(askOf(holding, HORIZON_MS, NOW + 8_000)).toMatchObject({ used: 1, returned: 9, want: 0 });
    expect(heldOf(holding, NOW + 8_000)).toBe(0);
  });

  it("is wanted larger by whoever needs more", () => {
    const holding = createHolding("k", 1, NOW);
    for (let i = 0; i < 3_000; i++) take(holding, 1, NOW + i, false);
    const { want } = askOf(holding, HORIZON_MS, NOW + 3_000);
    // A request a millisecond: what three seconds take, and a quarter more, less what the average has not caught up with.
    expect(want).toBeGreaterThanOrEqual(3_000);
    expect(want).toBeLessThanOrEqual(3_750);
  });

  it("is eaten up by what passes beside it", () => {
    const holding = createHolding("k", 1, NOW);
    answer(holding, { granted: 3 });
    expect(take(holding, 5, NOW + 60, true)).toBe("ahead");
    expect(heldOf(holding, NOW + 60)).toBe(0);
  });
});

describe("a refusal", () => {
  it("is remembered: no request waits or passes, and nobody is asked before its time", () => {
    const holding = createHolding("k", 1, NOW);
    take(holding, 1, NOW, true);
    answer(holding, { left: 0, retryMs: 40_000 });
    expect(take(holding, 1, NOW + 60, true)).toBe("denied");
    expect(dueMs(holding, 3_000, NOW + 60)).toBe(NOW + 50 + 200);
  });

  it("is remembered for longer each time, for half a minute at most", () => {
    const holding = createHolding("k", 1, NOW);
    const waits: number[] = [];
    for (let i = 0, nowMs = NOW; i < 10; i++) {
      take(holding, 1, nowMs, false);
      answer(holding, { left: 0, retryMs: 86_400_000 }, nowMs, nowMs);
      waits.push(holding.deniedUntilMs - nowMs);
      nowMs = holding.deniedUntilMs;
    }
    expect(waits).toEqual([200, 400, 800, 1_600, 3_200, 6_400, 12_800, 25_600, 30_000, 30_000]);
  });

  it("is questioned by one request, while the others are refused", () => {
    const holding = createHolding("k", 1, NOW);
    take(holding, 1, NOW, false);
    answer(holding, { left: 0, retryMs: 5 });
    expect(take(holding, 1, NOW + 100, true)).toBe("wait");
    holding.waiting++;
    expect(take(holding, 1, NOW + 100, true)).toBe("denied");
  });
});

describe("holdings", () => {
  const counting = { type: "quota", limit: 10, period: "day" } as const;

  it("keep the keys that are in use through a flood of others", () => {
    const holdings = createHoldings("l", counting);
    const hot = holdingOf(holdings, "hot", 1, NOW);
    for (let i = 0; i < 5 * GENERATION_KEYS; i++) {
      holdingOf(holdings, `k${i}`, i, NOW);
      if (i % 100 === 0) holdingOf(holdings, "hot", i, NOW);
    }
    expect(holdingOf(holdings, "hot", 9, NOW)).toBe(hot);
    expect(holdings.young.size + holdings.old.size).toBeLessThanOrEqual(2 * GENERATION_KEYS);
  });

  it("stay when the limit is defined anew", () => {
    const holdings = createHoldings("l", counting);
    const held = holdingOf(holdings, "k", 1, NOW);
    expect(holdingOf(recount(holdings, { ...counting, limit: 20 }), "k", 2, NOW)).toBe(held);
  });

  it("ask the object of the key's shard", () => {
    const { link } = holdingOf(createHoldings("a/b", counting), "k", 1, NOW);
    expect(link.object).toBe(limiterName("a/b", shardOfKey("k")));
    expect(placeOfName(link.object)).toEqual({ limit: "a/b", shard: shardOfKey("k") });
    for (const name of ["", "l", "l/", "l/8", "l/-1", "l/x", "/1"]) expect(placeOfName(name)).toBeNull();
  });

  it("spread keys over the shards evenly", () => {
    const counts = Array.from({ length: 8 }, () => 0);
    for (let i = 0; i < 8_000; i++) counts[shardOfKey(`10.0.${i >> 8}.${i & 255}`)]!++;
    // Binomial with n = 8,000 and p = 1/8: five standard deviations are 148.
    for (const count of counts) expect(Math.abs(count - 1_000)).toBeLessThan(148);
  });
});
