import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { formatMoment, linearScale, logScale, timeTicks } from "../../../../src/simulate/report/scale.ts";

describe("linearScale", () => {
  it("covers any top with a few round numbers, from 0", () => {
    fc.assert(
      fc.property(fc.double({ min: 1e-6, max: 1e9, noNaN: true }), (top) => {
        const { max, ticks, at } = linearScale(top);
        expect(max).toBeGreaterThanOrEqual(top * (1 - 1e-9));
        expect(ticks[0]).toBe(0);
        expect(ticks.at(-1)).toBeCloseTo(max, 6);
        // A step is at most 2.5 times what was aimed at: between 2 and 5 steps.
        expect(ticks.length).toBeLessThanOrEqual(6);
        expect(at(max)).toBe(1);
        expect(at(-1)).toBe(0);
      }),
    );
  });

  it.each([0, Number.NaN])("shows 0 to 1 for a top of %d", (top) => {
    expect(linearScale(top).max).toBe(1);
  });
});

describe("logScale", () => {
  it("covers bottom and top with ticks that rise, and keeps every value inside", () => {
    const values = fc.double({ min: 0.01, max: 1e6, noNaN: true });
    fc.assert(
      fc.property(values, values, (a, b) => {
        const [bottom, top] = [Math.min(a, b), Math.max(a, b)];
        const { max, ticks, at } = logScale(bottom, top);
        expect(max).toBeGreaterThanOrEqual(top * (1 - 1e-9));
        expect(ticks.length).toBeGreaterThan(1);
        expect([...ticks].sort((x, y) => x - y)).toEqual(ticks);
        expect(at(bottom)).toBeGreaterThanOrEqual(0);
        expect(at(top)).toBeLessThanOrEqual(1);
        expect(at(bottom)).toBeLessThanOrEqual(at(top));
      }),
    );
  });
});

describe("timeTicks", () => {
  it.each([
    [1_000, [0, 1_000]],
    [240_000, [0, 60_000, 120_000, 180_000, 240_000]],
    [90_000, [0, 15_000, 30_000, 45_000, 60_000, 75_000, 90_000]],
  ])("marks %d ms at usual moments", (durationMs, ticks) => {
    expect(timeTicks(durationMs)).toEqual(ticks);
  });
});

describe("formatMoment", () => {
  it.each([
    [0, "0s"],
    [2_500, "2.5s"],
    [45_000, "45s"],
    [90_000, "1m30s"],
    [7_200_000, "2h"],
  ])("writes %d ms as %s", (ms, text) => {
    expect(formatMoment(ms)).toBe(text);
  });
});
