import fc from "fast-check";
import { describe, expect, it } from "vitest";
import {
  addCounts,
  type Counts,
  countsSince,
  isNothing,
  NO_COUNTS,
  shareOf,
} from "../../../../src/core/history/counts.ts";

const whole = fc.integer({ min: 0, max: 1_000_000 });
const counts: fc.Arbitrary<Counts> = fc.record({
  requests: whole,
  refused: whole,
  good: whole,
  failed: whole,
  latency: fc.record({
    zeroCount: whole,
    firstBucket: fc.integer({ min: 0, max: 400 }),
    counts: fc.array(fc.integer({ min: 1, max: 1_000 }), { maxLength: 20 }),
  }),
});
const byBucket = ({ latency }: Counts) =>
  new Map(latency.counts.map((count, i) => [latency.firstBucket + i, count] as const).filter(([, count]) => count > 0));

describe("counts", () => {
  it("add up in any order", () => {
    fc.assert(
      fc.property(counts, counts, counts, (a, b, c) => {
        const [left, right] = [addCounts(addCounts(a, b), c), addCounts(a, addCounts(c, b))];
        expect({ ...left, latency: left.latency.zeroCount }).toEqual({ ...right, latency: right.latency.zeroCount });
        expect(byBucket(left)).toEqual(byBucket(right));
      }),
      { seed: 1, numRuns: 200 },
    );
  });

  it("say what was added since", () => {
    fc.assert(
      fc.property(counts, counts, (a, b) => {
        const since = countsSince(addCounts(a, b), a);
        expect({ ...since, latency: since.latency.zeroCount }).toEqual({ ...b, latency: b.latency.zeroCount });
        expect(byBucket(since)).toEqual(byBucket(b));
      }),
      { seed: 2, numRuns: 200 },
    );
  });

  it("are shared out so that the shares are whole and add up to them", () => {
    fc.assert(
      fc.property(counts, fc.integer({ min: 1, max: 40 }), (all, parts) => {
        const shares = Array.from({ length: parts }, (_, i) => shareOf(all, i, i + 1, parts));
        for (const { requests, good } of shares) expect([requests, good].every(Number.isInteger)).toBe(true);
        const sum = shares.reduce(addCounts, NO_COUNTS);
        expect({ ...sum, latency: sum.latency.zeroCount }).toEqual({ ...all, latency: all.latency.zeroCount });
        expect(byBucket(sum)).toEqual(byBucket(all));
        expect(Math.max(...shares.map(({ good }) => good)) - Math.min(...shares.map(({ good }) => good))).toBeLessThan(
          2,
        );
      }),
      { seed: 3, numRuns: 200 },
    );
  });

  it("are nothing when there was nothing", () => {
    expect(isNothing(NO_COUNTS)).toBe(true);
    expect(isNothing({ ...NO_COUNTS, refused: 1 })).toBe(false);
  });
});
