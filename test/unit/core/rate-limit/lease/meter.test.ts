import fc from "fast-check";
import { describe, expect, it } from "vitest";
import {
  capacityOf,
  charge,
  createMeter,
  fullMsOf,
  type LeasableCounting,
  largestOf,
  periodEndMs,
  waitMsFor,
} from "../../../../../src/core/rate-limit/lease/meter.ts";

const NOON = Date.UTC(2026, 1, 28, 12);
const bucket: LeasableCounting = { type: "token-bucket", limit: 60, windowMs: 60_000, burst: 10 };
const sliding: LeasableCounting = { type: "sliding-window", limit: 10, windowMs: 60_000 };
const daily: LeasableCounting = { type: "quota", limit: 10, period: "day" };

describe.each([
  ["bucket", bucket],
  ["sliding window", sliding],
  ["quota", daily],
] as const)("a %s", (_, counting) => {
  it("begins with all of it", () => {
    const meter = createMeter(counting, NOON);
    expect([capacityOf(meter, NOON), fullMsOf(meter, 0, NOON), waitMsFor(meter, 10, 0, NOON)]).toEqual([10, 0, 0]);
  });

  it("has as much less as was used, and says how long the rest takes", () => {
    const meter = createMeter(counting, NOON);
    charge(meter, 8, NOON);
    expect(capacityOf(meter, NOON)).toBe(2);
    const waitMs = waitMsFor(meter, 3, 0, NOON);
    expect(capacityOf(meter, NOON + waitMs - 1)).toBeLessThan(3);
    expect(capacityOf(meter, NOON + waitMs)).toBeGreaterThanOrEqual(3);
  });

  it("is whole again when it says so, and not before", () => {
    const meter = createMeter(counting, NOON);
    charge(meter, 8, NOON);
    const fullMs = fullMsOf(meter, 0, NOON);
    expect(capacityOf(meter, NOON + fullMs - 1)).toBeLessThan(10);
    expect(capacityOf(meter, NOON + fullMs)).toBe(10);
  });

  it("is overdrawn by one limit at most", () => {
    const meter = createMeter(counting, NOON);
    charge(meter, 1e9, NOON);
    expect(capacityOf(meter, NOON)).toBe(-10);
  });

  it("has as much less when time goes backwards", () => {
    const meter = createMeter(counting, NOON);
    charge(meter, 4, NOON);
    expect(capacityOf(meter, NOON - 5_000)).toBe(6);
  });
});

it("a use stays in a sliding window for the window, and a slice of it at most longer", () => {
  const meter = createMeter(sliding, NOON);
  charge(meter, 10, NOON + 999);
  expect(capacityOf(meter, NOON + 60_999)).toBe(0);
  expect(capacityOf(meter, NOON + 61_000)).toBe(10);
});

it("a use that is settled late counts when it happened", () => {
  const meter = createMeter(sliding, NOON);
  capacityOf(meter, NOON + 30_000);
  charge(meter, 4, NOON, NOON + 30_000);
  expect([capacityOf(meter, NOON + 60_999), capacityOf(meter, NOON + 61_000)]).toEqual([6, 10]);
});

it("a use that has left the window before it is settled does not count", () => {
  const meter = createMeter(sliding, NOON);
  capacityOf(meter, NOON + 300_000);
  charge(meter, 4, NOON, NOON + 300_000);
  expect(capacityOf(meter, NOON + 300_000)).toBe(10);
});

it("a use counts in the newest slice when the clock jumped ahead by more than a window, and back", () => {
  const meter = createMeter(sliding, NOON);
  capacityOf(meter, NOON + 3_600_000);
  charge(meter, 4, NOON + 1_000);
  expect(capacityOf(meter, NOON + 1_000)).toBe(6);
  expect(capacityOf(meter, NOON + 3_600_000 + 59_999)).toBe(6);
  expect(capacityOf(meter, NOON + 3_600_000 + 61_000)).toBe(10);
});

it("no use of a window is lost, however the clock jumps", () => {
  const step = fc.record({
    jumpMs: fc.oneof(fc.integer({ min: -1_500, max: 1_500 }), fc.integer({ min: -300_000, max: 300_000 })),
    units: fc.integer({ min: 0, max: 3 }),
    lateMs: fc.oneof(fc.constant(0), fc.integer({ min: 0, max: 90_000 })),
  });
  fc.assert(
    fc.property(fc.array(step, { maxLength: 60 }), (steps) => {
      const counting = { ...sliding, limit: 1_000 };
      const meter = createMeter(counting, NOON);
      const uses: { atMs: number; units: number }[] = [];
      let [clockMs, furthestMs] = [NOON, NOON];
      for (const { jumpMs, units, lateMs } of steps) {
        clockMs += jumpMs;
        furthestMs = Math.max(furthestMs, clockMs);
        charge(meter, units, clockMs - lateMs, clockMs);
        uses.push({ atMs: furthestMs - lateMs, units });
        const counted = 1_000 - capacityOf(meter, clockMs);
        const sumSince = (ms: number) => uses.reduce((sum, use) => sum + (use.atMs > ms ? use.units : 0), 0);
        // No less than what was used in the window up to the furthest time seen, no more than that of two slices more.
        expect(counted).toBeGreaterThanOrEqual(sumSince(furthestMs - 60_000));
        expect(counted).toBeLessThanOrEqual(sumSince(furthestMs - 62_001));
      }
    }),
    { numRuns: 500 },
  );
});

it("days and months end at midnight, UTC", () => {
  expect(periodEndMs("day", NOON)).toBe(Date.UTC(2026, 2, 1));
  expect(periodEndMs("month", NOON)).toBe(Date.UTC(2026, 2, 1));
  expect(periodEndMs("month", Date.UTC(2026, 11, 31, 23, 59, 59, 999))).toBe(Date.UTC(2027, 0, 1));
  expect(periodEndMs("day", Date.UTC(2026, 2, 1))).toBe(Date.UTC(2026, 2, 2));
});

it("one request may take a burst, or the limit where there is none", () => {
  expect([bucket, sliding, daily].map(largestOf)).toEqual([10, 10, 10]);
});
