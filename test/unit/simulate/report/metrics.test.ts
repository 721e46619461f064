import { describe, expect, it } from "vitest";
import { formatMetric, formatMs, formatRatio, METRICS, metric } from "../../../../src/simulate/report/metrics.ts";
import { CALM, resultOf, windowOf } from "./results.ts";

const read = (name: string, result = resultOf()) => metric(name).read(result, "whole");

describe("METRICS", () => {
  it("reads the part of the day that is asked for", () => {
    const { windows } = resultOf();
    expect(metric("success").read(resultOf(), "during")).toBe(windows.during.success);
    expect(metric("p99").read(resultOf(), "before")).toBe(windows.before.p99Ms);
  });

  it("tells what never happened from what there is nothing to tell about", () => {
    expect(read("detect", resultOf({ detectMs: null }))).toBe(Number.POSITIVE_INFINITY);
    expect(read("detect", resultOf({ scenario: CALM }))).toBeNaN();
    expect(read("recover", resultOf({ recoverMs: null }))).toBe(Number.POSITIVE_INFINITY);
    expect(read("recover", resultOf({ scenario: CALM }))).toBeNaN();
  });

  it("counts calls to the state plane per request, and none without requests", () => {
    expect(read("syncs")).toBeCloseTo(9_400 / 120_000);
    const { windows } = resultOf();
    expect(read("syncs", resultOf({ windows: { ...windows, whole: windowOf({ requests: 0 }) } }))).toBeNaN();
  });

  it("has a name of its own for each", () => {
    expect(new Set(METRICS.map(({ name }) => name)).size).toBe(METRICS.length);
    expect(() => metric("speed")).toThrow("speed");
  });
});

describe("formatRatio", () => {
  it.each([
    [1, "100 %"],
    [0, "0 %"],
    [0.5, "50.00 %"],
    [0.99934, "99.934 %"],
    [0.999999, "99.999 %"],
    [0.0000001, "0.001 %"],
  ])("writes %d as %s", (ratio, text) => {
    expect(formatRatio(ratio)).toBe(text);
  });
});

describe("formatMs", () => {
  it.each([
    [0, "0 ms"],
    [0.44, "0.4 ms"],
    [120.4, "120 ms"],
    [999.6, "1.0 s"],
    [99_949, "99.9 s"],
    [200_000, "3m20s"],
    [Number.NaN, "–"],
  ])("writes %d as %s", (ms, text) => {
    expect(formatMs(ms)).toBe(text);
  });
});

describe("formatMetric", () => {
  it.each([
    ["count", 0, "0"],
    ["count", 0.00123, "0.0012"],
    ["count", 1.5, "1.500"],
    ["dollars", 0.4213, "$0.42"],
    ["ms", Number.POSITIVE_INFINITY, "never"],
    ["ratio", Number.NaN, "–"],
  ] as const)("writes a %s of %d as %s", (unit, value, text) => {
    expect(formatMetric(unit, value)).toBe(text);
  });
});
