import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { fillWater, type WaterFilling } from "../../../../src/core/health/water-filling.ts";

interface Shape {
  readonly demand: readonly number[];
  /** Rows by region. */
  readonly preference: readonly (readonly number[])[];
  readonly capacity: readonly number[];
  readonly level?: readonly number[];
  readonly load?: readonly number[];
}

function fill({ demand, preference, capacity, level, load = [1] }: Shape): number[][] {
  const size = capacity.length;
  const problem: WaterFilling = {
    regionCount: demand.length,
    size,
    demandRps: Float64Array.from(demand),
    preference: Float64Array.from(preference.flat()),
    capacityRps: Float64Array.from(capacity),
    usable: new Uint8Array(size).fill(1),
    levelOf: Uint8Array.from(level ?? capacity.map(() => 0)),
    levelCount: load.length,
    levelLoad: Float64Array.from(demand.flatMap(() => load)),
    taps: new Float64Array(size).fill(1),
  };
  const out = new Float64Array(size * demand.length);
  fillWater(problem, out);
  return demand.map((_, r) => Array.from(out.subarray(r * size, (r + 1) * size)));
}

const sum = (row: readonly number[]) => row.reduce((a, b) => a + b, 0);

describe("water-filling", () => {
  it("follows the preferences where nothing is limited", () => {
    expect(fill({ demand: [100], preference: [[3, 1]], capacity: [Infinity, Infinity] })).toEqual([[0.75, 0.25]]);
  });

  it("sends what does not fit to the next endpoint", () => {
    const [row] = fill({ demand: [100], preference: [[0.9, 0.1]], capacity: [50, Infinity] });
    expect(row![0]! * 100).toBeLessThanOrEqual(50 * 1.011);
    expect(row![0]! * 100).toBeGreaterThan(47);
  });

  it("lets the region with no alternative keep a scarce endpoint", () => {
    const preference = [
      [0.5, 0.5, 0],
      [0.5, 0, 0.5],
    ];
    const rows = fill({ demand: [100, 100], preference, capacity: [60, 100, 60] });
    // The second region has 60 + 60 for its 100, the first 60 + 100: the shared endpoint goes rather to the second.
    expect(rows[1]![0]!).toBeGreaterThan(rows[0]![0]!);
    expect(rows[1]![2]! * 100).toBeLessThanOrEqual(60 * 1.02);
  });

  it("overloads everybody alike when nothing fits", () => {
    const [row] = fill({ demand: [300], preference: [[0.98, 0.02]], capacity: [100, 50] });
    expect(row![0]! / row![1]!).toBeGreaterThan(1.8);
    expect(row![0]! / row![1]!).toBeLessThan(2.2);
  });

  it("keeps the load of each priority level", () => {
    const shape = { demand: [100], preference: [[0.5, 0.5, 1]], capacity: [5, 5, Infinity] };
    const [row] = fill({ ...shape, level: [0, 0, 1], load: [0.7, 0.3] });
    expect(row![0]! + row![1]!).toBeCloseTo(0.7, 9);
    expect(row![2]).toBeCloseTo(0.3, 9);
  });

  it("gives nothing to endpoints without preference, and nothing at all when none has any", () => {
    expect(fill({ demand: [10], preference: [[0, 1]], capacity: [Infinity, Infinity] })).toEqual([[0, 1]]);
    expect(fill({ demand: [10], preference: [[0, 0]], capacity: [5, 5] })).toEqual([[0, 0]]);
  });

  const shapes = fc.integer({ min: 1, max: 5 }).chain((regions) =>
    fc.integer({ min: 1, max: 8 }).chain((size) =>
      fc.record({
        demand: fc.array(fc.double({ min: 1, max: 500, noNaN: true }), { minLength: regions, maxLength: regions }),
        preference: fc.array(
          fc.array(fc.double({ min: 0.01, max: 1, noNaN: true }), { minLength: size, maxLength: size }),
          { minLength: regions, maxLength: regions },
        ),
        relative: fc.array(fc.double({ min: 0.2, max: 1, noNaN: true }), { minLength: size, maxLength: size }),
      }),
    ),
  );

  it("makes every row a distribution", () => {
    fc.assert(
      fc.property(shapes, ({ demand, preference, relative }) => {
        for (const row of fill({ demand, preference, capacity: relative.map((c) => c * 100) })) {
          expect(sum(row)).toBeCloseTo(1, 9);
          for (const p of row) expect(p).toBeGreaterThanOrEqual(0);
        }
      }),
      { seed: 2, numRuns: 200 },
    );
  });

  it("keeps every endpoint within its capacity when there is room", () => {
    // Capacities of 1.5 times the demand in all, and every region may use every endpoint: a fit exists. 40 rounds from a
    // cold start come within 5 % of it; in service the start is warm.
    fc.assert(
      fc.property(shapes, ({ demand, preference, relative }) => {
        const capacity = relative.map((c) => (c / sum(relative)) * 1.5 * sum(demand));
        const rows = fill({ demand, preference, capacity });
        capacity.forEach((limit, e) => {
          const load = sum(rows.map((row, r) => row[e]! * demand[r]!));
          expect(load).toBeLessThanOrEqual(limit * 1.05);
        });
      }),
      { seed: 3, numRuns: 200 },
    );
  });
});
