import { describe, expect, it } from "vitest";
import { forecast } from "../../../../src/core/forecast/forecast.ts";
import { hoursOf, type Shape, USUAL } from "./traffic-shapes.ts";

const WEEK = 168;
const SEASONS = [24, WEEK];

/** Mean over the horizon and a few worlds: errors over the true load, and shares of it within the intervals. */
function measure(shape: Shape, hours: number, change: (series: Float64Array) => void = () => {}) {
  const seen = { error: 0, naive: 0, in80: 0, in95: 0, n: 0 };
  for (let seed = 1; seed <= 6; seed++) {
    const world = hoursOf(shape, hours + WEEK, seed);
    const history = world.slice(0, hours);
    change(history);
    const made = forecast(history, SEASONS, WEEK, 0);
    for (let h = 0; h < WEEK; h++) {
      const actual = world[hours + h]!;
      seen.n++;
      seen.error += Math.abs(actual - made.values[h]!);
      seen.naive += Math.abs(actual - world[hours + h - WEEK]!);
      if (actual >= made.lower80[h]! && actual <= made.upper80[h]!) seen.in80++;
      if (actual >= made.lower95[h]! && actual <= made.upper95[h]!) seen.in95++;
    }
  }
  return { ratio: seen.error / seen.naive, in80: seen.in80 / seen.n, in95: seen.in95 / seen.n };
}

describe("a forecast of hours", () => {
  it("is better than a week ago, and its intervals hold what they say", () => {
    const { ratio, in80, in95 } = measure(USUAL, 8 * WEEK);
    // The naive error is that of two independent remainders, √2 of one: a perfect model has 0.71.
    expect(ratio).toBeLessThan(0.85);
    expect(ratio).toBeGreaterThan(0.65);
    // 1,008 values in runs of about 1/(1 − 0.7) dependent ones: as good as 300; three deviations of a share of 0.8 are 0.07.
    expect(in80).toBeGreaterThan(0.73);
    expect(in80).toBeLessThan(0.93);
    expect(in95).toBeGreaterThan(0.9);
  });

  it("knows that load which grows goes on growing", () => {
    expect(measure({ ...USUAL, weeklyGrowth: 0.08 }, 8 * WEEK).ratio).toBeLessThan(0.75);
  });

  it("bears gaps: a day, and one hour in ten", () => {
    const gaps = (series: Float64Array) => {
      series.fill(Number.NaN, 5 * WEEK, 5 * WEEK + 24);
      for (let t = 0; t < series.length; t += 10) series[t] = Number.NaN;
    };
    expect(measure(USUAL, 8 * WEEK, gaps).ratio).toBeLessThan(0.9);
  });

  it("bears an outage of three hours", () => {
    expect(measure(USUAL, 8 * WEEK, (series) => void series.fill(0, 6 * WEEK, 6 * WEEK + 3)).ratio).toBeLessThan(0.95);
  });

  it.each([
    [
      "multiplicative where busy hours vary more",
      { ...USUAL, dayRatio: 0.9, offRatio: 0.3, noise: 0.15 },
      "multiplicative",
    ],
  ] as const)("is %s", (_, shape, scale) => {
    expect(forecast(hoursOf(shape, 8 * WEEK, 1), SEASONS, WEEK, 0).scale).toBe(scale);
  });

  it("is additive where they vary as much as quiet ones", () => {
    const flat = hoursOf({ ...USUAL, dayRatio: 0, offRatio: 1 }, 8 * WEEK, 1);
    const series = flat.map(
      (rps, t) => rps + 190 * Math.sin((t / 24) * 2 * Math.PI) - 60 * (Math.floor(t / 24) % 7 >= 5 ? 0 : -1),
    );
    expect(forecast(series, SEASONS, WEEK, 0).scale).toBe("additive");
  });

  it("begins its seasons where the clock does, whenever the series begins", () => {
    const world = hoursOf({ ...USUAL, noise: 0.001 }, 9 * WEEK, 3);
    const from = 100;
    const made = forecast(world.slice(from, 8 * WEEK), SEASONS, WEEK, from);
    const worst = Math.max(...made.values.map((value, h) => Math.abs(value / world[8 * WEEK + h]! - 1)));
    expect(worst).toBeLessThan(0.05);
  });

  it("is the same every time", () => {
    const series = hoursOf(USUAL, 4 * WEEK, 5);
    expect(forecast(series, SEASONS, WEEK, 0)).toEqual(forecast(series.slice(), SEASONS, WEEK, 0));
  });

  it("is never below nothing", () => {
    const series = hoursOf({ ...USUAL, dayRatio: 1, noise: 0.5 }, 3 * WEEK, 7);
    const { values, lower95 } = forecast(series, SEASONS, WEEK, 0);
    expect(Math.min(...values, ...lower95)).toBeGreaterThanOrEqual(0);
  });
});

describe("a forecast of a short history", () => {
  it.each([
    ["nothing known", [], "none", "nothing is known yet"],
    ["only gaps", [Number.NaN, Number.NaN], "none", "nothing is known yet"],
    ["three values", [5, 7, 6], "naive", "3 values are too few for more"],
  ] as const)("says so with %s", (_, values, method, why) => {
    expect(forecast(Float64Array.from(values), SEASONS, 4, 0)).toMatchObject({ method, why });
  });

  it("repeats the last value of a few, less and less sure", () => {
    const { values, lower80, upper80 } = forecast(Float64Array.from([5, 7, 6]), SEASONS, 4, 0);
    expect(values).toEqual([6, 6, 6, 6]);
    expect(upper80[3]! - lower80[3]!).toBeCloseTo(2 * (upper80[0]! - lower80[0]!), 6);
  });

  it("has a daily season after two days, a weekly one after two weeks", () => {
    const seasonsOf = (hours: number) => forecast(hoursOf(USUAL, hours, 1), SEASONS, 24, 0).seasons;
    expect([seasonsOf(40), seasonsOf(48), seasonsOf(335), seasonsOf(336)]).toEqual([[], [24], [24], [24, WEEK]]);
  });

  it("is naive where a model was no better, and says so", () => {
    // Steps to new levels at random: what comes next is what was last.
    const steps = Float64Array.from({ length: 200 }, (_, t) => (Math.floor(t / 10) * 7_919) % 100);
    const made = forecast(steps, [], 5, 0);
    expect(made.mase).toBeLessThanOrEqual(made.naiveMase!);
    if (made.method === "naive") expect(made.why).toContain("naive forecast was better");
  });

  it("is as it was a week ago where that is all there is to know", () => {
    const world = hoursOf({ ...USUAL, noise: 0 }, 4 * WEEK, 1);
    const { values } = forecast(world.slice(0, 3 * WEEK), SEASONS, WEEK, 0);
    expect(Math.max(...values.map((value, h) => Math.abs(value / world[3 * WEEK + h]! - 1)))).toBeLessThan(0.02);
  });
});
