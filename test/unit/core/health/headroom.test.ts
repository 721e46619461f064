import { describe, expect, it } from "vitest";
import { type Headroom, withHeadroom } from "../../../../src/core/health/headroom.ts";

const UNKNOWN = Number.POSITIVE_INFINITY;

function taken(demandRps: number, allowed: readonly number[], change: Partial<Headroom> = {}): number[] {
  const allowedRps = Float64Array.from(allowed);
  const weights = new Float64Array(allowed.length).fill(1);
  const usable = new Uint8Array(allowed.length).fill(1);
  return [...withHeadroom({ demandRps, allowedRps, weights, usable, ...change })];
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
});
