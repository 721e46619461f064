import { describe, expect, it } from "vitest";
import { createLimitClock, tick } from "../../../../src/core/rate-limit/limit-clock.ts";
import { createTokenBuckets, returnTokens, takeTokens } from "../../../../src/core/rate-limit/token-bucket.ts";
import { createVerdict } from "../../../../src/core/rate-limit/verdict.ts";

function bucket(limit: number, windowMs: number, burst: number) {
  const clock = createLimitClock();
  tick(clock, 1_000_000);
  const buckets = createTokenBuckets(limit, windowMs, burst, 100);
  const verdict = createVerdict();
  const take = (key: string, cost = 1) => {
    takeTokens(buckets, key, cost, clock, verdict, false);
    return { ...verdict };
  };
  return { clock, buckets, take, pass: (ms: number) => tick(clock, clock.epochMs + ms) };
}

describe("a token bucket", () => {
  it("begins full, and lets the burst through at once", () => {
    const { take } = bucket(60, 60_000, 3);
    expect([1, 2, 3, 4].map(() => take("a").allowed)).toEqual([true, true, true, false]);
  });

  it("flows in evenly, in fractions of units", () => {
    const { take, pass } = bucket(3, 1_000, 3);
    take("a", 3);
    pass(333);
    expect(take("a")).toMatchObject({ allowed: false, remaining: 0 });
    pass(1);
    expect(take("a").allowed).toBe(true);
    pass(666);
    expect(take("a", 2).allowed).toBe(true);
  });

  it("keeps no more than the burst, however long the pause", () => {
    const { take, pass } = bucket(100, 1_000, 2);
    pass(1_000_000);
    expect(take("a")).toMatchObject({ allowed: true, remaining: 1 });
    expect(take("a").allowed).toBe(true);
    expect(take("a").allowed).toBe(false);
  });

  it("says when it is full again, and when a request of this cost may come", () => {
    const { take, pass } = bucket(10, 1_000, 10);
    expect(take("a", 4)).toMatchObject({ remaining: 6, resetMs: 400, retryAfterMs: 0 });
    pass(100);
    expect(take("a", 10)).toMatchObject({ allowed: false, remaining: 7, resetMs: 300, retryAfterMs: 300 });
  });

  it("counts each key apart", () => {
    const { take } = bucket(1, 60_000, 1);
    expect([take("a"), take("b"), take("a")].map(({ allowed }) => allowed)).toEqual([true, true, false]);
  });

  it("never lets a request through that costs more than the burst", () => {
    const { take, pass } = bucket(10, 1_000, 5);
    pass(60_000);
    expect(take("a", 6).allowed).toBe(false);
  });

  it("is exact for a million units a second after days", () => {
    const { take, pass } = bucket(1_000_000, 1_000, 1_000);
    pass(10 * 86_400_000);
    take("a", 1_000);
    pass(1);
    expect(take("a", 1_000)).toMatchObject({ allowed: true, remaining: 0 });
    expect(take("a", 2).allowed).toBe(false);
  });

  it("gives back nothing that has flowed in by itself since", () => {
    const { buckets, clock, take, pass } = bucket(10, 1_000, 10);
    take("a", 5);
    const taken = clock.elapsedMs;
    pass(2_000);
    take("a", 10);
    returnTokens(buckets, "a", 5, taken, clock);
    expect(take("a").allowed).toBe(false);
  });
});
