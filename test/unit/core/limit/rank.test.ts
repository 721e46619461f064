import { describe, expect, it } from "vitest";
import { drawRank } from "../../../../src/core/limit/rank.ts";
import { createClassShares } from "../../../../src/core/limit/shed-by-class.ts";

describe("drawRank", () => {
  const shares = createClassShares(["high", "mid", "low"], "low");
  shares.counts.set([20, 30, 50]);

  it("places every class behind those above it", () => {
    expect([0, 1, 2].map((index) => drawRank(shares, index, () => 0))).toEqual([0, 0.2, 0.5]);
    expect([0, 1, 2].map((index) => drawRank(shares, index, () => 0.5))).toEqual([0.1, 0.35, 0.75]);
  });

  it("stays below 1, so that an endpoint that takes all takes everybody", () => {
    const almost = 1 - 2 ** -53;
    for (const index of [0, 1, 2]) expect(drawRank(shares, index, () => almost)).toBeLessThan(1);
    expect(drawRank(createClassShares([], ""), 0, () => almost)).toBeLessThan(1);
  });
});
