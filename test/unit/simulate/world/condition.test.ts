import { describe, expect, it } from "vitest";
import type { Fault, Scenario, ScheduledFault } from "../../../../src/simulate/scenario.ts";
import {
  type Condition,
  conditionOf,
  isFaulty,
  mostSurge,
  nextChangeMs,
  surgeAt,
  WELL,
  weatherOf,
} from "../../../../src/simulate/world/condition.ts";

const PLACE = { id: "a", cloud: "aws", region: "us-east-1" };
const ONE = { type: "endpoint", id: "a" } as const;
const REGIONS = ["enam", "weur"] as const;

function scenarioOf(...faults: (Fault | ScheduledFault)[]): Scenario {
  return {
    name: "test",
    faults: faults.map((fault) => ("fault" in fault ? fault : { fault, atMs: 1_000, forMs: 2_000 })),
  };
}

const during = (...faults: Fault[]) => conditionOf(scenarioOf(...faults), PLACE, REGIONS, 1_500);

describe("the condition of an endpoint", () => {
  it.each([
    [{ type: "down", target: ONE }, { reach: "refuses" }],
    [{ type: "black-hole", target: ONE }, { reach: "swallows" }],
    [{ type: "outage", target: { type: "cloud", cloud: "aws" } }, { reach: "swallows" }],
    [{ type: "cold-recovery", target: ONE, factor: 3, warmMs: 10 }, { reach: "refuses" }],
    [{ type: "gray", target: ONE, errorPercent: 20 }, { errorRatio: 0.2 }],
    [{ type: "fast-fail", target: { type: "all" } }, { failsFast: true }],
    [{ type: "slow", target: ONE, factor: 10 }, { slowdown: 10 }],
    [{ type: "capacity-cut", target: ONE, percent: 30 }, { serversRatio: 0.3 }],
    [{ type: "antagonist", target: ONE, percent: 60 }, { antagonistRatio: 0.6 }],
    [{ type: "path-loss", target: ONE, from: "weur" }, { lostFrom: 2 }],
    [{ type: "down", target: { type: "endpoint", id: "b" } }, {}],
    [{ type: "down", target: { type: "cloud", cloud: "gcp" } }, {}],
    [{ type: "down", target: { type: "region", cloud: "aws", region: "us-east-1" } }, { reach: "refuses" }],
    [{ type: "down", target: { type: "region", cloud: "aws", region: "us-west-1" } }, {}],
    [{ type: "partition", from: "all" }, {}],
    [{ type: "surge", factor: 3 }, {}],
  ] as [Fault, Partial<Condition>][])("under %j is as it says, and well before and after", (fault, expected) => {
    const scenario = scenarioOf(fault);
    const at = (sinceMs: number) => conditionOf(scenario, PLACE, REGIONS, sinceMs);
    expect(at(999)).toEqual(WELL);
    expect(at(1_000)).toEqual({ ...WELL, ...expected });
    expect(at(2_999)).toEqual({ ...WELL, ...expected });
    expect(at(3_000)).toEqual(WELL);
  });

  it("adds up faults that overlap", () => {
    expect(during({ type: "slow", target: ONE, factor: 2 }, { type: "slow", target: ONE, factor: 3 }).slowdown).toBe(6);
    expect(during({ type: "black-hole", target: ONE }, { type: "down", target: ONE }).reach).toBe("swallows");
    expect(
      during({ type: "gray", target: ONE, errorPercent: 5 }, { type: "gray", target: ONE, errorPercent: 9 }),
    ).toEqual({ ...WELL, errorRatio: 0.09 });
  });

  it("flaps: down in the first half of each period", () => {
    const scenario = scenarioOf({ type: "flap", target: ONE, periodMs: 400 });
    const reaches = [1_000, 1_199, 1_200, 1_399, 1_400, 2_999].map(
      (sinceMs) => conditionOf(scenario, PLACE, REGIONS, sinceMs).reach,
    );
    expect(reaches).toEqual(["refuses", "refuses", "answers", "answers", "refuses", "answers"]);
  });

  it("is faulty for good when some fault ever hits it", () => {
    expect(isFaulty(scenarioOf({ type: "down", target: ONE }), PLACE)).toBe(true);
    expect(isFaulty(scenarioOf({ type: "surge", factor: 2 }), PLACE)).toBe(false);
  });
});

describe("the weather", () => {
  it("says who is cut off from the state plane, and how often callers insist", () => {
    const scenario = scenarioOf({ type: "partition", from: "weur" }, { type: "retry-storm", retries: 3 });
    expect(weatherOf(scenario, REGIONS, 1_500)).toEqual({ repeats: 3, partitioned: 2 });
    expect(weatherOf(scenario, REGIONS, 3_000)).toEqual({ repeats: 0, partitioned: 0 });
  });

  it("multiplies surges", () => {
    const scenario = scenarioOf(
      { type: "surge", factor: 2 },
      { fault: { type: "surge", factor: 3 }, atMs: 2_000, forMs: 2_000 },
    );
    expect([0, 1_500, 2_500, 3_500].map((sinceMs) => surgeAt(scenario, sinceMs))).toEqual([1, 2, 6, 3]);
    expect(mostSurge(scenario)).toBe(6);
  });
});

describe("the next change", () => {
  it("is each beginning, turn and end of a fault, and then never", () => {
    const scenario = scenarioOf(
      { type: "flap", target: ONE, periodMs: 1_500 },
      { fault: { type: "down", target: ONE }, atMs: 2_800, forMs: 1_000 },
    );
    const changes: number[] = [];
    for (let at = nextChangeMs(scenario, -1); at < Number.POSITIVE_INFINITY; at = nextChangeMs(scenario, at))
      changes.push(at);
    expect(changes).toEqual([1_000, 1_750, 2_500, 2_800, 3_000, 3_800]);
  });
});
