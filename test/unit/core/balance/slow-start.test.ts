import { describe, expect, it } from "vitest";
import { slowStartFactor } from "../../../../src/core/balance/slow-start.ts";

const linear = { windowMs: 60_000, aggression: 1, minWeightPercent: 10 };

describe("slow start", () => {
  it.each([
    ["no slow start", null, 0, 1],
    ["the start", linear, 0, 0.1],
    ["a clock that went back", linear, -5_000, 0.1],
    ["still at the minimum", linear, 3_000, 0.1],
    ["half of the window", linear, 30_000, 0.5],
    ["the end of the window", linear, 60_000, 1],
    ["long after", linear, 1e9, 1],
    ["aggression 2: the square root of a quarter", { ...linear, aggression: 2 }, 15_000, 0.5],
    ["aggression 0.5: the square of a half", { ...linear, aggression: 0.5 }, 30_000, 0.25],
    ["a minimum of 0: Envoy counts 1 ms at least", { ...linear, minWeightPercent: 0 }, 0, 1 / 60_000],
  ] as const)("%s", (_, settings, elapsedMs, factor) => {
    expect(slowStartFactor(settings, elapsedMs)).toBeCloseTo(factor, 10);
  });
});
