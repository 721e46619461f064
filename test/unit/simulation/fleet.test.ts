import { describe, expect, it } from "vitest";
import { costPerMillion } from "../../simulation/fleet/cost.ts";
import { type FleetOptions, runFleet } from "../../simulation/fleet/fleet.ts";
import { LARGEST_SHARE, PLACES, regionAt } from "../../simulation/fleet/places.ts";
import { runReach } from "../../simulation/fleet/reach.ts";

const small: FleetOptions = {
  isolates: 200,
  colos: 30,
  rps: 400,
  shards: 1,
  serviceMs: 1,
  warmUpSeconds: 5,
  calmSeconds: 3,
  faultSeconds: 6,
  seed: 1,
};

describe("a simulated fleet", { timeout: 60_000 }, () => {
  it("hears of a dead endpoint through shards as without, and each object gets its part of the calls", async () => {
    const straight = await runFleet(small);
    const sharded = await runFleet({ ...small, shards: 4 });
    for (const { firstVerdictMs, toldMs, misledRatio, failed } of [straight, sharded]) {
      expect(firstVerdictMs).toBeLessThan(1_500);
      // At two requests a second one isolate in ten is silent for 1.15 s; then 1.1 s until its sync, 0.25 until the shard's,
      // and where a verdict takes a second report, as much again for some.
      expect(toldMs.p90).toBeLessThan(3_500);
      // A third before anybody knows; a second of requests is an eighth of the window.
      expect(misledRatio).toBeLessThan(0.05);
      expect(failed).toBe(0);
    }
    // 44 isolates in the largest region: 11 a shard, binomial deviation 3.
    expect(straight.calmCalls / sharded.calmCalls).toBeGreaterThan(1.8);
    // A region of four isolates need not use all four shards.
    expect(sharded.objects).toBeGreaterThan(12 + 11 * 3);
    expect(sharded.exchangesPerSecond).toBeGreaterThan(3 * straight.exchangesPerSecond);
  });

  it("plays the same run for the same seed", async () => {
    const short = { ...small, isolates: 60, rps: 120, calmSeconds: 1, faultSeconds: 1 };
    expect(await runFleet(short)).toEqual(await runFleet(short));
  });

  it("spares an object that too many share, and still tells all of them", async () => {
    // 44 isolates of the largest region on an object that does 20 calls a second.
    const crowded = await runFleet({ ...small, serviceMs: 50, faultSeconds: 4 });
    const roomy = await runFleet({ ...small, faultSeconds: 4 });
    expect(crowded.callsPerIsolate).toBeLessThan(roomy.callsPerIsolate);
    expect(crowded.failed).toBe(0);
  });
});

describe("a new version of the mesh", { timeout: 60_000 }, () => {
  it.each([10, 1])("is on 99 percent of the active isolates in 5 s, at %s requests a second each", async (rps) => {
    const result = await runReach({ isolates: 200, colos: 20, rps, toldAfterMs: 300, seed: 2 });
    expect(result.activeRatio).toBeGreaterThan(0.95);
    expect(result.onNewAt(5_000)).toBeGreaterThanOrEqual(0.99);
    expect(result.onNewAt(290)).toBe(0);
    // Ten isolates a data centre: most find what the first of them has fetched.
    expect(result.farLoads / result.loads).toBeLessThan(0.6);
    expect(result.loads).toBeLessThanOrEqual(200);
  });
});

describe("the places of a fleet", () => {
  it("have all isolates between them, in their shares", () => {
    expect(Object.values(PLACES).reduce((sum, { share }) => sum + share, 0)).toBe(100);
    const regions = Array.from({ length: 1_000 }, (_, at) => regionAt(at, 1_000));
    expect(regions.filter((region) => region === "weur")).toHaveLength(220);
    expect(LARGEST_SHARE).toBe(0.22);
  });
});

describe("the cost of a state plane", () => {
  it("is what the price list says of each part", () => {
    const cost = costPerMillion({ syncs: 600_000, exchanges: 0, alarms: 0, rows: 500, objects: 1_000 }, 1_000_000);
    expect(cost.requests).toBeCloseTo(0.09, 9);
    expect(cost.rows).toBeCloseTo(0.0005, 9);
    // An object that is always on is 331,776 GB-s a month of 30 days, 4.15 USD.
    expect(cost.duration).toBeCloseTo((1_000 * 4.1472) / (30 * 86_400), 6);
    expect(cost.total).toBeCloseTo(cost.requests + cost.rows + cost.duration, 12);
  });
});
