import { describe, expect, it } from "vitest";
import { type Bucket, createBucket, decodeBucket, encodeBucket, TIERS } from "../../../../src/core/history/bucket.ts";
import { columnsOf, piecesOf, rangeOf } from "../../../../src/core/history/columns.ts";
import type { Counts } from "../../../../src/core/history/counts.ts";
import type { Looked } from "../../../../src/core/history/look.ts";
import { spread } from "../../../../src/core/history/spread.ts";
import { createSketch, quantile, recordSketch, sketchToColumns } from "../../../../src/core/load/sketch.ts";

const NOW = 1_700_000_040_000;
const [SLOT, MINUTE, HOUR] = TIERS;

function countsOf(latencies: readonly number[], failed = 0, refused = 0): Counts {
  const sketch = createSketch();
  for (const ms of latencies) recordSketch(sketch, ms);
  const good = latencies.length;
  return { requests: good + failed + refused, refused, good, failed, latency: sketchToColumns(sketch) };
}

function bucketOf(slots: number, regions: Record<string, Counts>, endpoints: Record<string, Counts> = {}): Bucket {
  return {
    slots,
    regions: new Map(Object.entries(regions)),
    endpoints: new Map(Object.entries(endpoints)),
    routes: new Map(),
  };
}

describe("the columns of a history", () => {
  it("have the percentiles of all requests, not a mean of percentiles", () => {
    const [fast, slow] = [Array.from({ length: 990 }, (_, i) => 10 + i / 99), Array.from({ length: 10 }, () => 2_000)];
    const range = { tier: SLOT, slots: 6, first: 10, end: 11 };
    const buckets = [
      [60, bucketOf(1, { weur: countsOf(fast) })],
      [61, bucketOf(1, { enam: countsOf(slow) })],
    ] as const;
    const { p50Ms, p99Ms, regions } = columnsOf(range, piecesOf(range, buckets));
    const all = createSketch();
    for (const ms of [...fast, ...slow]) recordSketch(all, ms);
    expect(p50Ms).toEqual([quantile(all, 0.5)]);
    expect(p99Ms).toEqual([quantile(all, 0.99)]);
    expect(regions.enam!.p99Ms[0]).toBeCloseTo(2_000, -2);
  });

  it("tell a gap from no traffic", () => {
    const range = { tier: SLOT, slots: 1, first: 0, end: 3 };
    const buckets = [
      [0, bucketOf(1, { weur: countsOf([10, 20], 1, 1) }, { a: countsOf([10, 20], 1) })],
      [2, bucketOf(1, {})],
    ] as const;
    const columns = columnsOf(range, piecesOf(range, buckets));
    expect(columns).toMatchObject({
      step: 10_000,
      atMs: [0, 10_000, 20_000],
      requests: [4, null, 0],
      rps: [0.4, null, 0],
    });
    expect(columns.success).toEqual([0.5, null, null]);
    expect(columns.p99Ms[2]).toBeNull();
    expect(columns.endpoints.a).toMatchObject({ rps: [0.3, null, 0], success: [2 / 3, null, null] });
  });

  it("give the rate of the time that is known of", () => {
    const range = { tier: MINUTE, slots: 6, first: 0, end: 1 };
    const { rps } = columnsOf(range, piecesOf(range, [[0, bucketOf(3, { weur: countsOf([1, 1, 1]) })]]));
    expect(rps).toEqual([0.1]);
  });

  it.each([
    ["an hour, as it comes", 3_600_000, null, SLOT, 1],
    ["an hour by minutes", 3_600_000, 60_000, MINUTE, 6],
    ["an hour by half minutes", 3_600_000, 30_000, SLOT, 3],
    ["a day", 86_400_000, null, MINUTE, 30],
    ["a week", 7 * 86_400_000, null, HOUR, 360],
    ["a week by minutes, which are not kept", 7 * 86_400_000, 60_000, HOUR, 360],
    ["ninety days", 90 * 86_400_000, null, HOUR, 2_160],
    ["ninety days, as fine as can be", 90 * 86_400_000, 10_000, HOUR, 1_080],
  ] as const)("come from the finest tier that has it: %s", (_, lengthMs, stepMs, tier, slots) => {
    expect(rangeOf(NOW - lengthMs, NOW, stepMs, NOW)).toMatchObject({ tier, slots });
  });

  it("end now", () => {
    const { slots, end } = rangeOf(NOW - 60_000, NOW + 600_000, null, NOW);
    expect(end * slots * 10_000).toBe(NOW);
  });
});

describe("spreading a look", () => {
  const looked = (from: number, to: number, n: number): Looked => ({
    mark: { slot: to, regions: new Map() },
    pieces: [
      { region: "weur", from, to, sum: countsOf(Array<number>(n).fill(5)), endpoints: new Map(), routes: new Map() },
    ],
    from,
    to,
  });

  it("puts every request into one bucket of each tier", () => {
    for (const tier of TIERS) {
      const buckets = [...spread(looked(100, 1_000, 12_345), tier).values()];
      const kept = buckets.reduce((sum, { regions }) => sum + regions.get("weur")!.good, 0);
      // The finest tier has the last 720 of the 900 slots only.
      if (tier === SLOT) expect(kept).toBeCloseTo((12_345 * 720) / 900, -1);
      else expect(kept).toBe(12_345);
      expect(Math.max(...buckets.map(({ slots }) => slots))).toBe(tier.slots);
    }
  });

  it("knows of the slots that were looked at, however far back the counts go", () => {
    const [piece] = looked(90, 100, 50).pieces;
    const buckets = spread({ mark: { slot: 100, regions: new Map() }, pieces: [piece!], from: 99, to: 100 }, SLOT);
    expect([buckets.get(98)!.slots, buckets.get(99)!.slots]).toEqual([0, 1]);
  });
});

describe("a stored bucket", () => {
  it("is what it was", () => {
    const bucket = bucketOf(
      6,
      { weur: countsOf([1, 2, 3], 1, 2) },
      { a: countsOf([0.001, 5]), __proto: countsOf([1]) },
    );
    expect(decodeBucket(encodeBucket(bucket))).toEqual(bucket);
  });

  it("leaves out what did nothing, and endpoints beyond the busiest 64", () => {
    const bucket = createBucket();
    for (let i = 0; i < 100; i++) bucket.endpoints.set(`e${i}`, countsOf(Array<number>(i).fill(5)));
    const kept = decodeBucket(encodeBucket(bucket))!.endpoints;
    expect([kept.size, kept.has("e99"), kept.has("e36"), kept.has("e35")]).toEqual([64, true, true, false]);
  });

  it.each([
    "",
    "[]",
    "null",
    '{"n":-1,"r":{},"e":{},"t":{}}',
    '{"n":1,"r":{"weur":[1,2]},"e":{},"t":{}}',
    '{"n":1,"r":{}}',
  ])("is not made of %s", (text) => {
    expect(decodeBucket(text)).toBeNull();
  });
});
