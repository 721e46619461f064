import { describe, expect, it } from "vitest";
import { backAtMs, flapsAt, isDamped, onFlap } from "../../../../src/discovery/registry/damping.ts";

const DAMPING = { flaps: 3, halfLifeMs: 60_000 };
const none = { flaps: 0, flapsAtMs: 0 };
const flapping = (times: number) =>
  Array.from({ length: times }).reduce<typeof none>((state) => onFlap(state, DAMPING, 0), none);

describe("damping", () => {
  it("counts a flap half after each half-life", () => {
    expect([0, 60_000, 120_000].map((nowMs) => flapsAt(flapping(4), DAMPING, nowMs))).toEqual([4, 2, 1]);
  });

  it.each([
    ["three flaps are let in", 3, false, 0, false],
    ["four are not", 4, false, 0, true],
    ["four are let in when one of them is forgotten", 4, false, 25_000, false],
    ["what is kept out stays out for longer", 4, true, 25_000, true],
    ["until one is left", 4, true, 120_000, false],
  ] as const)("%s", (_, times, damped, nowMs, expected) => {
    expect(isDamped({ ...flapping(times), damped }, DAMPING, nowMs)).toBe(expected);
  });

  it("says when an endpoint is back, and that is so", () => {
    const atMs = backAtMs(flapping(5), DAMPING);
    expect(isDamped({ ...flapping(5), damped: true }, DAMPING, atMs - 10)).toBe(true);
    expect(isDamped({ ...flapping(5), damped: true }, DAMPING, atMs)).toBe(false);
  });

  it("keeps nobody out for more than four half-lives, nor where it is off", () => {
    expect(backAtMs(flapping(1_000), DAMPING)).toBe(240_000);
    expect(isDamped({ ...flapping(9), damped: true }, { ...DAMPING, flaps: 0 }, 0)).toBe(false);
  });
});
