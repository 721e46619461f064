import { describe, expect, it } from "vitest";
import { type Cell, cellsOf, isGood, judge, meanOf } from "../../../simulation/policies/verdict.ts";
import { outcome } from "./outcome.ts";

const SUBJECT = "adaptive";
const cellOf = (...outcomes: Parameters<typeof outcome>[0][]): Cell => cellsOf(outcomes.map(outcome))[0]!;

describe("cells", () => {
  it("hold what was played in one scenario, at one load, on one fleet", () => {
    const cells = cellsOf([
      outcome({ seed: 1 }),
      outcome({ seed: 2 }),
      outcome({ policy: "random" }),
      outcome({ utilisationPercent: 85 }),
      outcome({ fleet: "large" }),
      outcome({ scenario: "slow" }),
    ]);
    expect(cells.map(({ fleet, scenario, utilisationPercent }) => [fleet, scenario, utilisationPercent])).toEqual([
      ["small", "down", 70],
      ["small", "down", 85],
      ["large", "down", 70],
      ["small", "slow", 70],
    ]);
    expect([...cells[0]!.policies].map(([policy, { length }]) => [policy, length])).toEqual([
      ["adaptive", 2],
      ["random", 1],
    ]);
  });
});

describe("a mean", () => {
  const outcomes = [outcome({ seed: 1, success: 0.9, p99Ms: 100 }), outcome({ seed: 2, success: 0.7, p99Ms: 300 })];

  it("is over all seeds, or over those asked for", () => {
    expect(meanOf(outcomes)?.success).toBeCloseTo(0.8, 12);
    expect(meanOf(outcomes)?.p99Ms).toBe(200);
    expect(meanOf(outcomes, new Set([2]))?.success).toBe(0.7);
  });

  it("of nothing is none", () => {
    expect(meanOf([])).toBeNull();
    expect(meanOf(outcomes, new Set([3]))).toBeNull();
  });
});

describe("a verdict", () => {
  it("compares on the seeds that both were played with", () => {
    const cell = cellOf(
      { seed: 1, success: 0.9 },
      { seed: 2, success: 0.5 },
      { policy: "random", seed: 1, success: 0.8 },
      { policy: "envoy", seed: 1, success: 0.9 },
      { policy: "envoy", seed: 2, success: 0.7 },
    );
    expect(judge(cell, SUBJECT, ["random"])?.behind).toBeCloseTo(0.1, 12);
    expect(judge(cell, SUBJECT, ["envoy"])?.behind).toBeCloseTo(-0.1, 12);
  });

  it("names the rival with the highest success, and of equal ones the quicker", () => {
    const cell = cellOf(
      { success: 0.99 },
      { policy: "random", success: 0.98, p99Ms: 50 },
      { policy: "load", success: 0.995, p99Ms: 150 },
      { policy: "weighted", success: 0.995, p99Ms: 140 },
    );
    const verdict = judge(cell, SUBJECT, ["random", "load", "weighted"])!;
    expect(verdict.best).toBe("weighted");
    expect(verdict.behind).toBeCloseTo(-0.005, 12);
  });

  it("takes tails only of rivals whose success is as good as the best", () => {
    const cell = cellOf(
      { success: 0.9999, p99Ms: 200 },
      { policy: "random", success: 0.9, p99Ms: 50 },
      { policy: "load", success: 0.9995, p99Ms: 100 },
    );
    expect(judge(cell, SUBJECT, ["random", "load"])).toMatchObject({ best: "load", quickest: "load", p99Ratio: 2 });
  });

  it("has no tail to beat when no rival's success comes near", () => {
    const cell = cellOf({ success: 0.99 }, { policy: "random", success: 0.9, p99Ms: 50 });
    expect(judge(cell, SUBJECT, ["random"])).toMatchObject({ best: "random", quickest: SUBJECT, p99Ratio: 1 });
  });

  it("is not given on oneself, on rivals that were not played, or without common seeds", () => {
    const cell = cellOf({ seed: 1 }, { policy: "random", seed: 2 });
    expect(judge(cell, SUBJECT, [SUBJECT])).toBeNull();
    expect(judge(cell, SUBJECT, ["load"])).toBeNull();
    expect(judge(cell, SUBJECT, ["random"])).toBeNull();
    expect(judge(cell, "load", ["random"])).toBeNull();
  });

  it("is good up to a loss of 0.1 % and a tail that is a tenth longer", () => {
    const base = { best: "load", quickest: "load" };
    expect(isGood({ ...base, behind: -0.001, p99Ratio: 1.1 })).toBe(true);
    expect(isGood({ ...base, behind: -0.0011, p99Ratio: 1 })).toBe(false);
    expect(isGood({ ...base, behind: 0, p99Ratio: 1.11 })).toBe(false);
  });
});
