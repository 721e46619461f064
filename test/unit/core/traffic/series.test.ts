import { describe, expect, it } from "vitest";
import { COUNTER_FAMILIES, HISTOGRAM_FAMILIES } from "../../../../src/core/traffic/families.ts";
import {
  addCount,
  addHistogram,
  createSeries,
  encodeSeries,
  forgetSeries,
  onStored,
  restoreSeries,
  seriesColumns,
} from "../../../../src/core/traffic/series.ts";

const NOW = 1_000;
const request = (endpoint: string) => ["main", endpoint, "GET", "2xx", ""];

describe("series", () => {
  it("are the same after they were stored and restored", () => {
    const series = createSeries();
    addCount(series, "requests", request("aws"), 3, NOW);
    addHistogram(series, "durations", ["main"], [0, 2, ...new Array(14).fill(0), 12.5], 0, NOW);
    const restored = createSeries();
    restoreSeries(restored, encodeSeries(series));
    expect(seriesColumns(restored)).toEqual(seriesColumns(series));
  });

  it("count what is above their bound in the series other, and lose nothing", () => {
    const series = createSeries();
    const { max } = COUNTER_FAMILIES.requests;
    for (let i = 0; i < max + 500; i++) addCount(series, "requests", request(`e${i}`), 1, NOW);
    addCount(series, "requests", request("e0"), 1, NOW);
    const { counters, crowdedOut } = seriesColumns(series);
    expect(counters.requests.length).toBe(max + 1);
    expect(counters.requests.at(-1)).toEqual([["other", "other", "GET", "2xx", ""], 500]);
    expect(counters.requests.reduce((sum, [, count]) => sum + count, 0)).toBe(max + 501);
    expect(crowdedOut).toBe(500);
    for (let i = 0; i < HISTOGRAM_FAMILIES.durations.max + 5; i++) {
      addHistogram(series, "durations", [`r${i}`], [1], 0, NOW);
    }
    expect(seriesColumns(series).histograms.durations.at(-1)![0]).toEqual(["other"]);
  });

  it("make room of endpoints that are gone, but only where there is little", () => {
    const series = createSeries();
    for (let i = 0; i < 10; i++) addCount(series, "requests", request(`e${i}`), 1, NOW);
    forgetSeries(series, () => false);
    expect(seriesColumns(series).counters.requests.length).toBe(10);
    for (let i = 0; i < COUNTER_FAMILIES.requests.max; i++) addCount(series, "requests", request(`f${i}`), 1, NOW);
    addCount(series, "requests", request(""), 1, NOW);
    forgetSeries(series, (endpoint) => endpoint === "f7");
    const left = seriesColumns(series).counters.requests.map(([values]) => values[1]);
    expect(left.sort()).toEqual(["", "f7", "other"]);
  });

  it("say since when they are not stored", () => {
    const series = createSeries();
    expect(series.isStored).toBe(true);
    addCount(series, "requests", request("aws"), 0, NOW);
    expect(series.isStored).toBe(true);
    addCount(series, "requests", request("aws"), 1, NOW + 5);
    addCount(series, "requests", request("aws"), 1, NOW + 9);
    expect([series.isStored, series.dirtySinceMs]).toEqual([false, NOW + 5]);
    onStored(series, NOW + 10);
    expect([series.isStored, series.dirtySinceMs, series.storedAtMs]).toEqual([true, Infinity, NOW + 10]);
  });

  it.each([
    ["no JSON", "{"],
    ["another version", JSON.stringify({ version: 9, counters: { requests: [[request("a"), 1]] } })],
    ["labels that are too few", JSON.stringify({ version: 1, counters: { requests: [[["main"], 1]] } })],
    ["a count that is none", JSON.stringify({ version: 1, counters: { requests: [[request("a"), -1]] } })],
    ["a histogram of another width", JSON.stringify({ version: 1, histograms: { durations: [[["main"], [1]]] } })],
    ["null", "null"],
  ])("start from nothing with %s", (_, text) => {
    const series = createSeries();
    restoreSeries(series, text);
    expect(seriesColumns(series)).toEqual(seriesColumns(createSeries()));
  });
});
