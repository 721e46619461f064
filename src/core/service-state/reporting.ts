/** When an isolate reports, and what. */

import type { ReportDelta } from "../protocol.ts";
import { markSent } from "./own-evidence.ts";
import { takeDeltas } from "./report-deltas.ts";
import type { ServiceState } from "./state.ts";

/** Milliseconds between two reports at least, whatever happens. */
const MIN_SPACING_MS = 100;
/** Milliseconds between reports while something is changing. */
const ALERT_MS = 400;
/** Requests per second from which an isolate is busy and reports at the shortest interval; below, after each request. */
const BUSY_RPS = 1;
/** Weight of the last interval in the smoothed request rate. */
const RATE_WEIGHT = 0.3;
/** Share of the interval by which it varies, so that isolates that started together spread. */
const JITTER_RATIO = 0.2;

/**
 * In how many milliseconds to report: -1 nothing is due, 0 now, else later (what happens until then rides along).
 *
 * A failure, an overdue request, a surprisingly slow answer and the answer of a probe go at once, but 100 ms apart.
 * Everything else within 1 s when busy and 5 s when quiet (as configured), and 400 ms while something is changing. All of
 * it no more often than the object can bear: where too many isolates share one, its word comes later, and not never.
 *
 * - `why`: what the caller has just done. "request" only asks whether the snapshot is too old to go on with.
 *
 * Constant time.
 */
export function syncDelayMs(state: ServiceState, nowMs: number, why: "request" | "result" | "failure"): number {
  const { reporting } = state;
  const sinceMs = nowMs - reporting.takenAtMs;
  if (why === "failure" || reporting.urgent) return Math.max(0, MIN_SPACING_MS - sinceMs, state.paceMs - sinceMs);
  if (why === "request") {
    // Results bring fresh snapshots by themselves; this is for the first request after a silence.
    const dueMs = Math.max(state.snapshotAtMs, reporting.takenAtMs) + intervalMs(state);
    return state.snapshot === null ? (sinceMs >= MIN_SPACING_MS ? 0 : -1) : nowMs >= dueMs ? 0 : -1;
  }
  const interval = intervalMs(state);
  // Counted from the last report and not from this result: what else travels by sync is then never older than an interval.
  return Math.max(MIN_SPACING_MS, interval * (1 - JITTER_RATIO / 2 + JITTER_RATIO * state.rng()) - sinceMs);
}

function intervalMs(state: ServiceState): number {
  return Math.max(state.paceMs, wantedMs(state));
}

function wantedMs(state: ServiceState): number {
  if (state.alert) return Math.min(ALERT_MS, state.syncMinMs);
  const { requestRps } = state.reporting;
  return requestRps >= BUSY_RPS
    ? state.syncMinMs
    : Math.min(state.syncMaxMs, Math.max(state.syncMinMs, (BUSY_RPS * state.syncMinMs) / Math.max(1e-3, requestRps)));
}

/** What happened since the last report; the counts start from zero. */
export function takeReport(state: ServiceState, nowMs: number): ReportDelta & { readonly inFlight: readonly number[] } {
  const { reporting, columns, service } = state;
  const seconds = Math.max(MIN_SPACING_MS, nowMs - reporting.takenAtMs) / 1_000;
  const rps = reporting.requests / seconds;
  reporting.requestRps += RATE_WEIGHT * (rps - reporting.requestRps);
  reporting.takenAtMs = nowMs;
  reporting.urgent = false;
  reporting.reportedInFlight.set(columns.ownInFlight);
  markSent(state);
  return takeDeltas(reporting, service.endpoints, columns.ownInFlight);
}
