import fc from "fast-check";
import { describe, expect, it } from "vitest";
import {
  createWeightTables,
  drawOtherPosition,
  drawPosition,
  positionOf,
  shareAt,
  weightTableOf,
} from "../../../../src/core/balance/weight-table.ts";
import { seededRng } from "../../../../src/core/rng.ts";
import { candidatesOf, fiveSigma } from "./fixture.ts";

const tableOf = (weights: readonly number[]) =>
  weightTableOf(createWeightTables(weights.length), Float64Array.from(weights), candidatesOf(weights.map((_, e) => e)));

describe("the weight table", () => {
  // 40 entries are beyond the length up to which sums are scanned.
  it.each([
    ["few", [1, 2, 3, 0.5]],
    ["equal", [2, 2, 2]],
    ["many", Array.from({ length: 40 }, (_, e) => 1 + (e % 4))],
  ] as const)("draws in proportion to the weights: %s", (_, weights) => {
    const table = tableOf(weights);
    const total = weights.reduce((sum, weight) => sum + weight, 0);
    const rng = seededRng(1);
    const draws = 50_000;
    const counts = weights.map(() => 0);
    for (let n = 0; n < draws; n++) counts[drawPosition(table, rng)]!++;
    weights.forEach((weight, position) => {
      const share = weight / total;
      expect(shareAt(table, position)).toBeCloseTo(share, 10);
      expect(Math.abs(counts[position]! / draws - share)).toBeLessThan(fiveSigma(share, draws));
    });
  });

  it("draws another in proportion to the weights of the others", () => {
    const rng = seededRng(2);
    const draws = 30_000;
    for (const left of [0, 1, 2]) {
      const table = tableOf([1, 2, 5]);
      const counts = [0, 0, 0];
      for (let n = 0; n < draws; n++) counts[drawOtherPosition(table, left, rng)]!++;
      [1, 2, 5].forEach((weight, position) => {
        const share = position === left ? 0 : weight / (8 - [1, 2, 5][left]!);
        expect(Math.abs(counts[position]! / draws - share)).toBeLessThanOrEqual(fiveSigma(share, draws));
      });
    }
  });

  it("never draws the one left out, nor a place that is not there", () => {
    const weight = fc.double({ min: 1e-6, max: 1e6, noNaN: true });
    const point = fc.constantFrom(0, 0.5, 1 - Number.EPSILON / 2);
    fc.assert(
      fc.property(fc.array(weight, { minLength: 2, maxLength: 30 }), fc.nat(), point, (weights, n, at) => {
        const table = tableOf(weights);
        const left = n % weights.length;
        const other = drawOtherPosition(table, left, () => at);
        expect(other).not.toBe(left);
        expect(weights[other]).toBeDefined();
        expect(weights[drawPosition(table, () => at)]).toBeDefined();
      }),
      { seed: 3, numRuns: 500 },
    );
  });

  it("is kept per epoch, and made anew for epoch 0", () => {
    const tables = createWeightTables(2);
    const weight = Float64Array.of(1, 1);
    const first = weightTableOf(tables, weight, candidatesOf([0, 1], 1));
    weightTableOf(tables, weight, candidatesOf([0], 2));
    weight[1] = 3;
    expect(weightTableOf(tables, weight, candidatesOf([0, 1], 1))).toBe(first);
    expect(first.total).toBe(2);
    expect(weightTableOf(tables, weight, candidatesOf([0, 1], 0)).total).toBe(4);
    expect(weightTableOf(tables, weight, candidatesOf([1], 0)).total).toBe(3);
  });

  it("finds positions of endpoints", () => {
    const candidates = candidatesOf([2, 5, 9]);
    expect([2, 5, 9, 0, 4, 10].map((endpoint) => positionOf(candidates, endpoint))).toEqual([0, 1, 2, -1, -1, -1]);
  });
});
