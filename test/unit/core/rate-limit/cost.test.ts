import { describe, expect, it } from "vitest";
import { costFrom } from "../../../../src/core/rate-limit/cost.ts";

const COST = { type: "header", name: "x-cost", default: 2, max: 50 } as const;

describe("the cost that a header says", () => {
  it.each([
    ["7", 7],
    ["0", 1],
    ["50", 50],
    ["51", 50],
    ["999999999999999", 50],
    ["9999999999999999999999", 2],
    ["-7", 2],
    ["1.5", 2],
    ["1e1", 2],
    ["0x10", 2],
    [" 7", 2],
    ["7, 9", 2],
    ["", 2],
    [null, 2],
  ] as const)("of %j is %i", (text, units) => {
    expect(costFrom(COST, text)).toBe(units);
  });
});
