import { describe, expect, it } from "vitest";
import { commonDelayMs, keepsUp, nextGoodput } from "../../../../src/core/health/goodput.ts";

function goodputAfter(seconds: number, deliveredRps: number, admittedRps: number): number {
  let ratio = 1;
  for (let i = 0; i < seconds * 4; i++) ratio = nextGoodput(ratio, deliveredRps, admittedRps, 0.25);
  return ratio;
}

describe("goodput", () => {
  it("keeps up as long as all that is admitted is answered, however late", () => {
    expect(keepsUp(goodputAfter(60, 100, 100))).toBe(true);
  });

  it("does not keep up within half a second when a quarter stays unanswered", () => {
    expect(keepsUp(goodputAfter(0.25, 75, 100))).toBe(true);
    expect(keepsUp(goodputAfter(0.75, 75, 100))).toBe(false);
  });

  it("counts a burst of late answers a little only", () => {
    expect(goodputAfter(60, 1_000, 100)).toBeCloseTo(1.2, 6);
  });

  it("stays as it is while nothing is asked for", () => {
    expect(nextGoodput(0.5, 0, 0, 1)).toBe(0.5);
  });
});

describe("the delay in common", () => {
  it.each<[string, readonly number[], number]>([
    ["is the least of the queues", [120, 80, 300], 80],
    ["is none when one endpoint has none", [0, 500], 0],
    ["passes over what is not known", [Number.NaN, 70], 70],
    ["is none when nothing is known", [Number.NaN], 0],
  ])("%s", (_, queues, expected) => {
    expect(commonDelayMs(Float64Array.from(queues))).toBe(expected);
  });
});
