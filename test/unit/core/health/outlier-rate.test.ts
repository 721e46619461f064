import { describe, expect, it } from "vitest";
import { successRateThreshold } from "../../../../src/core/health/outlier-rate.ts";

describe("the success rate threshold", () => {
  it.each([
    ["Envoy's own example", [50, 100, 100, 100, 100], 1_900, 52],
    ["hosts that are all alike", [97, 97, 97], 1_900, 97],
    ["factor 0 is the mean", [50, 100], 0, 75],
  ])("is that of %s", (_, percents, factor, expected) => {
    expect(successRateThreshold(percents, factor)).toBeCloseTo(expected, 9);
  });

  it("is below everything without hosts", () => {
    expect(successRateThreshold([], 1_900)).toBe(Number.NEGATIVE_INFINITY);
  });
});
