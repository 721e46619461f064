import fc from "fast-check";
import { describe, expect, it } from "vitest";
import {
  type ClassShares,
  classIndex,
  createClassShares,
  forgetClasses,
  shedProbability,
} from "../../../../src/core/limit/shed-by-class.ts";

function shares(...counts: number[]): ClassShares {
  const made = createClassShares(
    counts.map((_, i) => `c${i}`),
    "c0",
  );
  made.counts.set(counts);
  return made;
}

describe("shedding by class", () => {
  it.each([
    ["the least important class goes first", [50, 50], 0.3, [0, 0.6]],
    ["then part of the next", [50, 50], 0.7, [0.4, 1]],
    ["three classes", [20, 30, 50], 0.6, [0, 1 / 3, 1]],
    ["nothing is shed", [50, 50], 0, [0, 0]],
    ["everything is shed", [50, 50], 1, [1, 1]],
    ["one class", [7], 0.25, [0.25]],
  ])("%s", (_, counts, shed, expected) => {
    const made = shares(...counts);
    counts.forEach((_count, i) => {
      expect(shedProbability(made, i, shed)).toBeCloseTo(expected[i]!, 9);
    });
  });

  it("sheds the asked share in all, whatever the classes", () => {
    const counts = fc.array(fc.double({ min: 0.01, max: 1_000, noNaN: true }), { minLength: 1, maxLength: 6 });
    fc.assert(
      fc.property(counts, fc.double({ min: 0, max: 1, noNaN: true }), (list, shed) => {
        const made = shares(...list);
        const total = list.reduce((a, b) => a + b, 0);
        const refused = list.reduce((sum, count, i) => sum + count * shedProbability(made, i, shed), 0);
        expect(refused / total).toBeCloseTo(shed, 6);
      }),
      { seed: 4 },
    );
  });

  it("counts unknown names as the default class", () => {
    const made = createClassShares(["gold", "silver", "bronze"], "silver");
    expect(["gold", "bronze", "", "lead"].map((name) => classIndex(made, name))).toEqual([0, 2, 1, 1]);
    expect(classIndex(createClassShares([], ""), "gold")).toBe(0);
  });

  it("forgets the mix of classes but never a class", () => {
    const made = shares(100, 0.01);
    for (let i = 0; i < 200; i++) forgetClasses(made);
    expect(Array.from(made.counts)).toEqual([0.01, 0.01]);
  });
});
