/** The last minute of an endpoint, for people: rates from slots of ten seconds, latencies from a sketch that forgets. */
import { createSketch, decaySketch, mergeColumns, quantile, type Sketch, sketchToColumns } from "../load/sketch.ts";
import type { ReportDelta } from "../protocol.ts";

/** Of one endpoint, or of several together. */
export interface MinuteRates {
  /** Attempts per second. */
  readonly rps: number;
  /** Share of them that did not fail, 0..1; null when there were none. */
  readonly successRatio: number | null;
  /** Of ok answers of about half a minute; null where isolates keep no sketches, or there were none. */
  readonly p50Ms: number | null;
  readonly p99Ms: number | null;
}

const SLOT_MS = 10_000;
/** Six full ones, and the one that is being filled. */
const SLOTS = 7;
/** Latencies are forgotten over about this long, a step at a time. */
const SKETCH_TAU_MS = 30_000;
const SKETCH_STEP_MS = 5_000;

/** Mutable; owned by one object. `at` says which ten seconds since the epoch a slot holds. */
export interface Minute {
  readonly at: Float64Array;
  readonly good: Float64Array;
  readonly failed: Float64Array;
  sketch: Sketch | null;
  sketchAtMs: number;
}

/** Nothing counted. */
export function createMinute(): Minute {
  const [at, good, failed] = [new Float64Array(SLOTS), new Float64Array(SLOTS), new Float64Array(SLOTS)];
  return { at, good, failed, sketch: null, sketchAtMs: 0 };
}

/** Counts one row of a delta. Linear in its sketch. */
export function addMinute(minute: Minute, delta: ReportDelta, row: number, nowMs: number): void {
  const now = Math.floor(nowMs / SLOT_MS);
  const slot = now % SLOTS;
  if (minute.at[slot] !== now) {
    minute.at[slot] = now;
    minute.good[slot] = 0;
    minute.failed[slot] = 0;
  }
  minute.good[slot]! += delta.ok[row]! + delta.throttled[row]!;
  minute.failed[slot]! +=
    delta.connectFailures[row]! + delta.timeouts[row]! + delta.resets[row]! + delta.responses5xx[row]!;
  const columns = delta.sketches[row];
  if (columns === undefined || (columns.counts.length === 0 && columns.zeroCount === 0)) return;
  if (minute.sketch === null) {
    minute.sketch = createSketch();
    minute.sketchAtMs = nowMs;
  } else if (nowMs - minute.sketchAtMs >= SKETCH_STEP_MS) {
    decaySketch(minute.sketch, Math.exp(-(nowMs - minute.sketchAtMs) / SKETCH_TAU_MS));
    minute.sketchAtMs = nowMs;
  }
  mergeColumns(minute.sketch, columns);
}

/**
 * What these endpoints did together in the last minute; nothing for none of them.
 *
 * - `sinceMs`: when counting began, if that is less than a minute ago.
 *
 * A read. Linear in the endpoints, and in the sketches of those that have one.
 */
export function minuteOf(minutes: readonly Minute[], sinceMs: number, nowMs: number): MinuteRates {
  const last = Math.floor(nowMs / SLOT_MS);
  let good = 0;
  let failed = 0;
  const together = createSketch();
  for (const { at, good: answered, failed: lost, sketch } of minutes) {
    let some = 0;
    for (let slot = 0; slot < SLOTS; slot++) {
      if (at[slot]! <= last - SLOTS || at[slot]! > last) continue;
      good += answered[slot]!;
      failed += lost[slot]!;
      some += answered[slot]!;
    }
    if (sketch !== null && some > 0) mergeColumns(together, sketchToColumns(sketch));
  }
  const coveredMs = Math.min(nowMs - sinceMs, nowMs - (last - SLOTS + 1) * SLOT_MS);
  return {
    rps: ((good + failed) * 1_000) / Math.max(1_000, coveredMs),
    successRatio: good + failed > 0 ? good / (good + failed) : null,
    p50Ms: together.total > 0 ? quantile(together, 0.5) : null,
    p99Ms: together.total > 0 ? quantile(together, 0.99) : null,
  };
}
