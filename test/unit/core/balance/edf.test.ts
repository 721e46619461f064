import { describe, expect, it } from "vitest";
import { createEdf, earliest, fillEdf, putBack } from "../../../../src/core/balance/edf.ts";
import { seededRng } from "../../../../src/core/rng.ts";

function picksOf(weights: readonly number[], count: number, phase?: () => number): number[] {
  const edf = createEdf(weights.length);
  fillEdf(edf, weights.length, (entry) => weights[entry]!, phase);
  return Array.from({ length: count }, () => {
    const entry = earliest(edf);
    putBack(edf, weights[entry]!);
    return entry;
  });
}

describe("earliest deadline first", () => {
  it("gives Envoy's sequence for weights 1 and 2", () => {
    // round_robin_lb_test.cc, Weighted: host 1, 0, 1, 1, 0, 1.
    expect(picksOf([1, 2], 6)).toEqual([1, 0, 1, 1, 0, 1]);
  });

  it("goes round in order of insertion while weights are equal", () => {
    expect(picksOf([1, 1, 1], 7)).toEqual([0, 1, 2, 0, 1, 2, 0]);
  });

  it("gives every entry its share within one turn, fractions included", () => {
    const weights = [0.5, 1.25, 3, 0.01];
    const total = 4.76;
    for (const picks of [50, 477, 4_760]) {
      const counts = weights.map(() => 0);
      for (const entry of picksOf(weights, picks, seededRng(3))) counts[entry]!++;
      weights.forEach((weight, entry) => {
        expect(Math.abs(counts[entry]! - (picks * weight) / total)).toBeLessThan(2);
      });
    }
  });

  it("uses the weight an entry has when it is put back", () => {
    const edf = createEdf(2);
    fillEdf(edf, 2, () => 1);
    const picks = Array.from({ length: 6 }, () => {
      const entry = earliest(edf);
      putBack(edf, entry === 0 ? 1 : 0.5);
      return entry;
    });
    // Entry 1 is due at 1, 3, 5; entry 0 at 1, 2, 3, 4: at 3 entry 1 was put back before.
    expect(picks).toEqual([0, 1, 0, 1, 0, 0]);
  });

  it("starts many schedulers at different places, so that first picks have the weights' shares", () => {
    const counts = [0, 0];
    const rng = seededRng(8);
    for (let n = 0; n < 20_000; n++) {
      const first = picksOf([1, 1], 1, rng)[0]!;
      counts[first]!++;
    }
    // Half each; five sigma of 20,000 draws are 354.
    expect(Math.abs(counts[0]! - 10_000)).toBeLessThan(354);
  });
});
