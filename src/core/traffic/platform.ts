/**
 * What an object costs, as it sees it itself: calls, rows written, seconds in memory. An estimate: the platform's own
 * counts are in its bill. Keeping these counts makes nothing to be stored by itself, or an idle object would wake for ever.
 */
import { addQuietly, type Series } from "./series.ts";

/** An object stays in memory for about so long after it did something, ms. */
const LINGER_MS = 10_000;

/** Mutable. When the object was last seen to do something; -Infinity for never. */
export interface Activity {
  atMs: number;
}

export function createActivity(): Activity {
  return { atMs: Number.NEGATIVE_INFINITY };
}

/** The object was called, or its alarm rang. Never throws. Constant time. */
export function countCall(series: Series, activity: Activity, nowMs: number): void {
  addQuietly(series, "platform", ["object_requests"], 1);
  const idleMs = Math.max(0, nowMs - activity.atMs);
  addQuietly(series, "platform", ["object_active_seconds"], Math.min(LINGER_MS, idleMs) / 1_000);
  activity.atMs = nowMs;
}

/** Rows were written, deleted or the alarm was set. Never throws. Constant time. */
export function countRows(series: Series, rows: number): void {
  addQuietly(series, "platform", ["rows_written"], rows);
}
