import { describe, expect, it } from "vitest";
import {
  type AdaptiveColumns,
  moveProbability,
  noteDelay,
  ownDelayMs,
} from "../../../../../src/core/balance/adaptive/own-evidence.ts";

function columns(): AdaptiveColumns {
  const filled = (value: number) => new Float64Array(1).fill(value);
  return {
    probability: filled(1),
    referenceMs: filled(50),
    coolUntilMs: filled(0),
    overdueSinceMs: filled(Number.POSITIVE_INFINITY),
    expectedMs: filled(50),
    delayMs: filled(0),
    delayAtMs: filled(0),
    epoch: 0,
    trusted: true,
    ownInFlight: 0,
  };
}

describe("own delays", () => {
  it("are what answers took longer than expected, averaged over about a second", () => {
    const own = columns();
    noteDelay(own, 0, 150, 5_000);
    expect(ownDelayMs(own, 0, 5_000)).toBeCloseTo(100 * (1 - Math.exp(-5)), 6);
    noteDelay(own, 0, 50, 6_000);
    expect(ownDelayMs(own, 0, 6_000)).toBeCloseTo(100 * (1 - Math.exp(-5)) * Math.exp(-1), 6);
  });

  it("are forgotten", () => {
    const own = columns();
    noteDelay(own, 0, 1_050, 5_000);
    expect(ownDelayMs(own, 0, 11_000)).toBeLessThan(3);
  });

  it("are never negative: fast answers only cancel", () => {
    const own = columns();
    noteDelay(own, 0, 10, 5_000);
    expect(ownDelayMs(own, 0, 5_000)).toBe(0);
  });
});

describe("moving to the second draw", () => {
  it.each([
    ["never to a later one", 50, 60, 0],
    ["never for equal delays", 50, 50, 0],
    ["hardly for noise", 4, 0, 4 / 44],
    ["mostly for a real queue", 200, 0, 200 / 240],
  ])("%s", (_, first, second, expected) => {
    expect(moveProbability(first, second)).toBeCloseTo(expected, 9);
  });
});
