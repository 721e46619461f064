import { describe, expect, it } from "vitest";
import { table, visibleLength } from "../../../src/cli/table.ts";
import { createPaint } from "../../../src/cli/terminal.ts";

describe("table", () => {
  it("aligns columns left or right, whatever their colours", () => {
    const paint = createPaint(true);
    const rows = [
      ["a", paint.red("1"), "x"],
      [paint.bold("long"), "100", ""],
    ];
    expect(table(rows, [false, true])).toEqual([`a     ${"  "}${paint.red("1")}  x`, `${paint.bold("long")}  100`]);
  });

  it("takes rows of different lengths, and none", () => {
    expect(table([["a"], ["b", "c"]])).toEqual(["a", "b  c"]);
    expect(table([])).toEqual([]);
  });
});

describe("visibleLength", () => {
  it("counts characters, not code units or colours", () => {
    expect(visibleLength(createPaint(true).green("a█𝔸"))).toBe(3);
  });
});
