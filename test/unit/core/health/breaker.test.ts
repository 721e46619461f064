import { describe, expect, it } from "vitest";
import {
  advance,
  type Breaker,
  type BreakerParams,
  closedBreaker,
  ejectionTimeMs,
  mayLend,
  onCheckSuccess,
  onLend,
  onProbe,
  openForMs,
  rememberedEjections,
  trip,
} from "../../../../src/core/health/breaker.ts";

const params: BreakerParams = {
  baseEjectionTimeMs: 2_000,
  maxEjectionTimeMs: 10_000,
  maxEjectionTimeJitterMs: 0,
  intervalMs: 10_000,
  probeIntervalMs: 250,
  probeTtlMs: 3_000,
  probesToClose: 3,
};

type Step =
  | ["trip", number]
  | ["time", number]
  | ["lend", number]
  | ["good", number, number?]
  | ["bad", number, number?]
  | ["check", number];

/** Runs steps of [what, nowMs, generation of the probe (default: the current one)]. */
function run(steps: readonly Step[], from: Breaker = closedBreaker()): Breaker {
  return steps.reduce((breaker, [what, nowMs, generation]) => {
    switch (what) {
      case "trip":
        return trip(breaker, nowMs, params, 0);
      case "time":
        return advance(breaker, nowMs);
      case "lend":
        return onLend(breaker, nowMs, params);
      case "check":
        return onCheckSuccess(breaker, nowMs, params);
      default: {
        const probe = { ok: what === "good", generation: generation ?? breaker.generation, nowMs };
        return onProbe(breaker, probe, params, 0);
      }
    }
  }, from);
}

const halfOpen: Step[] = [
  ["trip", 0],
  ["time", 2_000],
];
const lends = (...at: number[]): Step[] => at.map((nowMs) => ["lend", nowMs]);
const twice = [...halfOpen, ["lend", 2_000], ["bad", 2_100]] as Step[];

describe("the breaker", () => {
  it.each<[string, Step[], Partial<Breaker>]>([
    ["opens when tripped", [["trip", 0]], { state: "open", ejections: 1, untilMs: 2_000, generation: 1 }],
    [
      "stays open until its time is over",
      [
        ["trip", 0],
        ["time", 1_999],
      ],
      { state: "open" },
    ],
    ["half-opens when its time is over", halfOpen, { state: "half-open", lent: 0, successes: 0 }],
    [
      "is not tripped twice",
      [
        ["trip", 0],
        ["trip", 1_000],
      ],
      { state: "open", untilMs: 2_000, ejections: 1 },
    ],
    [
      "lends nothing while open",
      [
        ["trip", 0],
        ["lend", 1_000],
      ],
      { state: "open" },
    ],
    ["counts what it lends", [...halfOpen, ["lend", 2_000]], { lent: 1, nextLeaseAtMs: 2_250 }],
    ["lends once per interval", [...halfOpen, ["lend", 2_000], ["lend", 2_249]], { lent: 1 }],
    ["lends again after an interval", [...halfOpen, ["lend", 2_000], ["lend", 2_250]], { lent: 2 }],
    [
      "has no more unanswered probes out than close it",
      [...halfOpen, ...lends(2_000, 2_250, 2_500, 2_750)],
      { lent: 3 },
    ],
    [
      "lends another for every answer",
      [...halfOpen, ...lends(2_000, 2_250, 2_500), ["good", 2_600], ["lend", 2_750]],
      { lent: 4 },
    ],
    [
      "replaces a probe that was never answered",
      [...halfOpen, ...lends(2_000, 2_250, 2_500, 5_499, 5_500)],
      { lent: 4 },
    ],
    ["ignores an answer nobody was lent", [...halfOpen, ["good", 2_100]], { answered: 0, successes: 0 }],
    [
      "ignores a second answer to one probe",
      [...halfOpen, ["lend", 2_000], ["good", 2_050], ["bad", 2_060]],
      { state: "half-open", answered: 1 },
    ],
    [
      "ignores another generation",
      [...halfOpen, ["lend", 2_000], ["bad", 2_050, 7]],
      { state: "half-open", answered: 0 },
    ],
    ["counts good probes", [...halfOpen, ["lend", 2_000], ["good", 2_050]], { state: "half-open", successes: 1 }],
    [
      "closes after enough good probes",
      [
        ...halfOpen,
        ["lend", 2_000],
        ["lend", 2_250],
        ["lend", 2_500],
        ["good", 2_600],
        ["good", 2_601],
        ["good", 2_602],
      ],
      { state: "closed", ejections: 1, generation: 2, sinceMs: 2_602 },
    ],
    [
      "opens again, for longer, after one bad probe",
      twice,
      { state: "open", ejections: 2, untilMs: 6_100, generation: 2 },
    ],
    [
      "ignores a late answer of the round before",
      [...twice, ["time", 6_100], ["lend", 6_100], ["good", 6_200, 1]],
      { state: "half-open", successes: 0 },
    ],
    [
      "is not closed by a passing check alone",
      [
        ["trip", 0],
        ["check", 2_500],
      ],
      { state: "half-open" },
    ],
    [
      "is not hurried by a check before the base time",
      [
        ["trip", 0],
        ["check", 1_999],
      ],
      { state: "open", untilMs: 2_000 },
    ],
    [
      "is hurried by a check after the base time",
      [...twice, ["check", 4_100]],
      { state: "half-open", nextLeaseAtMs: 4_100 },
    ],
  ])("%s", (_, steps, expected) => {
    expect(run(steps)).toMatchObject(expected);
  });

  it("lengthens ejections up to the maximum and adds jitter", () => {
    expect([1, 2, 4, 5, 9].map((n) => ejectionTimeMs(n, params, 0))).toEqual([2_000, 4_000, 8_000, 10_000, 10_000]);
    expect(ejectionTimeMs(1, { ...params, maxEjectionTimeJitterMs: 400 }, 0.5)).toBe(2_200);
  });

  it("forgets one ejection for every interval that it stays closed", () => {
    const closed: Breaker = { state: "closed", generation: 9, ejections: 3, sinceMs: 1_000 };
    expect([1_000, 10_999, 11_000, 21_000, 99_000].map((at) => rememberedEjections(closed, at, params))).toEqual([
      3, 3, 2, 1, 0,
    ]);
    expect(trip(closed, 11_500, params, 0)).toMatchObject({ ejections: 3, untilMs: 17_500 });
  });

  it("does not remember more ejections than lengthen the next", () => {
    let breaker: Breaker = closedBreaker();
    for (let i = 0; i < 20; i++)
      breaker = run(
        [
          ["trip", 0],
          ["time", 1e9],
          ["lend", 1e9],
          ["bad", 0],
        ],
        breaker,
      );
    expect(breaker.ejections).toBe(5);
  });

  it("says how long it stays open", () => {
    const open = trip(closedBreaker(), 1_000, params, 0);
    expect([openForMs(open, 1_500), openForMs(open, 9_000), openForMs(closedBreaker(), 0)]).toEqual([1_500, 0, 0]);
    expect([mayLend(open, 9_000, params), mayLend(advance(open, 3_000), 3_000, params)]).toEqual([false, true]);
  });
});
