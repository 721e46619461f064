import { describe, expect, it } from "vitest";
import {
  bestOf,
  byScenario,
  rowsOf,
  shareOf,
  spreadOf,
  tellingScope,
} from "../../../../src/simulate/report/comparison.ts";
import { metric } from "../../../../src/simulate/report/metrics.ts";
import { CALM, resultOf, windowOf } from "./results.ts";

const run = (variant: string, seed: number, success: number, detectMs: number | null = 1_000) => {
  const base = resultOf();
  const windows = { ...base.windows, during: windowOf({ success }) };
  return { scenario: "down", variant, seed, result: resultOf({ windows, detectMs }) };
};
const runs = [run("a", 1, 0.9), run("b", 1, 0.99), run("a", 2, 0.8), run("b", 2, 0.97)];

describe("rowsOf", () => {
  it("gathers the seeds of a scenario and variant, in the order of the first", () => {
    expect(rowsOf(runs).map(({ variant, runs: own }) => [variant, own.map(({ seed }) => seed)])).toEqual([
      ["a", [1, 2]],
      ["b", [1, 2]],
    ]);
  });
});

describe("spreadOf", () => {
  it("gives the mean and the ends of the seeds", () => {
    const { mean, min, max } = spreadOf(rowsOf(runs)[0]!, metric("success"), "during");
    expect([mean, min, max].map((value) => value.toFixed(3))).toEqual(["0.850", "0.800", "0.900"]);
  });

  it("takes what never happened in one seed as never, and leaves out what has nothing to tell", () => {
    const never = { scenario: "down", variant: "", runs: [run("", 1, 1, null), run("", 2, 1, 500)] };
    expect(spreadOf(never, metric("detect"), "whole")).toMatchObject({ mean: Number.POSITIVE_INFINITY, min: 500 });
    const calm = { scenario: "none", variant: "", seed: 1, result: resultOf({ scenario: CALM }) };
    expect(spreadOf({ ...never, runs: [calm] }, metric("detect"), "whole").mean).toBeNaN();
    expect(spreadOf({ ...never, runs: [calm, run("", 2, 1, 500)] }, metric("detect"), "whole").mean).toBe(500);
  });
});

describe("bestOf", () => {
  it("marks the best row by the direction of the metric", () => {
    expect([...bestOf(rowsOf(runs), metric("success"))].map(({ variant }) => variant)).toEqual(["b"]);
  });

  it("marks none when more than half share the best", () => {
    expect(bestOf(rowsOf(runs), metric("p50")).size).toBe(0);
    expect(bestOf(rowsOf(runs).slice(0, 1), metric("success")).size).toBe(0);
  });
});

describe("shareOf", () => {
  it("is the mean of the seeds while the faults last, and of all there is on a calm day", () => {
    expect(shareOf(rowsOf(runs)[0]!, 0)).toBeCloseTo(0.009);
    const calm = { scenario: "none", variant: "", seed: 1, result: resultOf({ scenario: CALM }) };
    expect(shareOf(rowsOf([calm])[0]!, 0)).toBeCloseTo(0.333);
    expect(shareOf(rowsOf([calm])[0]!, 9)).toBeNaN();
  });
});

describe("tellingScope", () => {
  it("is the time of the faults, or the whole of a calm day", () => {
    expect(tellingScope(rowsOf(runs)[0]!)).toBe("during");
    const calm = { scenario: "none", variant: "", seed: 1, result: resultOf({ scenario: CALM }) };
    expect(tellingScope(rowsOf([calm])[0]!)).toBe("whole");
  });
});

describe("byScenario", () => {
  it("keeps the order of scenarios and rows", () => {
    const rows = rowsOf([...runs, { ...runs[0]!, scenario: "slow" }]);
    expect(byScenario(rows).map(([scenario, own]) => [scenario, own.length])).toEqual([
      ["down", 2],
      ["slow", 1],
    ]);
  });
});
