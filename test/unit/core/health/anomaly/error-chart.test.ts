import { describe, expect, it } from "vitest";
import { errorGains, errorThreshold, nextErrorScore } from "../../../../../src/core/health/anomaly/error-chart.ts";
import { seededRng } from "../../../../../src/core/rng.ts";

describe("the chart of failures", () => {
  it("drifts down at the usual share and up at the one to be found", () => {
    for (const usual of [0, 0.005, 0.02, 0.1, 0.3]) {
      const { perFailure, perSuccess } = errorGains(usual);
      const drift = (ratio: number) => ratio * perFailure - (1 - ratio) * perSuccess;
      expect(drift(Math.max(0.005, usual))).toBeLessThan(0);
      expect(drift(Math.max(3 * usual, usual + 0.03))).toBeGreaterThan(0);
    }
  });

  it("raises its threshold with the rate, a week of attempts", () => {
    expect(errorThreshold(0)).toBeCloseTo(Math.log(604_800), 9);
    expect(errorThreshold(100)).toBeCloseTo(Math.log(604_800 * 100), 9);
  });

  it("keeps Wald's bound on false alarms: at least e^threshold attempts apart", () => {
    const rng = seededRng(5);
    const threshold = Math.log(2_000);
    const { perFailure, perSuccess } = errorGains(0.02);
    let attempts = 0;
    let alarms = 0;
    for (let score = 0; attempts < 3_000_000; attempts++) {
      score = rng() < 0.02 ? score + perFailure : Math.max(0, score - perSuccess);
      if (score < threshold) continue;
      alarms++;
      score = 0;
    }
    // At most 1,500 alarms are to be expected; six standard deviations of a Poisson number are 232.
    expect(alarms).toBeGreaterThan(0);
    expect(alarms).toBeLessThan(1_500 + 232);
  });

  it("forgets a long trouble as fast as a short one", () => {
    let score = 0;
    for (let i = 0; i < 1_000; i++) score = nextErrorScore(score, 100, 50, 0.01, 100);
    expect(score).toBeCloseTo(1.5 * errorThreshold(100), 6);
  });
});
