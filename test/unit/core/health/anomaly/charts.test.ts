import { describe, expect, it } from "vitest";
import {
  CUSUM_ALLOWANCE,
  CUSUM_THRESHOLD,
  EWMA_GAIN,
  EWMA_LIMIT,
  isBeyond,
  MOST_SIGMAS,
  nextEwma,
  nextLatencyCusum,
  nextRecovery,
  RECOVERY_THRESHOLD,
  winsorized,
} from "../../../../../src/core/health/anomaly/charts.ts";
import { seededRng } from "../../../../../src/core/rng.ts";
import { normal } from "./drive.ts";
import { cusumRunLength, ewmaRunLength } from "./run-length.ts";

const DAY = 86_400;
const cusum = (shift: number) => cusumRunLength(shift, CUSUM_ALLOWANCE, CUSUM_THRESHOLD, MOST_SIGMAS);
const ewma = (shift: number) => ewmaRunLength(shift, EWMA_GAIN, EWMA_LIMIT, MOST_SIGMAS);

describe("the run lengths", () => {
  it("of textbook charts are the textbook's", () => {
    // One-sided k = 0.5, h = 5: 931 (twice the two-sided 465 of Montgomery, table 9.3). EWMA 0.1, L = 2.814: two-sided 500.
    expect(cusumRunLength(0, 0.5, 5, 99)).toBeCloseTo(931, -1);
    expect(ewmaRunLength(0, 0.1, 2.814 * Math.sqrt(0.1 / 1.9), 99) / 2).toBeCloseTo(500, -2);
  });

  it("of these charts keep false alarms of an endpoint to fewer than one in eleven days", () => {
    expect(cusum(0) / DAY).toBeCloseTo(19.7, 0);
    expect(ewma(0) / DAY).toBeCloseTo(28.8, 0);
    expect(1 / (1 / cusum(0) + 1 / ewma(0)) / DAY).toBeGreaterThan(11);
  });

  it.each([
    [1, 26, 28],
    [2, 10, 11],
    [4, 5, 6],
  ])("find a shift of %i standard deviations within %i blocks", (shift, byCusum, byEwma) => {
    expect(cusum(shift)).toBeLessThan(byCusum);
    expect(ewma(shift)).toBeLessThan(byEwma);
  });

  it("are those of the functions that are run", () => {
    const rng = seededRng(3);
    const runs = 4_000;
    let blocks = 0;
    for (let run = 0; run < runs; run++) {
      let [score, average] = [0, 0];
      do {
        const z = winsorized(1 + normal(rng));
        score = nextLatencyCusum(score, z);
        average = nextEwma(average, z);
        blocks++;
      } while (score < CUSUM_THRESHOLD && blocks < 1e7);
    }
    // A run's length has a standard deviation below its mean, so the mean of 4,000 is within 5 % (three of its own).
    expect(blocks / runs / cusum(1)).toBeGreaterThan(0.95);
    expect(blocks / runs / cusum(1)).toBeLessThan(1.05);
  });
});

describe("the charts", () => {
  it("need more than one block, however bad", () => {
    const z = winsorized(1e9);
    expect(isBeyond(nextLatencyCusum(0, z), nextEwma(0, z))).toBe(false);
  });

  it("do not alarm when an endpoint is faster than it was", () => {
    let [score, average] = [0, 0];
    for (let i = 0; i < 1_000; i++) {
      score = nextLatencyCusum(score, winsorized(-5));
      average = nextEwma(average, winsorized(-5));
    }
    expect(isBeyond(score, average)).toBe(false);
  });

  it("forget a long trouble as fast as a short one", () => {
    let score = 0;
    for (let i = 0; i < 10_000; i++) score = nextLatencyCusum(score, MOST_SIGMAS);
    let blocks = 0;
    for (; score > 0; blocks++) score = nextLatencyCusum(score, 0);
    expect(blocks).toBeLessThanOrEqual((1.5 * CUSUM_THRESHOLD) / CUSUM_ALLOWANCE + 1);
  });

  it("believe a recovery after a dozen blocks in order, and none while it is off", () => {
    let [well, off] = [0, 0];
    for (let i = 0; i < 12; i++) well = nextRecovery(well, 0);
    for (let i = 0; i < 1_000; i++) off = nextRecovery(off, 1.5);
    expect(well).toBeGreaterThanOrEqual(RECOVERY_THRESHOLD);
    expect(off).toBe(0);
  });
});
