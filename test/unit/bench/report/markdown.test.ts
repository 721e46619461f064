import { describe, expect, it } from "vitest";
import { readableJson } from "../../../bench/report/json.ts";
import { count, milliseconds, ratio, table } from "../../../bench/report/markdown.ts";

describe("what a page says of a number", () => {
  it("gives ratios with their spread", () => {
    expect(ratio({ median: 0.856, low: 0.8, high: 1.234 })).toBe("0.86 [0.80-1.23]");
    expect(ratio({ median: Number.NaN, low: 1, high: 2 })).toBe("–");
  });

  it("separates thousands and rounds", () => {
    expect([count(1_234_567.8), count(0.4), count(Number.NaN)]).toEqual(["1,234,568", "0", "–"]);
  });

  it("gives milliseconds three digits", () => {
    expect([0.123, 12.345, 123.45, Number.NaN].map(milliseconds)).toEqual(["0.12", "12.3", "123", "–"]);
  });

  it("aligns all columns but the first to the right", () => {
    expect(table(["a", "b"], [["x", "1"]])).toBe("| a | b |\n| --- | ---: |\n| x | 1 |\n");
  });
});

describe("the numbers behind a page", () => {
  it("are rounded, with lists of numbers on one line, and parse again", () => {
    const value = { share: 0.123456, whole: 1_234_567, list: [1, 2.00001, Number.NaN], name: "a", more: [{ x: 1 }] };
    const text = readableJson(value);
    expect(text).toContain('"list": [1, 2, null]');
    expect(JSON.parse(text)).toEqual({ ...value, share: 0.1235, list: [1, 2, null] });
  });
});
