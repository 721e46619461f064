import { describe, expect, it } from "vitest";
import { type Headroom, withHeadroom } from "../../../../src/core/health/headroom.ts";

const UNKNOWN = Number.POSITIVE_INFINITY;

function taken(demandRps: number, allowed: readonly number[], change: Partial<Headroom> = {}): number[] {
  const allowedRps = Float64Array.from(allowed);
  const weights = new Float64Array(allowed.length).fill(1);
  const usable = new Uint8Array(allowed.length).fill(1);
  const variance = new Float64Array(allowed.length);
  const knownRps = allowedRps;
  return [...withHeadroom({ demandRps, allowedRps, knownRps, variance, weights, usable, ...change })];
}

describe("headroom", () => {
  it("fills 8 % more than the endpoints need on average, and never more than they can take", () => {
    expect(taken(170, [100, 100])).toEqual([91.8, 91.8].map((rps) => expect.closeTo(rps, 9)));
    expect(taken(250, [100, 100])).toEqual([100, 100]);
  });

  it("fills four fifths of each however little is asked for, so that the nearest stay the nearest", () => {
    expect(taken(10, [100, 50])).toEqual([80, 40]);
  });

  it("limits nothing while no capacity is known", () => {
    expect(taken(100, [UNKNOWN, UNKNOWN])).toEqual([UNKNOWN, UNKNOWN]);
  });

  it("takes unknown endpoints to be like the known ones, by weight", () => {
    // One of four is known to bear 100: all four together 400, of which 380 are wanted, so nothing is kept free.
    expect(taken(380, [100, UNKNOWN, UNKNOWN, UNKNOWN])[0]).toBe(100);
    const weights = Float64Array.of(1, 3);
    expect(taken(320, [100, UNKNOWN], { weights })[0]).toBeCloseTo(86.4, 9);
  });

  it("leaves endpoints out of the sum that do not take part", () => {
    expect(taken(90, [100, 1_000], { usable: Uint8Array.of(1, 0) })[0]).toBeCloseTo(97.2, 9);
  });

  it("takes capacities that hardly differ to be the same, and leaves what clearly differs as it is", () => {
    // All is wanted, so that nothing is kept free. 3 % off is little against a doubt of 7 %; half is not.
    const [a, b, c, d] = taken(1_000, [100, 103, 97, 50]);
    // The median of the four is 98.5.
    for (const near of [a!, b!, c!]) expect(Math.abs(near - 98.5)).toBeLessThan(0.5);
    expect(d).toBe(50);
  });

  it("compares capacities by weight", () => {
    const weights = Float64Array.of(1, 2, 1);
    const [a, b] = taken(1_000, [100, 206, 100], { weights });
    expect(a).toBeCloseTo(100, 9);
    expect(b! / 2).toBeCloseTo(100, 0);
  });

  it("keeps on draining: what is allowed less than known stays so in proportion", () => {
    const knownRps = Float64Array.of(100, 100, 100);
    expect(taken(1_000, [80, 100, 100], { knownRps })).toEqual([80, 100, 100]);
  });

  it("says nothing of what is usual by two", () => {
    expect(taken(1_000, [100, 103])).toEqual([100, 103]);
  });
});
