import { describe, expect, it } from "vitest";
import { seededRng } from "../../../src/core/rng.ts";
import { slopePerSecond } from "../../soak/growth.ts";

const samples = (value: (second: number) => number, n = 120) =>
  Array.from({ length: n }, (_, at) => ({ atMs: at * 1_000, value: value(at) }));

describe("the growth of a series", () => {
  it("is its slope, and 0 for what does not grow or is too short", () => {
    expect(slopePerSecond(samples((at) => 100 + 0.25 * at))).toBeCloseTo(0.25, 9);
    expect(slopePerSecond(samples(() => 100))).toBe(0);
    expect([slopePerSecond([]), slopePerSecond(samples(() => 1, 1))]).toEqual([0, 0]);
  });

  it("is not moved by a step that is taken back, nor by outliers", () => {
    expect(Math.abs(slopePerSecond(samples((at) => (at >= 40 && at < 60 ? 180 : 100))))).toBe(0);
  });

  it("is found under noise", () => {
    const rng = seededRng(4);
    // 120 samples of uniform noise of ±5: the slope's standard error is 2.9 / (34.6 × √120) = 0.0076; four of them.
    expect(Math.abs(slopePerSecond(samples((at) => 100 + 0.1 * at + 10 * (rng() - 0.5))) - 0.1)).toBeLessThan(0.031);
  });

  it("looks at no more pairs than it must", () => {
    expect(slopePerSecond(samples((at) => at, 20_000))).toBeCloseTo(1, 9);
  });
});
