import { describe, expect, it } from "vitest";
import { spread } from "../../../bench/measure/spread.ts";

describe("the spread of some rounds", () => {
  it.each([
    ["an odd number", [3, 1, 2], { median: 2, low: 1, high: 3 }],
    ["an even number takes the upper middle", [4, 1, 2, 3], { median: 3, low: 1, high: 4 }],
    ["one", [7], { median: 7, low: 7, high: 7 }],
    ["numbers of different length, by value", [10, 9, 100], { median: 10, low: 9, high: 100 }],
    ["none", [], { median: Number.NaN, low: Number.NaN, high: Number.NaN }],
  ])("%s", (_, values, expected) => {
    expect(spread(values)).toEqual(expected);
  });
});
