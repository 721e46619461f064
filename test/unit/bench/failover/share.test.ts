import { describe, expect, it } from "vitest";
import { countIn, secondsUntil, shareIn } from "../../../bench/failover/share.ts";

/** Arrivals every `everyMs` in [fromMs, toMs). */
function evenly(fromMs: number, toMs: number, everyMs: number): number[] {
  return Array.from({ length: Math.ceil((toMs - fromMs) / everyMs) }, (_, i) => fromMs + i * everyMs);
}

describe("counting arrivals", () => {
  it("takes the first moment of a period in and leaves its last one out", () => {
    const arrivals = [10, 20, 20, 30];
    expect(countIn(arrivals, { fromMs: 20, toMs: 30 })).toBe(2);
    expect(countIn(arrivals, { fromMs: 0, toMs: 31 })).toBe(4);
    expect(countIn(arrivals, { fromMs: 31, toMs: 99 })).toBe(0);
    expect(countIn([], { fromMs: 0, toMs: 99 })).toBe(0);
  });

  it("gives an origin's share of all, and none when there was nothing", () => {
    expect(shareIn([[1, 2, 3], [4]], 1, { fromMs: 0, toMs: 10 })).toBe(0.25);
    expect(shareIn([[1], [2]], 1, { fromMs: 5, toMs: 10 })).toBeNaN();
  });
});

describe("the time until traffic has moved", () => {
  const other = evenly(0, 20_000, 10);
  const isLeft = (share: number) => share < 0.05;

  it("is nothing when the origin was left at once", () => {
    expect(secondsUntil([other, []], 1, { fromMs: 5_000, toMs: 15_000 }, isLeft)).toBe(0);
  });

  it("is the start of the first window of two seconds in which it was", () => {
    // Left at 8 s. A window has 200 other arrivals: at most 10 of its own are below 5 %, those of the last 100 ms.
    const left = secondsUntil([other, evenly(0, 8_000, 10)], 1, { fromMs: 5_000, toMs: 15_000 }, isLeft);
    expect(left).toBeCloseTo(2.9, 5);
  });

  it("is null when it never was, or nothing arrived at all", () => {
    expect(secondsUntil([other, other], 1, { fromMs: 5_000, toMs: 15_000 }, isLeft)).toBeNull();
    expect(secondsUntil([[], []], 1, { fromMs: 5_000, toMs: 15_000 }, isLeft)).toBeNull();
  });

  it("looks at whole windows within the period only", () => {
    const back = [...evenly(0, 5_000, 10), ...evenly(14_000, 20_000, 10)];
    const isBack = (share: number) => share > 0.4;
    expect(secondsUntil([other, back], 1, { fromMs: 5_000, toMs: 15_000 }, isBack)).toBeNull();
    expect(secondsUntil([other, back], 1, { fromMs: 5_000, toMs: 20_000 }, isBack)).toBeCloseTo(8.4, 5);
  });
});
