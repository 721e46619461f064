import { describe, expect, it } from "vitest";
import { measure } from "../../../forecast/measure.ts";
import { readHours } from "../../../forecast/recorded.ts";

describe("a forecast of a recorded load", () => {
  const { values, firstStep } = readHours("bike-hours.csv");

  it("is better than a week ago for the next hours, from two weeks of history on", () => {
    const { mase, naiveMase, in80, in95 } = measure(values, firstStep, { from: 360, horizon: 6, everyHours: 12 });
    expect(mase / naiveMase).toBeLessThan(0.85);
    // 168 values in runs of about six: as good as 28; two deviations of a share of 0.8 are 0.15.
    expect(in80).toBeGreaterThan(0.65);
    expect(in95).toBeGreaterThan(0.85);
  });

  it("is no worse than a week ago for the next days", () => {
    const { mase, naiveMase } = measure(values, firstStep, { from: 360, horizon: 72, everyHours: 48 });
    expect(mase / naiveMase).toBeLessThan(1.1);
  });
});
