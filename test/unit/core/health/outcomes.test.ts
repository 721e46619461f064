import { describe, expect, it } from "vitest";
import { countOutcomes, createOutcomeCounts, failureRatio } from "../../../../src/core/health/outcomes.ts";

describe("failure ratios", () => {
  it("start at one percent", () => {
    expect(failureRatio(createOutcomeCounts(1, 1), 0, 0, 0)).toEqual({ ratio: 0.01, samples: 10 });
  });

  it("shrink a region's few samples towards what all regions see", () => {
    const counts = createOutcomeCounts(1, 2);
    countOutcomes(counts, 0, 0, { ok: 98, failed: 0 }, 0);
    countOutcomes(counts, 1, 0, { ok: 0, failed: 2 }, 0);
    expect(failureRatio(counts, 0, 0, 0).ratio).toBeLessThan(0.01);
    // Two failures of two: (2 + 10 × 2.02/102) / 12.
    expect(failureRatio(counts, 1, 0, 0).ratio).toBeCloseTo((2 + (10 * 2.02) / 102) / 12, 6);
  });

  it("are forgotten over seconds", () => {
    const counts = createOutcomeCounts(1, 1);
    countOutcomes(counts, 0, 0, { ok: 0, failed: 50 }, 0);
    expect(failureRatio(counts, 0, 0, 0).ratio).toBeGreaterThan(0.8);
    expect(failureRatio(counts, 0, 0, 60_000).ratio).toBeLessThan(0.02);
  });
});
