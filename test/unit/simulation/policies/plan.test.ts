import { describe, expect, it } from "vitest";
import { SCENARIOS } from "../../../simulation/policies/days.ts";
import { MODEL_NAMES, type PlanOptions, POLICY_NAMES, planRuns } from "../../../simulation/policies/plan.ts";

function runsOf(options: Partial<PlanOptions>) {
  const planned = planRuns({ isQuick: false, only: [], seeds: [], ...options });
  if (!planned.ok) throw new Error(planned.message);
  return planned.runs;
}

describe("a plan", () => {
  it("plays every policy and model in every scenario at every load, with the first seed", () => {
    const cells = new Set(
      runsOf({})
        .filter(({ fleet, seed }) => fleet === "small" && seed === 1)
        .map(({ scenario, utilisationPercent, policy }) => `${scenario} ${utilisationPercent} ${policy}`),
    );
    expect(POLICY_NAMES).toHaveLength(14);
    expect(MODEL_NAMES).toHaveLength(5);
    expect(cells.size).toBe(Object.keys(SCENARIOS).length * 3 * 19);
  });

  it("repeats the default and the models with more seeds", () => {
    const seeds = (name: string) => runsOf({ only: ["small", "down", "70", name] }).map(({ seed }) => seed);
    expect(seeds("adaptive")).toEqual([1, 2, 3]);
    expect(seeds("envoy")).toEqual([1, 2, 3]);
    expect(seeds("random")).toEqual([1]);
  });

  it("plays all with the seeds that are asked for", () => {
    const runs = runsOf({ only: ["small", "down", "70"], seeds: [11, 12] });
    expect(runs).toHaveLength(2 * 19);
    expect(new Set(runs.map(({ seed }) => seed))).toEqual(new Set([11, 12]));
  });

  it("has no run twice", () => {
    const keys = runsOf({}).map((run) => JSON.stringify(run));
    expect(new Set(keys).size).toBe(keys.length);
  });

  it("keeps what is named, and everything of a kind that nothing is named of", () => {
    const runs = runsOf({ only: ["slow", "85", "95", "maglev"] });
    expect(runs.map(({ fleet, scenario, utilisationPercent }) => `${fleet} ${scenario} ${utilisationPercent}`)).toEqual(
      [...["small slow 85", "small slow 95", "large slow 85", "large slow 95"]],
    );
  });

  it("is short when quick", () => {
    const runs = runsOf({ isQuick: true });
    expect(new Set(runs.map(({ fleet }) => fleet))).toEqual(new Set(["small"]));
    expect(new Set(runs.map(({ seed }) => seed))).toEqual(new Set([1]));
    expect(runs.length).toBeLessThan(runsOf({}).length / 2);
  });

  it("refuses words that name nothing", () => {
    expect(planRuns({ isQuick: false, only: ["slow", "slwo"], seeds: [] })).toMatchObject({ ok: false });
  });
});
