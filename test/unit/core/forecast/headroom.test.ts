import { describe, expect, it } from "vitest";
import { forecast } from "../../../../src/core/forecast/forecast.ts";
import { capacityOf, timeToCapacity } from "../../../../src/core/forecast/headroom.ts";

const Infinite = Number.POSITIVE_INFINITY;

describe("the capacity of endpoints", () => {
  it.each([
    ["none of them", [], { rps: 0, knownRps: 0, endpoints: 0, unknown: 0 }],
    [
      "all were at their limit",
      [
        [true, 100],
        [true, 50],
      ],
      { rps: 150, knownRps: 150, endpoints: 2, unknown: 0 },
    ],
    [
      "one never was",
      [
        [true, 100],
        [true, Infinite],
      ],
      { rps: null, knownRps: 100, endpoints: 2, unknown: 1 },
    ],
    [
      "one is out",
      [
        [true, 100],
        [false, Infinite],
      ],
      { rps: 100, knownRps: 100, endpoints: 1, unknown: 0 },
    ],
  ] as const)("when %s", (_, given, expected) => {
    expect(capacityOf(given.map(([isServing, knownRps]) => ({ isServing, knownRps })))).toEqual(expected);
  });
});

describe("the time to capacity", () => {
  const rising = forecast(
    Float64Array.from({ length: 60 }, (_, t) => 100 + 2 * t + (t % 2)),
    [],
    30,
    0,
  );

  it("is that of the first step that reaches it, and earlier with some chance", () => {
    const { expected, earliest } = timeToCapacity(rising, 230);
    expect(rising.values[expected! - 1]).toBeGreaterThanOrEqual(230);
    expect(rising.values[expected! - 2] ?? 0).toBeLessThan(230);
    expect(earliest!).toBeLessThanOrEqual(expected!);
  });

  it("is nothing within a forecast that does not reach it", () => {
    expect(timeToCapacity(rising, 10_000)).toEqual({ expected: null, earliest: null });
  });

  it("is now when there is none", () => {
    expect(timeToCapacity(rising, 0)).toEqual({ expected: 1, earliest: 1 });
  });
});
