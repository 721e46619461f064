import { describe, expect, it } from "vitest";
import {
  addFailures,
  clearFailures,
  copyFailures,
  createFailureWindow,
  failuresInWindow,
} from "../../../../src/core/health/failure-window.ts";

describe("the failure window", () => {
  it("counts failures within the window and no others", () => {
    const window = createFailureWindow(2, 10_000);
    addFailures(window, 0, 1, 1_000);
    addFailures(window, 0, 2, 5_000);
    addFailures(window, 1, 7, 5_000);
    expect([5_000, 10_500, 12_000, 16_000].map((at) => failuresInWindow(window, 0, at))).toEqual([3, 3, 2, 0]);
    expect(failuresInWindow(window, 1, 6_000)).toBe(7);
  });

  it("reuses slots when time wraps around them", () => {
    const window = createFailureWindow(1, 1_000);
    for (let at = 0; at < 20_000; at += 100) addFailures(window, 0, 1, at);
    expect(failuresInWindow(window, 0, 19_900)).toBe(10);
  });

  it("hands an endpoint's failures to another window, whose slots are as long", () => {
    const window = createFailureWindow(2, 1_000);
    addFailures(window, 1, 5, 0);
    const other = createFailureWindow(3, 1_000);
    copyFailures(window, 1, other, 2);
    expect([0, 1, 2].map((e) => failuresInWindow(other, e, 500))).toEqual([0, 0, 5]);
    const longer = createFailureWindow(1, 2_000);
    copyFailures(window, 1, longer, 0);
    expect(failuresInWindow(longer, 0, 500)).toBe(0);
  });

  it("forgets an endpoint on request", () => {
    const window = createFailureWindow(1, 1_000);
    addFailures(window, 0, 5, 0);
    clearFailures(window, 0);
    expect(failuresInWindow(window, 0, 0)).toBe(0);
  });
});
