import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { cusumGains, nextCusum } from "../../../../src/core/health/cusum.ts";
import { seededRng } from "../../../../src/core/rng.ts";

const gains = cusumGains(0.1, 0.7);

describe("cusum", () => {
  it("weighs a failure by ln(p1/p0) and a success by ln((1-p0)/(1-p1))", () => {
    expect(gains.perFailure).toBeCloseTo(1.946, 3);
    expect(gains.perSuccess).toBeCloseTo(1.099, 3);
  });

  it("reaches a threshold of 12 with the seventh failure in a row", () => {
    expect([6, 7].map((failures) => nextCusum(0, 0, failures, gains, 24) >= 12)).toEqual([false, true]);
  });

  it("keeps the logarithm finite at the ends", () => {
    const { perFailure, perSuccess } = cusumGains(0, 1);
    expect([perFailure, perSuccess].every(Number.isFinite)).toBe(true);
    expect(cusumGains(0.5, 0.5).perFailure).toBeGreaterThan(0);
  });

  it("stays within zero and the ceiling, whatever comes", () => {
    const batches = fc.array(fc.tuple(fc.nat(50), fc.nat(50)));
    fc.assert(
      fc.property(batches, (list) => {
        let score = 0;
        for (const [ok, failed] of list) {
          score = nextCusum(score, ok, failed, gains, 24);
          expect(score).toBeGreaterThanOrEqual(0);
          expect(score).toBeLessThanOrEqual(24);
        }
      }),
      { seed: 1 },
    );
  });

  it("does not trip on an endpoint that fails a twentieth of its requests", () => {
    // An excursion that starts with a failure (1.95) exceeds 12 with chance e^(−θ·10.05), where θ = 1.42 solves
    // 0.05·e^(1.946θ) + 0.95·e^(−1.099θ) = 1: 6e-7. 50,000 requests start fewer than 2,500: 0.2 % in all.
    const rng = seededRng(7);
    let score = 0;
    let worst = 0;
    for (let i = 0; i < 50_000; i++) {
      const failed = rng() < 0.05 ? 1 : 0;
      score = nextCusum(score, 1 - failed, failed, gains, 24);
      worst = Math.max(worst, score);
    }
    expect(worst).toBeLessThan(12);
  });
});
