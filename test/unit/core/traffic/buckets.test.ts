import { describe, expect, it } from "vitest";
import { BOUNDS_S, BUCKETS, bucketOf } from "../../../../src/core/traffic/buckets.ts";

describe("bucketOf", () => {
  it("has the bounds 2^-9 to 2^5 s", () => {
    expect([BOUNDS_S[0], BOUNDS_S.at(-1), BOUNDS_S.length, BUCKETS]).toEqual([1 / 512, 32, 15, 16]);
  });

  it("puts a bound into the bucket that it ends, and what is just above into the next", () => {
    for (const [i, bound] of BOUNDS_S.entries()) {
      expect(bucketOf(bound * 1_000), `${bound} s`).toBe(i);
      expect(bucketOf(bound * 1_000 + 0.001), `above ${bound} s`).toBe(i + 1);
    }
  });

  it("agrees with a search through the bounds for every millisecond up to 40 s", () => {
    for (let ms = 0; ms <= 40_000; ms++) {
      const found = BOUNDS_S.findIndex((bound) => ms / 1_000 <= bound);
      if (bucketOf(ms) !== (found < 0 ? BUCKETS - 1 : found)) expect.unreachable(`${ms} ms is in ${bucketOf(ms)}`);
    }
  });

  it.each([
    ["a negative time", -5, 0],
    ["nothing", 0, 0],
    ["for ever", Number.POSITIVE_INFINITY, 15],
    ["no number", Number.NaN, 15],
  ])("puts %s at an end", (_, ms, bucket) => {
    expect(bucketOf(ms)).toBe(bucket);
  });
});
