import { describe, expect, it } from "vitest";
import { candidatesFor, type Levels, levelAt, partition } from "../../../../src/core/balance/candidates.ts";
import type { Service } from "../../../../src/core/mesh.ts";
import { seededRng } from "../../../../src/core/rng.ts";
import { alike, columnsOf, fiveSigma, serviceOf } from "./fixture.ts";

const twoPriorities = serviceOf([{}, {}, { priority: 1 }, { priority: 1 }]);

function levelsOf(service: Service, available: readonly number[], rest: Partial<Parameters<typeof partition>[0]> = {}) {
  return partition({ service, available: Uint8Array.from(available), weight: columnsOf(service).weight, ...rest });
}
const routed = (levels: Levels) =>
  levels.routed.map(({ priority, percent, panic, degraded, candidates }) => ({
    priority,
    percent,
    ...(panic && { panic }),
    ...(degraded && { degraded }),
    members: [...candidates.index.subarray(0, candidates.count)],
  }));

describe("partition", () => {
  it("sends everything to a healthy first priority", () => {
    expect(routed(levelsOf(twoPriorities, [1, 1, 1, 1]))).toEqual([{ priority: 0, percent: 100, members: [0, 1] }]);
  });

  it("spills by health", () => {
    // Half of P0: 140 % of 50 % is 70.
    expect(routed(levelsOf(twoPriorities, [0, 1, 1, 1]))).toEqual([
      { priority: 0, percent: 70, members: [1] },
      { priority: 1, percent: 30, members: [2, 3] },
    ]);
  });

  it("takes priorities by their order, whatever the numbers", () => {
    const service = serviceOf([{ priority: 30 }, { priority: 7 }]);
    expect(routed(levelsOf(service, [1, 1]))).toEqual([{ priority: 7, percent: 100, members: [1] }]);
    expect(routed(levelsOf(service, [1, 0]))).toEqual([{ priority: 30, percent: 100, members: [0] }]);
  });

  it("ignores availability in panic", () => {
    // One of three is 33 %: under the threshold of 50, and 140 % of it does not make 100.
    expect(routed(levelsOf(serviceOf(alike(3)), [1, 0, 0]))).toEqual([
      { priority: 0, percent: 100, panic: true, members: [0, 1, 2] },
    ]);
    const calm = serviceOf(alike(3), {}, { panicThreshold: 0 });
    expect(routed(levelsOf(calm, [1, 0, 0]))).toEqual([{ priority: 0, percent: 100, members: [0] }]);
  });

  it.each([
    [
      "panic",
      [
        { priority: 0, percent: 50, panic: true, members: [0, 1] },
        { priority: 1, percent: 50, panic: true, members: [2, 3] },
      ],
    ],
    ["nextPriority", [{ priority: 1, percent: 100, panic: true, members: [2, 3] }]],
    ["fail", []],
  ] as const)("does what the config says when all are out: %s", (allOut, expected) => {
    const service = { ...twoPriorities, failover: { ...twoPriorities.failover, allOut } };
    const levels = levelsOf(service, [0, 0, 0, 0]);
    expect(routed(levels)).toEqual(expected);
    if (allOut === "fail") expect(candidatesFor(levels, seededRng(1))).toBeNull();
  });

  it("gives degraded endpoints what the healthy ones leave", () => {
    const service = serviceOf(alike(4));
    const levels = levelsOf(service, [1, 1, 1, 0], { degraded: Uint8Array.of(0, 0, 1, 1) });
    // 140 % of two in four is 70; the degraded one's 35 cover the rest; the last is out.
    expect(routed(levels)).toEqual([
      { priority: 0, percent: 70, members: [0, 1] },
      { priority: 0, percent: 30, degraded: true, members: [2] },
    ]);
  });

  it("never offers what an operator took out, not even in panic, and does not count it", () => {
    const barred = Uint8Array.of(1, 0, 0, 0);
    expect(routed(levelsOf(twoPriorities, [1, 1, 1, 1], { barred }))).toEqual([
      { priority: 0, percent: 100, members: [1] },
    ]);
    expect(routed(levelsOf(twoPriorities, [0, 0, 0, 0], { barred })).flatMap(({ members }) => members)).toEqual([
      1, 2, 3,
    ]);
    const all = levelsOf(twoPriorities, [1, 1, 1, 1], { barred: Uint8Array.of(1, 1, 1, 1) });
    expect(candidatesFor(all, seededRng(1))).toBeNull();
  });

  it("keeps the epoch of a level that did not change, and gives a new one to what did", () => {
    const before = levelsOf(twoPriorities, [1, 1, 1, 1]);
    const after = levelsOf(twoPriorities, [0, 1, 1, 1], { previous: before });
    expect(after.all[1]!.candidates).toBe(before.all[1]!.candidates);
    expect(before.all.map(({ candidates }) => candidates.epoch)).not.toContain(after.all[0]!.candidates.epoch);

    const weight = Float64Array.of(1, 1, 0.5, 1);
    const warming = levelsOf(twoPriorities, [0, 1, 1, 1], { previous: after, weight });
    expect(warming.all[0]!.candidates.epoch).toBe(after.all[0]!.candidates.epoch);
    expect(warming.all[1]!.candidates.epoch).toBeGreaterThan(after.all[0]!.candidates.epoch);
  });

  it("never uses epoch 0, which means: cache nothing", () => {
    expect(levelsOf(twoPriorities, [1, 1, 1, 1]).all.every(({ candidates }) => candidates.epoch > 0)).toBe(true);
  });
});

describe("candidatesFor", () => {
  it("draws levels by their shares", () => {
    const levels = levelsOf(twoPriorities, [0, 1, 1, 1]);
    const rng = seededRng(4);
    const draws = 20_000;
    let first = 0;
    for (let n = 0; n < draws; n++) if (candidatesFor(levels, rng)!.priority === 0) first++;
    expect(Math.abs(first / draws - 0.7)).toBeLessThan(fiveSigma(0.7, draws));
  });

  it("uses no chance where there is no choice", () => {
    const levels = levelsOf(twoPriorities, [1, 1, 1, 1]);
    const level = candidatesFor(levels, () => {
      throw new Error("drawn");
    });
    expect(level?.priority).toBe(0);
  });

  it("keeps a point's level", () => {
    const levels = levelsOf(twoPriorities, [0, 1, 1, 1]);
    expect([0, 0.69, 0.7, 0.999].map((point) => levelAt(levels, point)!.priority)).toEqual([0, 0, 1, 1]);
  });
});
