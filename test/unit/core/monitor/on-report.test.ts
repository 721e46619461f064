import { describe, expect, it } from "vitest";
import { adoptMesh } from "../../../../src/core/monitor/adopt-mesh.ts";
import { onProbeOutcome } from "../../../../src/core/monitor/health-sources.ts";
import type { Monitor } from "../../../../src/core/monitor/monitor.ts";
import { hurryChecks, onReport, onTick } from "../../../../src/core/monitor/on-report.ts";
import { answer } from "../../../../src/core/monitor/snapshot.ts";
import type { Report } from "../../../../src/core/protocol.ts";
import { seededRng } from "../../../../src/core/rng.ts";
import { endpointOf, meshOf, OUTLIER_DETECTION, serviceOf } from "../../../fixtures/meshes.ts";
import { type Row, reportOf } from "../../../fixtures/report-deltas.ts";
import { checked, exchange, monitorOf, probed, T0, unchecked } from "./monitors.ts";

const bad = (n: number): Row => ({ id: "a", responses5xx: n, trailingFailures: n });
const ok = (id: string, n: number): Row => ({
  id,
  ok: n,
  latencySumMs: 20 * n,
  latencySquareSum: 400 * n,
  latencyMinMs: 20,
});
const stateOfA = (monitor: Monitor) => monitor.coordinator.breakers[0]!.state;

describe("reports of many isolates, half of them repeated and all out of order", () => {
  it.each([11, 12])("leave the same evidence as each once, in the region and at the root (seed %i)", (seed) => {
    const rng = seededRng(seed);
    const sent: Report[] = [];
    for (let isolate = 0; isolate < 200; isolate++) {
      for (let seq = 1; seq <= 5; seq++) {
        const rows = ["a", "b", "c"].map((id) => ok(id, Math.floor(rng() * 9)));
        sent.push(reportOf(rows, { reporter: `isolate-${isolate}`, seq, inFlight: [1, 0, seq] }));
      }
    }
    const deliveries = [...sent, ...sent.filter(() => rng() < 0.5)]
      .map((report) => ({ report, at: rng() }))
      .sort((x, y) => x.at - y.at);
    const region = monitorOf("weur", unchecked);
    const root = monitorOf("root", unchecked);
    exchange(monitorOf("enam", unchecked), root, T0);
    exchange(region, root, T0);
    for (const { report } of deliveries) {
      onReport(region, report, T0);
      if (rng() < 0.02) exchange(region, root, T0);
    }
    exchange(region, root, T0);
    for (const [e, id] of ["a", "b", "c"].entries()) {
      const truth = sent.reduce((sum, report) => sum + report.ok[report.ids.indexOf(id)]!, 0);
      // All at one moment, so nothing decays: the sums are integers and exact.
      expect([region.good.sums[e], root.good.sums[e]]).toEqual([truth, truth]);
    }
    // The newest word of each reporter: 1 and 0 and seq 5.
    expect(answer(region, T0)).toMatchObject({ inFlight: [200, 0, 1_000, 0], reporters: 200 });
    expect(region.windows.duplicates).toBe(deliveries.length - sent.length);
  });
});

describe("Envoy's detectors on merged reports", () => {
  it("eject after failures in a row over several isolates, through the coordinator's ceilings", () => {
    const service = { ...unchecked, circuitBreaker: { ...unchecked.circuitBreaker, threshold: 1e9 } };
    const monitor = monitorOf("weur", service);
    for (let i = 1; i <= 4; i++) onReport(monitor, reportOf([bad(1)], { reporter: `r${i}` }), T0 + i);
    expect(stateOfA(monitor)).toBe("closed");
    onReport(monitor, reportOf([bad(1)], { reporter: "r5" }), T0 + 5);
    expect(stateOfA(monitor)).toBe("open");
    onTick(monitor, T0 + 6);
    const opened = { type: "opened", endpoint: "a", cause: expect.stringContaining("consecutive_5xx: 5 in a row") };
    expect(monitor.events).toContainEqual(expect.objectContaining(opened));
  });

  it("only say so when they are not enforced", () => {
    const service = {
      ...unchecked,
      circuitBreaker: { ...unchecked.circuitBreaker, threshold: 1e9 },
      outlierDetection: { ...OUTLIER_DETECTION, enforcingConsecutive5xx: 0 },
    };
    const monitor = monitorOf("weur", service);
    onReport(monitor, reportOf([bad(5)]), T0);
    expect(stateOfA(monitor)).toBe("closed");
    expect(monitor.events).toContainEqual(expect.objectContaining({ type: "not-enforced", endpoint: "a" }));
  });
});

describe("the way back of an endpoint with checks", () => {
  it("is probed at the edge interval, and no user's request is lent before a probe passed", () => {
    const monitor = monitorOf("weur");
    onProbeOutcome(monitor, { endpoint: 0, check: 0 }, probed(true, T0), T0);
    onReport(monitor, reportOf([bad(20), ok("b", 9)]), T0 + 100);
    expect(stateOfA(monitor)).toBe("open");
    expect(monitor.checks[0]![0]!.dueMs).toBe(T0 + 10_000);
    hurryChecks(monitor);
    expect(monitor.checks[0]![0]!.dueMs).toBe(T0 + 2_500);
    onTick(monitor, T0 + 2_200);
    expect([stateOfA(monitor), answer(monitor, T0 + 2_200).leases]).toEqual(["half-open", []]);
    onProbeOutcome(monitor, { endpoint: 0, check: 0 }, probed(true, T0 + 2_500), T0 + 2_500);
    expect(answer(monitor, T0 + 2_500).leases).toMatchObject([{ id: "a", scope: "region" }]);
  });
});

describe("a new mesh", () => {
  it("keeps the state of endpoints with the same id and address, and of nothing else", () => {
    const monitor = monitorOf("weur");
    onReport(monitor, reportOf([bad(20), ok("b", 9), ok("c", 9)]), T0);
    onProbeOutcome(monitor, { endpoint: 1, check: 0 }, probed(true, T0), T0);
    const endpoints = [
      endpointOf("new", "http://new.invalid"),
      ...checked.endpoints.slice(0, 2),
      endpointOf("c", "http://moved.invalid"),
    ];
    const service = serviceOf("shop", endpoints, { healthChecks: checked.healthChecks });
    const next = adoptMesh(monitor, meshOf([service], { version: "v2" }), service, T0 + 100);
    expect(next.meshVersion).toBe("v2");
    expect(next.coordinator.breakers.map(({ state }) => state)).toEqual(["closed", "open", "closed", "closed"]);
    expect(next.checks.map(([check]) => check!.verdict)).toEqual(["unknown", "unknown", "up", "unknown"]);
    expect([...next.good.sums]).toEqual([0, 0, 9, 0]);
    expect(onReport(next, reportOf([bad(20)]), T0 + 200)).toBe("duplicate");
    expect(answer(next, T0 + 200)).toMatchObject({ ids: ["new", "a", "b", "c"], reporters: 1 });
  });
});

describe("time", () => {
  it("takes reporters and their requests in flight away", () => {
    const monitor = monitorOf("weur");
    onReport(monitor, reportOf([ok("a", 1)], { inFlight: [4] }), T0);
    expect(answer(monitor, T0 + 15_000)).toMatchObject({ reporters: 1 });
    onTick(monitor, T0 + 15_001);
    expect(answer(monitor, T0 + 15_001)).toMatchObject({ reporters: 0, inFlight: [0, 0, 0, 0] });
  });
});
