import { describe, expect, it } from "vitest";
import { type Loads, loadColumn, takeLoads } from "../../../../src/core/monitor/loads.ts";

const word = (ids: readonly string[], loads: readonly number[]) => ({ service: "shop", ids, loads });

describe("loads", () => {
  it("are what each endpoint told last, and unknown 30 s later", () => {
    const loads: Loads = new Map();
    expect(takeLoads(loads, word(["a", "b"], [0.5, 1.2]), 0)).toBe(true);
    expect(takeLoads(loads, word(["a"], [0.6]), 10_000)).toBe(true);
    expect(loadColumn(loads, ["b", "a", "c"], 30_000)).toEqual([1.2, 0.6, -1]);
    expect(loadColumn(loads, ["b", "a", "c"], 30_001)).toEqual([-1, 0.6, -1]);
    takeLoads(loads, word([], []), 50_000);
    expect(loads.size).toBe(0);
  });

  it("can be taken back", () => {
    const loads: Loads = new Map();
    takeLoads(loads, word(["a"], [0.5]), 0);
    takeLoads(loads, word(["a"], [-1]), 1);
    expect(loadColumn(loads, ["a"], 1)).toEqual([-1]);
  });

  it.each([
    ["nothing", undefined],
    ["columns of two lengths", word(["a"], [])],
    ["a load below any", word(["a"], [-2])],
    ["a load that is no number", { ids: ["a"], loads: [Number.NaN] }],
    ["an id that is no text", { ids: [1], loads: [1] }],
    ["more endpoints than a set has", word(new Array(1_001).fill("a"), new Array(1_001).fill(1))],
  ])("are not taken from %s", (_, value) => {
    const loads: Loads = new Map();
    expect(takeLoads(loads, value, 0)).toBe(false);
    expect(loads.size).toBe(0);
  });
});
