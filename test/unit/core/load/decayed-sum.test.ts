import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { addDecayed, createDecayedSums, mergeDecayed, readDecayed } from "../../../../src/core/load/decayed-sum.ts";

const TAU_MS = 5_000;
const event = fc.record({
  amount: fc.double({ min: 0, max: 1_000, noNaN: true }),
  atMs: fc.integer({ min: 1_000, max: 60_000 }),
});

describe("decayed sums", () => {
  it("keep 1/e of an addition after the time constant", () => {
    const sums = createDecayedSums(1, TAU_MS);
    addDecayed(sums, 0, 100, 1_000);
    expect(readDecayed(sums, 0, 1_000 + TAU_MS)).toBeCloseTo(100 / Math.E, 9);
  });

  it("are the same whatever the order of additions and the grouping of merges", () => {
    fc.assert(
      fc.property(fc.array(event, { maxLength: 40 }), fc.array(fc.boolean(), { maxLength: 40 }), (events, sides) => {
        const expected = events.reduce((sum, e) => sum + e.amount * Math.exp(-(60_000 - e.atMs) / TAU_MS), 0);
        const left = createDecayedSums(1, TAU_MS);
        const right = createDecayedSums(1, TAU_MS);
        for (const [i, e] of events.entries()) addDecayed(sides[i] ? left : right, 0, e.amount, e.atMs);
        mergeDecayed(left, right);
        // Rounding only: 80 additions of relative error 2^-53 each, and the exponentials.
        expect(Math.abs(readDecayed(left, 0, 60_000) - expected)).toBeLessThanOrEqual(1e-9 * (1 + expected));
      }),
    );
  });

  it("do not change by being read", () => {
    const sums = createDecayedSums(1, TAU_MS);
    addDecayed(sums, 0, 7, 1_000);
    readDecayed(sums, 0, 50_000);
    expect(readDecayed(sums, 0, 1_000)).toBe(7);
  });

  it("read a moment before the last addition as that addition's", () => {
    const sums = createDecayedSums(1, TAU_MS);
    addDecayed(sums, 0, 7, 1_000);
    expect(readDecayed(sums, 0, 500)).toBe(7);
  });

  it("refuse to merge sums of another time constant", () => {
    expect(() => mergeDecayed(createDecayedSums(1, 1_000), createDecayedSums(1, 2_000))).toThrow("2000 ms");
  });
});
