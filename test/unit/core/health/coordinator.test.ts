import { describe, expect, it } from "vitest";
import {
  type Coordinator,
  createCoordinator,
  drainEvents,
  ejectOutlier,
  lendProbes,
  mergeReport,
  projectRegion,
  setHealth,
  tick,
} from "../../../../src/core/health/coordinator.ts";
import type { Service } from "../../../../src/core/mesh.ts";
import type { ProbeResult } from "../../../../src/core/protocol.ts";
import type { Region } from "../../../../src/core/region.ts";
import { seededRng } from "../../../../src/core/rng.ts";
import { httpCheck } from "../../../fixtures/meshes.ts";
import { deltaOf, type Row } from "../../../fixtures/report-deltas.ts";
import { simService } from "../../../simulation/sim-service.ts";

const ENDPOINTS = [
  { id: "a1", cloud: "aws", loc: 0, weight: 1 },
  { id: "a2", cloud: "aws", loc: 0, weight: 1 },
  { id: "a3", cloud: "aws", loc: 0, weight: 1 },
  { id: "g1", cloud: "gcp", loc: 0, weight: 1 },
  { id: "z1", cloud: "azure", loc: 0, weight: 1 },
];
const base = simService(ENDPOINTS);

function of(overrides: Partial<Service> = {}, regions: readonly Region[] = ["weur"]): Coordinator {
  const service = simService(ENDPOINTS, {
    ...overrides,
    outlierDetection: { ...base.outlierDetection, maxEjectionTimeJitterMs: 0, ...overrides.outlierDetection },
  });
  return createCoordinator({ service, regions, rng: seededRng(1), nowMs: 0 });
}

const ok = (id: string, n = 10, ms = 50): Row => ({ id, ok: n, latencySumMs: n * ms, latencyMinMs: ms * 0.6 });
const dead = (id: string, n = 7): Row => ({ id, connectFailures: n, trailingFailures: n, trailingLocal: n });

function report(
  c: Coordinator,
  nowMs: number,
  rows: readonly Row[],
  region = 0,
  probes: readonly ProbeResult[] = [],
): void {
  mergeReport(c, region, { ...deltaOf(rows), probes }, nowMs);
}

/** A second of traffic: ten answers from everybody but those named. */
function calm(c: Coordinator, fromMs: number, seconds: number, but: readonly string[] = [], region = 0): number {
  let nowMs = fromMs;
  for (let s = 0; s < seconds * 4; s++) {
    nowMs += 250;
    report(
      c,
      nowMs,
      ENDPOINTS.filter(({ id }) => !but.includes(id)).map(({ id }) => ok(id, 5)),
      region,
    );
  }
  return nowMs;
}

const breakers = (c: Coordinator, nowMs: number, region = 0) => projectRegion(c, region, nowMs).breaker;
const types = (c: Coordinator) => drainEvents(c).map(({ type, endpoint }) => `${type} ${endpoint}`);

describe("the coordinator", () => {
  it("starts with everything closed and shares by weight", () => {
    const view = projectRegion(of(), 0, 0);
    expect(view).toMatchObject({
      breaker: [0, 0, 0, 0, 0],
      health: [0, 0, 0, 0, 0],
      retryAllow: 1,
      shed: 0,
      alert: false,
    });
    for (const p of view.probability) expect(p).toBeCloseTo(0.2, 9);
  });

  it("prefers what answers faster, and never drops below the exploration floor", () => {
    const c = of();
    for (let at = 250; at <= 20_000; at += 250) {
      report(c, at, [ok("a1", 5, 20), ok("a2", 5, 80), ok("a3", 5, 80), ok("g1", 5, 80), ok("z1", 5, 400)]);
    }
    const { probability } = projectRegion(c, 0, 20_000);
    expect(probability[0]!).toBeGreaterThan(0.9);
    expect(probability[4]!).toBe(0.002);
  });

  it("shares almost evenly between endpoints that are a millisecond apart", () => {
    const c = of();
    for (let at = 250; at <= 20_000; at += 250) {
      report(c, at, [ok("a1", 5, 12), ok("a2", 5, 13), ok("a3", 5, 13), ok("g1", 5, 13), ok("z1", 5, 13)]);
    }
    const { probability } = projectRegion(c, 0, 20_000);
    // By cost alone the faster one would get (13/12)^6 = 1.6 times as much; with 15 ms on both sides 1.24 times.
    expect(probability[0]! / probability[1]!).toBeGreaterThan(1.1);
    expect(probability[0]! / probability[1]!).toBeLessThan(1.35);
  });

  it("opens the breaker of a dead endpoint within one report, and says so", () => {
    const c = of();
    const nowMs = calm(c, 0, 5);
    report(c, nowMs + 100, [dead("g1")]);
    expect(breakers(c, nowMs + 100)).toEqual([0, 0, 0, 1, 0]);
    expect(projectRegion(c, 0, nowMs + 100)).toMatchObject({ alert: true });
    expect(drainEvents(c)).toMatchObject([
      { type: "opened", endpoint: "g1", region: null, forMs: 2_000, ejections: 1 },
    ]);
    tick(c, nowMs + 400);
    expect(projectRegion(c, 0, nowMs + 400).probability[3]).toBe(0);
  });

  it("brings it back through counted probes, at a tenth of its share", () => {
    const c = of();
    let nowMs = calm(c, 0, 5);
    report(c, nowMs, [dead("g1")]);
    expect(lendProbes(c, 0, nowMs + 1_900)).toEqual([]);
    nowMs = calm(c, nowMs, 2, ["g1"]);
    const leases = [0, 100, 250, 400, 500].flatMap((after) => lendProbes(c, 0, nowMs + after));
    expect(leases).toHaveLength(3);
    const probes = leases.map(({ id, generation, scope }) => ({ id, generation, scope, ok: true }));
    report(c, nowMs + 600, [], 0, probes.slice(0, 2));
    expect(breakers(c, nowMs + 600)[3]).toBe(2);
    report(c, nowMs + 700, [], 0, probes.slice(2));
    expect(breakers(c, nowMs + 700)[3]).toBe(0);
    expect(types(c)).toEqual(["opened g1", "half-open g1", "closed g1"]);
    nowMs = calm(c, nowMs + 700, 1, ["g1"]);
    expect(projectRegion(c, 0, nowMs).probability[3]!).toBeLessThan(0.06);
  });

  it("opens again, for longer, on a bad probe, and ignores late and surplus answers", () => {
    const c = of();
    report(c, 0, [dead("g1")]);
    const [lease] = lendProbes(c, 0, 2_000);
    const { id, generation, scope } = lease!;
    report(c, 2_100, [], 0, [{ id, generation, scope, ok: false }]);
    expect(projectRegion(c, 0, 2_100).openForMs[3]).toBe(4_000);
    const late = { id, generation, scope, ok: true };
    report(c, 6_200, [], 0, [late, late, late, late]);
    expect(breakers(c, 6_200)[3]).toBe(2);
    report(c, 6_300, [], 0, [{ ...late, generation: lendProbes(c, 0, 6_200)[0]!.generation, scope: "global" }]);
    expect(breakers(c, 6_300)[3]).toBe(2);
  });

  it("blames the path when other regions reach the endpoint", () => {
    const c = of({}, ["weur", "apac"]);
    let nowMs = calm(c, 0, 2);
    for (let i = 0; i < 4; i++) {
      nowMs += 50;
      report(c, nowMs, [dead("g1", 3)], 1);
      report(c, nowMs, [ok("g1", 3)], 0);
    }
    expect(breakers(c, nowMs + 100, 1)[3]).toBe(1);
    expect(breakers(c, nowMs + 100, 0)[3]).toBe(0);
    const lent = [lendProbes(c, 0, nowMs + 3_000), lendProbes(c, 1, nowMs + 3_000)];
    expect(lent.map((leases) => leases.map(({ scope }) => scope))).toEqual([[], ["region"]]);
  });

  it("takes timeouts at an endpoint that queues but delivers for load, not for death", () => {
    const c = of();
    let nowMs = calm(c, 0, 10);
    for (let i = 0; i < 20; i++) {
      nowMs += 250;
      const congested: Row = { ...ok("g1", 10, 400), timeouts: 6, trailingFailures: 1 };
      report(c, nowMs, [congested, ok("a1"), ok("a2"), ok("a3"), ok("z1")]);
    }
    expect(breakers(c, nowMs)[3]).toBe(0);
    expect(projectRegion(c, 0, nowMs)).toMatchObject({ alert: true });
    expect(c.capacity.allowedRps[3]!).toBeLessThan(60);
  });

  it("does not eject more than the ceiling allows, and explains it once in a while", () => {
    const c = of({}, ["weur"]);
    for (const id of ["g1", "z1"]) report(c, 1_000, [dead(id)]);
    expect(breakers(c, 1_000)).toEqual([0, 0, 0, 1, 1]);
    drainEvents(c);
    expect(ejectOutlier(c, 0, "consecutive_5xx", 1_100)).toBe(false);
    expect(ejectOutlier(c, 0, "consecutive_5xx", 1_200)).toBe(false);
    expect(drainEvents(c)).toMatchObject([
      { type: "not-ejected", endpoint: "a1", cause: "consecutive_5xx", why: expect.stringContaining("3 of 5") },
    ]);
  });

  it("ejects a whole failing cloud, the rest of it on half the evidence", () => {
    const c = of();
    report(c, 1_000, [dead("a1"), dead("a2")]);
    report(c, 1_100, [dead("a3", 4)]);
    expect(breakers(c, 1_100)).toEqual([1, 1, 1, 0, 0]);
  });

  it.each([2, 3, 4, 5] as const)("takes an endpoint with health %i out of the routing at once", (code) => {
    const c = of();
    const nowMs = calm(c, 0, 3);
    setHealth(c, 3, code, nowMs);
    expect(projectRegion(c, 0, nowMs)).toMatchObject({ health: [0, 0, 0, code, 0] });
    expect(projectRegion(c, 0, nowMs).probability[3]).toBe(0);
    expect(types(c)).toContain("health g1");
    setHealth(c, 3, 1, nowMs + 100);
    expect(projectRegion(c, 0, nowMs + 100).probability[3]!).toBeGreaterThan(0);
  });

  it("lends a probe only after an active check has succeeded, where there are checks", () => {
    const c = of({ healthChecks: [httpCheck({ intervalMs: 10_000, unhealthyThreshold: 3 })] });
    setHealth(c, 3, 1, 0);
    report(c, 1_000, [dead("g1")]);
    setHealth(c, 3, 2, 2_000);
    expect(lendProbes(c, 0, 4_000)).toEqual([]);
    setHealth(c, 3, 1, 5_000);
    expect(lendProbes(c, 0, 5_100)).toHaveLength(1);
  });

  it("respects priorities, and spills when one loses too many", () => {
    const endpoints = base.endpoints.map((endpoint) => ({ ...endpoint, priority: endpoint.id === "z1" ? 1 : 0 }));
    const c = of({ endpoints });
    let nowMs = calm(c, 0, 2);
    expect(projectRegion(c, 0, nowMs).probability[4]!).toBeLessThanOrEqual(0.002);
    for (const e of [0, 1]) setHealth(c, e, 2, nowMs);
    nowMs = calm(c, nowMs, 1, ["a1", "a2"]);
    // Two of four left: 70 % stay, by overprovisioning 1.4.
    const { probability } = projectRegion(c, 0, nowMs);
    expect(probability[2]! + probability[3]!).toBeCloseTo(0.7, 6);
    expect(probability[4]!).toBeCloseTo(0.3, 6);
  });

  it("in failover mode time-window ejects after N failures for the quiet time", () => {
    const mode = { ...base.failover, mode: "time-window" as const, failures: 3, windowMs: 5_000, quietMs: 8_000 };
    const c = of({ failover: mode });
    report(c, 1_000, [dead("g1", 2), ok("g1", 50)]);
    expect(breakers(c, 1_000)[3]).toBe(0);
    report(c, 2_000, [dead("g1", 1)]);
    expect(projectRegion(c, 0, 2_000)).toMatchObject({ breaker: [0, 0, 0, 1, 0], openForMs: [0, 0, 0, 8_000, 0] });
  });

  it("warms up other policies by weight after a breaker closed", () => {
    const slowStart = { windowMs: 10_000, aggression: 1, minWeightPercent: 10 };
    const c = of({ loadBalancing: { ...base.loadBalancing, policy: "random" }, slowStart });
    report(c, 0, [dead("g1")]);
    for (let i = 0; i < 3; i++) {
      const at = 2_000 + i * 250;
      const probes = lendProbes(c, 0, at).map(({ id, generation, scope }) => ({ id, generation, scope, ok: true }));
      report(c, at, [], 0, probes);
    }
    expect([2_500, 7_500, 12_500].map((at) => projectRegion(c, 0, at).weight[3])).toEqual([0.1, 0.5, 1]);
  });

  it("publishes when to hedge, from the configured percentile of all answers", () => {
    const c = of();
    for (let at = 250; at <= 10_000; at += 250) {
      const counts = new Array<number>(20).fill(1);
      mergeReport(c, 0, deltaOf([ok("a1", 20)], { sketches: [{ zeroCount: 0, firstBucket: 200, counts }] }), at);
    }
    expect(projectRegion(c, 0, 10_000).hedgeDelayMs).toBeGreaterThan(0);
    expect(projectRegion(of(), 0, 0).hedgeDelayMs).toBe(0);
  });

  it("ignores endpoints it does not know", () => {
    const c = of();
    report(c, 1_000, [dead("elsewhere", 50)], 0, [{ id: "nowhere", ok: true, generation: 1, scope: "region" }]);
    expect(breakers(c, 1_000)).toEqual([0, 0, 0, 0, 0]);
  });

  it("opens no breaker where they are switched off", () => {
    const c = of({ circuitBreaker: { ...base.circuitBreaker, enabled: false } });
    report(c, 1_000, [dead("g1", 100)]);
    tick(c, 5_000);
    expect(breakers(c, 5_000)[3]).toBe(0);
  });

  it("reads without changing anything", () => {
    const c = of();
    calm(c, 0, 3);
    const first = JSON.stringify(projectRegion(c, 0, 5_000));
    expect(JSON.stringify(projectRegion(c, 0, 5_000))).toBe(first);
  });
});
