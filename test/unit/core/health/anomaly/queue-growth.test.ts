import { describe, expect, it } from "vitest";
import {
  createQueueGrowth,
  noteFinished,
  type Saturation,
  stepGrowth,
} from "../../../../../src/core/health/anomaly/queue-growth.ts";

/** Seconds of a life: what one endpoint finishes in each, and what is in flight at its end. */
function play(seconds: readonly (readonly [finished: number, inFlight: number])[], stepMs = 1_000): Saturation[] {
  const growth = createQueueGrowth(1);
  const found: Saturation[] = [];
  let nowMs = 1e9;
  for (const [finished, inFlight] of seconds) {
    noteFinished(growth, 0, finished);
    found.push(...stepGrowth(growth, () => inFlight, nowMs));
    nowMs += stepMs;
  }
  return found;
}

const calm = Array.from({ length: 10 }, () => [100, 10] as const);
const then = (of: (second: number) => readonly [number, number]) => [
  ...calm,
  ...Array.from({ length: 8 }, (_, i) => of(i + 1)),
];

describe("growth of a queue", () => {
  it("is saturation where no more is finished, and tells the capacity and what arrives", () => {
    const [found, ...more] = play(then((s) => [100, 10 + 20 * s]));
    expect(found).toMatchObject({ endpoint: 0, capacityRps: 100 });
    // In flight grows by 20 a second: 120 arrive where 100 are finished; the window still has some calm in it.
    expect(found!.arrivingRps).toBeGreaterThan(105);
    expect(found!.arrivingRps).toBeLessThanOrEqual(120);
    expect(more).toEqual([]);
  });

  it.each([
    ["load that is carried", (s: number) => [100 + 20 * s, 10 + 2 * s] as const],
    [
      "load that doubles and is carried",
      (s: number) => [100 + 100 * Math.min(1, s / 2), 10 + 10 * Math.min(1, s / 2)] as const,
    ],
    ["an endpoint that is dead", (s: number) => [s < 2 ? 50 : 0, 10 + 100 * s] as const],
    ["a few more by chance", (s: number) => [100, 10 + (s % 3)] as const],
    ["a queue that drains again", (s: number) => [100, s === 1 ? 60 : Math.max(10, 60 - 20 * s)] as const],
  ])("is none with %s", (_, of) => {
    expect(play(then(of))).toEqual([]);
  });

  it("is not told of where reports have gaps", () => {
    expect(
      play(
        then((s) => [100, 10 + 20 * s]),
        5_000,
      ),
    ).toEqual([]);
  });
});
