/** When the object has to wake up by itself, and why. With nothing to do it sleeps and can be evicted. */
import { nextProbeMs, type ProbeTask } from "../health/active-schedule.ts";
import { nextDrainMs } from "./drain.ts";
import type { Monitor } from "./monitor.ts";
import { nextEndMs } from "./override-index.ts";

/** Changed state waits so long to be written. Losing it costs some seconds of learning; writing costs a row each. */
export const FLUSH_MS = 10_000;
/** Probing goes on for so long after the last report. */
export const PROBE_AFTER_TRAFFIC_MS = 10 * 60_000;

/** Whether active checks run: there are some, this object is the one to run them, and somebody uses the service. */
export function isProbing(monitor: Monitor, nowMs: number): boolean {
  return (
    monitor.link !== null &&
    monitor.shard === null &&
    monitor.service.healthChecks.length > 0 &&
    nowMs - monitor.lastReportMs < PROBE_AFTER_TRAFFIC_MS
  );
}

/** Counts for metrics are not written more often by themselves: they are a row as large as all of them. */
const SERIES_SPACING_MS = 60_000;

/** When counts for metrics are to be written; Infinity when nothing was counted. */
export function seriesDueMs({ series }: Monitor): number {
  return Math.max(series.dirtySinceMs + FLUSH_MS, series.storedAtMs + SERIES_SPACING_MS);
}

/** When the changed state is to be written; Infinity when nothing changed, and in a shard, which keeps nothing. */
export function flushDueMs(monitor: Monitor): number {
  return monitor.shard === null ? monitor.dirtySinceMs + FLUSH_MS : Number.POSITIVE_INFINITY;
}

/**
 * When to wake up, epoch in whole milliseconds, never before `nowMs` nor before the thing to do is due; Infinity for
 * never. Linear in the checks, overrides and drains. The platform cuts fractions off: an alarm for a moment within the
 * millisecond of the one that is running would be taken for that one, and be lost. Exchanges with
 * the root are not among the reasons: reports set them off, and the flush takes what the last report left behind. An
 * alarm a second would cost a written row a second.
 */
export function nextAlarmMs(monitor: Monitor, isInFlight: (task: ProbeTask) => boolean, nowMs: number): number {
  let next = monitor.shard === null ? Math.min(flushDueMs(monitor), seriesDueMs(monitor)) : Number.POSITIVE_INFINITY;
  if (isProbing(monitor, nowMs)) next = Math.min(next, nextProbeMs(monitor.checks, isInFlight));
  next = Math.min(next, nextEndMs(monitor.overrides.set, nowMs), nextDrainMs(monitor, nowMs));
  if (monitor.above !== null) next = Math.min(next, nextEndMs(monitor.above.set, nowMs));
  return Math.max(nowMs, Math.ceil(next));
}
