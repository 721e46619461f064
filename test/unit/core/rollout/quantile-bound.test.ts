import { describe, expect, it } from "vitest";
import { createSketch, quantile, recordSketch } from "../../../../src/core/load/sketch.ts";
import { seededRng } from "../../../../src/core/rng.ts";
import { quantileAtMost, slowerThan } from "../../../../src/core/rollout/quantile-bound.ts";

function exponential(count: number, meanMs: number, seed: number) {
  const rng = seededRng(seed);
  const sketch = createSketch();
  for (let i = 0; i < count; i++) recordSketch(sketch, -meanMs * Math.log(1 - rng()));
  return sketch;
}

describe("an upper bound of a percentile", () => {
  it("is unknown while too few answers were seen", () => {
    expect(quantileAtMost(createSketch(), 0.99, 0.01)).toBe(Number.POSITIVE_INFINITY);
    expect(quantileAtMost(exponential(500, 20, 1), 0.99, 0.01)).toBe(Number.POSITIVE_INFINITY);
  });

  it("is above the true one, and closes in on it", () => {
    const truth = -20 * Math.log(0.01);
    for (let seed = 1; seed <= 20; seed++) {
      expect(quantileAtMost(exponential(2_000, 20, seed), 0.99, 0.01)).toBeGreaterThan(truth);
    }
    const many = exponential(200_000, 20, 1);
    expect(quantileAtMost(many, 0.99, 0.01) / quantile(many, 0.99)).toBeLessThan(1.1);
  });
});

describe("answers slower than a limit", () => {
  it("are counted, but for those within a bucket of it", () => {
    const sketch = createSketch();
    for (const ms of [50, 99, 104.5, 200, 300]) recordSketch(sketch, ms);
    expect(slowerThan(sketch, 100, 0.01).count).toBe(3);
    expect(slowerThan(sketch, 0, 0.01).count).toBe(5);
    expect(slowerThan(sketch, 1_000, 0.01)).toEqual({ count: 0, leastShare: 0 });
  });
});
