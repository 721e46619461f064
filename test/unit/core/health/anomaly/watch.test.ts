import { describe, expect, it } from "vitest";
import {
  type Coordinator,
  createCoordinator,
  describeAnomaly,
  drainEvents,
  ejectOutlier,
  inheritEndpoint,
  mergeReport,
  projectRegion,
} from "../../../../../src/core/health/coordinator.ts";
import type { Service } from "../../../../../src/core/mesh.ts";
import type { Region } from "../../../../../src/core/region.ts";
import { seededRng } from "../../../../../src/core/rng.ts";
import { deltaOf } from "../../../../fixtures/report-deltas.ts";
import { simService } from "../../../../simulation/sim-service.ts";

const IDS = ["a", "b", "c", "d"];
const ENDPOINTS = IDS.map((id) => ({ id, cloud: id, loc: 0, weight: 1 }));
const ON = { sensitivity: "medium", maxLeanPercent: 50 } as const;
const base = simService(ENDPOINTS);
const evenly = { ...base.loadBalancing, policy: "least-request" } as const;

function of(over: Partial<Service> = {}, regions: readonly Region[] = ["weur"]): Coordinator {
  const service = simService(ENDPOINTS, { anomalyDetection: ON, ...over });
  return createCoordinator({ service, regions, rng: seededRng(1), nowMs: 0 });
}

/** Seconds of thirty answers from each; `ms` is what `a` takes, and the others 50. */
function pass(c: Coordinator, fromMs: number, seconds: number, ms = 50): number {
  let nowMs = fromMs;
  const rng = seededRng(fromMs);
  for (let s = 0; s < seconds * 2; s++) {
    nowMs += 500;
    const rows = IDS.map((id) => {
      const mean = (id === "a" ? ms : 50) * (0.9 + 0.2 * rng());
      return { id, ok: 15, latencySumMs: 15 * mean, latencyMinMs: 0.6 * mean };
    });
    mergeReport(c, 0, deltaOf(rows), nowMs);
  }
  return nowMs;
}

describe("a coordinator that watches", () => {
  it("tells of an endpoint that degrades and of its recovery, with figures", () => {
    const c = of();
    pass(c, pass(c, pass(c, 0, 120), 40, 85), 120);
    const told = drainEvents(c);
    expect(told).toMatchObject([
      { type: "degrading", endpoint: "a", region: "weur", severity: "warning", evidence: { by: "latency" } },
      { type: "recovered", endpoint: "a", severity: "info", cause: "as it was before" },
    ]);
    const [first] = told;
    expect(first?.type === "degrading" && first.evidence.slowerPercent).toBeGreaterThan(20);
  });

  it("says nothing of regions when it has several", () => {
    const c = of({}, ["weur", "enam"]);
    pass(c, pass(c, 0, 120), 40, 85);
    expect(drainEvents(c)).toMatchObject([{ type: "degrading", endpoint: "a", region: null }]);
  });

  it("leans by weight and by probability, no further than told, and comes back", () => {
    for (const over of [{ loadBalancing: evenly }, {}]) {
      const c = of(over);
      const before = projectRegion(c, 0, pass(c, 0, 120));
      const badMs = pass(c, 120_000, 40, 85);
      const leaning = projectRegion(c, 0, badMs);
      expect(leaning.weight[0]! / before.weight[0]!).toBeGreaterThanOrEqual(0.5);
      expect(leaning.weight[0]! / before.weight[0]!).toBeLessThan(0.6);
      expect(leaning.probability[0]!).toBeLessThan(0.7 * before.probability[0]!);
      expect(leaning.probability[0]!).toBeGreaterThan(0.002);
      expect(leaning.probability.reduce((sum, p) => sum + p, 0)).toBeCloseTo(1, 6);
      const after = projectRegion(c, 0, pass(c, badMs, 150));
      expect(after.weight[0]).toBe(1);
      expect(after.probability[0]).toBeCloseTo(before.probability[0]!, 1);
    }
  });

  it("only tells where nothing is to be moved, and is silent where it is switched off", () => {
    const tells = of({ anomalyDetection: { ...ON, maxLeanPercent: 0 } });
    expect(projectRegion(tells, 0, pass(tells, pass(tells, 0, 120), 40, 85)).weight).toEqual([1, 1, 1, 1]);
    expect(drainEvents(tells)).toHaveLength(1);
    const { anomalyDetection: _, ...without } = simService(ENDPOINTS, { anomalyDetection: ON });
    const off = createCoordinator({ service: without, regions: ["weur"], rng: seededRng(1), nowMs: 0 });
    pass(off, pass(off, 0, 120), 40, 85);
    expect(drainEvents(off)).toEqual([]);
    expect(describeAnomaly(off, 0)).toBeNull();
  });

  it("leaves an endpoint to its breaker once that opens", () => {
    const c = of();
    const nowMs = pass(c, pass(c, 0, 120), 20, 85);
    ejectOutlier(c, 0, "test", nowMs);
    pass(c, nowMs, 2);
    expect(drainEvents(c).filter(({ type }) => type === "recovered")).toMatchObject([{ cause: "it is out" }]);
  });

  it("shows where an endpoint stands", () => {
    const c = of();
    pass(c, 0, 10);
    expect(describeAnomaly(c, 0)).toMatchObject({ state: "learning", leanRatio: 0, sinceMs: null });
    pass(c, 10_000, 110);
    expect(describeAnomaly(c, 0)?.state).toBe("in-order");
    pass(c, 120_000, 20, 85);
    expect(describeAnomaly(c, 0)).toMatchObject({ state: "degrading" });
    expect(describeAnomaly(c, 0)!.slowerPercent).toBeGreaterThan(30);
    expect(describeAnomaly(c, 1)!.slowerPercent).toBeLessThan(10);
  });

  it("passes what was learned on to a coordinator that takes over", () => {
    const c = of();
    const nowMs = pass(c, 0, 120);
    const next = of();
    for (const e of IDS.keys()) inheritEndpoint(next, e, c, e);
    pass(next, nowMs, 20, 85);
    expect(drainEvents(next)).toMatchObject([{ type: "degrading", endpoint: "a" }]);
  });
});
