/** How many reports a Durable Object takes in a second of its CPU, by the functions that it runs, without the RPC. */
import { checkReport } from "../../../src/core/health/report-check.ts";
import { createMonitor } from "../../../src/core/monitor/monitor.ts";
import { onReport } from "../../../src/core/monitor/on-report.ts";
import { answer } from "../../../src/core/monitor/snapshot.ts";
import type { Report } from "../../../src/core/protocol.ts";
import { seededRng } from "../../../src/core/rng.ts";
import { timeNs } from "../measure/timed.ts";
import { meshOf } from "../meshes.ts";
import { oneReport, reportOf } from "./isolate.ts";

export interface Merging {
  readonly endpoints: number;
  readonly reporters: number;
  /** Merged into what is known, µs, and how many of these fit into a second. */
  readonly mergeUs: number;
  readonly mergesPerSecond: number;
  /** All of a sync: decoded and checked, merged, answered with a snapshot. */
  readonly syncUs: number;
  readonly syncsPerSecond: number;
}

const ORIGINS = ["http://127.0.0.1:9001"];
/** Each reporter reports once a second. */
const INTERVAL_MS = 1_000;

export async function mergeGrowth(endpoints: number, reporters: number): Promise<Merging> {
  const mesh = await meshOf({ origins: ORIGINS, endpoints });
  const rng = seededRng(1);
  const delta = oneReport(mesh, Math.max(100, endpoints * 3), rng);
  const fresh = () =>
    createMonitor({ mesh, service: mesh.services[0]!, scope: "weur", lifeId: "bench", rng: seededRng(2), nowMs: 0 });
  const report = (i: number): Report =>
    reportOf(delta, mesh, `isolate-${i % reporters}`, 1 + Math.floor(i / reporters));
  const at = (i: number) => (i / reporters) * INTERVAL_MS;

  const merging = fresh();
  const mergeNs = timeNs((i) => onReport(merging, report(i), at(i)));
  const syncing = fresh();
  const syncNs = timeNs((i) => {
    const check = checkReport(report(i));
    if (!check.ok) throw new Error(check.detail);
    onReport(syncing, check.report, at(i));
    answer(syncing, at(i));
  });
  return {
    endpoints,
    reporters,
    mergeUs: mergeNs / 1_000,
    mergesPerSecond: 1e9 / mergeNs,
    syncUs: syncNs / 1_000,
    syncsPerSecond: 1e9 / syncNs,
  };
}
