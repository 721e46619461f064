import { describe, expect, it } from "vitest";
import { NO_SHEDDING, nextShedding, type Pressure, type Shedding } from "../../../../src/core/health/shedding.ts";

const overload: Pressure = { demandRps: 1_000, capacityRps: 700, knownRps: 950, queueMs: 400 };

function shedFor(seconds: number, pressure: Pressure, from: Shedding = NO_SHEDDING): Shedding {
  let shedding = from;
  for (let i = 0; i < seconds * 4; i++) shedding = nextShedding(shedding, pressure, 0.25);
  return shedding;
}

describe("shedding", () => {
  it.each<[string, Pressure]>([
    ["without a known limit", { ...overload, capacityRps: Number.POSITIVE_INFINITY }],
    ["while requests hardly queue", { ...overload, queueMs: 240 }],
    ["while they do not queue at all, however little is delivered", { ...overload, knownRps: 700, queueMs: 90 }],
    ["while the endpoints are known to deliver what is wanted", { ...overload, knownRps: 1_000 }],
    ["while the capacity covers the demand", { ...overload, capacityRps: 1_000 }],
  ])("does not begin %s", (_, pressure) => {
    expect(shedFor(10, pressure)).toEqual(NO_SHEDDING);
  });

  it("begins sooner when the endpoints clearly cannot deliver what is wanted", () => {
    expect(nextShedding(NO_SHEDDING, { ...overload, knownRps: 890, queueMs: 110 }, 0.25).engaged).toBe(true);
  });

  it("rises to what does not fit, 40 % a second at most", () => {
    expect(nextShedding(NO_SHEDDING, overload, 0.25).ratio).toBeCloseTo(0.1, 9);
    expect(shedFor(5, overload).ratio).toBeCloseTo(1 - 0.7, 9);
  });

  it("goes on when the queue is gone but the capacity is not back", () => {
    const shedding = shedFor(5, overload);
    expect(shedFor(5, { ...overload, queueMs: 0 }, shedding).ratio).toBeCloseTo(shedding.ratio, 9);
  });

  it("ends 10 % a second once the capacity covers the demand", () => {
    const shedding = shedFor(5, overload);
    const covered = { ...overload, capacityRps: 1_100, queueMs: 0 };
    expect(shedFor(1, covered, shedding).ratio).toBeCloseTo(shedding.ratio - 0.1, 9);
    expect(shedFor(5, covered, shedding)).toEqual(NO_SHEDDING);
  });
});
