import { describe, expect, it } from "vitest";
import { adoptMesh } from "../../../../src/core/monitor/adopt-mesh.ts";
import { describeMonitor } from "../../../../src/core/monitor/describe.ts";
import { createMonitor, type Monitor } from "../../../../src/core/monitor/monitor.ts";
import { onReport } from "../../../../src/core/monitor/on-report.ts";
import { answer, overlaidView } from "../../../../src/core/monitor/snapshot.ts";
import { endpointOf, meshOf, serviceOf } from "../../../fixtures/meshes.ts";
import { reportOf } from "../../../fixtures/report-deltas.ts";
import { exchange, monitorOf, T0 } from "./monitors.ts";

const IDS = ["a", "b", "c", "d"];
const watched = serviceOf(
  "shop",
  IDS.map((id) => endpointOf(id, `http://${id}.invalid`)),
  { anomalyDetection: { sensitivity: "medium", maxLeanPercent: 50 } },
);

interface Life {
  readonly seconds: number;
  /** Latency of `a`; the others take 50 ms. */
  readonly ms?: number;
  readonly inFlight?: (second: number) => number;
}

/** Seconds of 20 answers from each endpoint, reported once a second and exchanged with the root. */
function live(monitor: Monitor, root: Monitor | null, fromMs: number, life: Life): number {
  const { seconds, ms = 50, inFlight = () => 2 } = life;
  for (let s = 0; s < seconds; s++) {
    const nowMs = fromMs + s * 1_000;
    const rows = IDS.map((id) => {
      const mean = id === "a" ? ms : 50;
      return { id, ok: 20, latencySumMs: 20 * mean, latencyMinMs: mean / 2 };
    });
    const flying = IDS.map((id) => (id === "a" ? inFlight(s) : 2));
    const seq = Math.round((nowMs - T0) / 1_000) + 1;
    onReport(monitor, reportOf(rows, { reporter: `of-${monitor.scope}`, seq, inFlight: flying }), nowMs);
    if (root !== null) exchange(monitor, root, nowMs);
  }
  return fromMs + seconds * 1_000;
}

describe("a regional object that watches", () => {
  it("numbers what it found among its events, shows it, and leans in its answers", () => {
    const region = monitorOf("weur", watched);
    const nowMs = live(region, null, live(region, null, T0, { seconds: 120 }), { seconds: 30, ms: 90 });
    const { events, endpoints } = describeMonitor(region, [], nowMs);
    expect(events).toMatchObject([{ type: "degrading", endpoint: "a", region: "weur", severity: "warning" }]);
    expect(events[0]!.n).toBeGreaterThan(0);
    expect(endpoints.map(({ anomaly }) => anomaly?.state)).toEqual(["degrading", "in-order", "in-order", "in-order"]);
    const { leanRatio, slowerPercent } = endpoints[0]!.anomaly!;
    expect(leanRatio).toBeCloseTo(0.5, 2);
    expect(slowerPercent).toBeCloseTo(80, -1);
    expect(answer(region, nowMs).weight[0]).toBeCloseTo(0.5, 2);
  });

  it("moves the root's probabilities by what it alone sees, and sums stay", () => {
    const [region, other, root] = [monitorOf("weur", watched), monitorOf("enam", watched), monitorOf("root", watched)];
    live(other, root, T0, { seconds: 2 });
    const nowMs = live(region, root, live(region, root, T0, { seconds: 120 }), { seconds: 8, ms: 300 });
    const row = region.link!.row!.view;
    const { probability } = overlaidView(region, nowMs);
    const ratio = (of: readonly number[]) => of[0]! / of[1]!;
    // The worse of the two leans counts: the root's once, the region's not on top of it.
    expect(ratio(probability)).toBeLessThanOrEqual(ratio(row.probability) + 1e-9);
    expect(probability.reduce((sum, p) => sum + p, 0)).toBeCloseTo(
      row.probability.reduce((sum, p) => sum + p, 0),
      9,
    );
  });

  it("tells once of an endpoint where more arrives than it finishes", () => {
    const region = monitorOf("weur", watched);
    const nowMs = live(region, null, T0, { seconds: 10 });
    live(region, null, nowMs, { seconds: 12, inFlight: (s) => 2 + 8 * s });
    const saturating = region.events.filter(({ type }) => type === "saturating");
    expect(saturating).toMatchObject([{ endpoint: "a", severity: "warning", capacityRps: 20 }]);
  });

  it("keeps what it learned when the mesh changes, and is silent once that is switched off", () => {
    const before = monitorOf("weur", watched);
    const nowMs = live(before, null, T0, { seconds: 120 });
    const { anomalyDetection: _, ...without } = watched;
    const after = adoptMesh(before, meshOf([watched]), { ...watched, panicThreshold: 10 }, nowMs);
    live(after, null, nowMs, { seconds: 30, ms: 90 });
    expect(describeMonitor(after, [], nowMs + 30_000).events).toMatchObject([{ type: "degrading" }]);
    const off = adoptMesh(after, meshOf([without]), without, nowMs + 30_000);
    expect(describeMonitor(off, [], nowMs + 30_000).endpoints[0]).toMatchObject({ anomaly: null, effectiveWeight: 1 });
  });

  it("leaves the watching to the regional object, in a shard", () => {
    const { rng, startedAtMs: nowMs } = monitorOf("weur", watched);
    const mesh = meshOf([watched]);
    const shard = createMonitor({ mesh, service: watched, scope: "weur", shard: 1, lifeId: "life", rng, nowMs });
    expect([shard.growth, shard.coordinator.anomaly]).toEqual([null, null]);
    expect(describeMonitor(shard, [], nowMs).endpoints[0]!.anomaly).toBeNull();
  });
});
