/**
 * How a service did, as counts: what regional monitors keep since their life began, and what a rollout adds up of them by
 * side. Counts of one life only grow, so that their difference is what happened in between.
 */
import { createSketch, mergeColumns, type Sketch, sketchToColumns } from "../load/sketch.ts";
import type { ReportDelta, SketchColumns } from "../protocol.ts";

/** Mutable; owned by one object. */
export interface Tally {
  /** Attempts that were answered, not by a failure. */
  good: number;
  /** Attempts that failed, and requests for which there was no endpoint to try. */
  failed: number;
  /** Latencies of ok answers. */
  readonly latency: Sketch;
}

/** A tally as it is sent and stored. */
export interface TallyColumns {
  readonly good: number;
  readonly failed: number;
  readonly latency: SketchColumns;
}

/** What a monitor has counted since its life began. */
export interface Totals extends TallyColumns {
  /** Random, another one for every life of the object. */
  readonly life: string;
}

export const NO_TALLY: TallyColumns = { good: 0, failed: 0, latency: { zeroCount: 0, firstBucket: 0, counts: [] } };

/** Nothing counted. */
export function createTally(columns: TallyColumns = NO_TALLY): Tally {
  const tally = { good: 0, failed: 0, latency: createSketch() };
  addTally(tally, columns);
  return tally;
}

/** Requests judged: every attempt is one, since a retry would hide what its first attempt met. */
export function requestsIn({ good, failed }: { readonly good: number; readonly failed: number }): number {
  return good + failed;
}

/** Counts what a report says. Linear in its endpoints and sketch buckets. */
export function addReport(tally: Tally, delta: ReportDelta): void {
  tally.failed += delta.refused ?? 0;
  for (let row = 0; row < delta.ids.length; row++) {
    tally.good += delta.ok[row]! + delta.throttled[row]!;
    tally.failed += delta.connectFailures[row]! + delta.timeouts[row]! + delta.resets[row]! + delta.responses5xx[row]!;
    const sketch = delta.sketches[row];
    if (sketch !== undefined) mergeColumns(tally.latency, sketch);
  }
}

/** Adds one tally to another. */
export function addTally(tally: Tally, more: TallyColumns): void {
  tally.good += more.good;
  tally.failed += more.failed;
  mergeColumns(tally.latency, more.latency);
}

/** The tally as plain data. Linear in the used range of its sketch. */
export function columnsOf({ good, failed, latency }: Tally): TallyColumns {
  return { good, failed, latency: sketchToColumns(latency) };
}

/**
 * What happened between two looks at a monitor's totals. Another life has counted from nothing, so all it has is new; what
 * the former one counted after the last look is lost. Never negative.
 */
export function since(now: Totals, then: Totals): TallyColumns {
  if (now.life !== then.life) return now;
  return {
    good: Math.max(0, now.good - then.good),
    failed: Math.max(0, now.failed - then.failed),
    latency: sketchSince(now.latency, then.latency),
  };
}

function sketchSince(now: SketchColumns, then: SketchColumns): SketchColumns {
  const shift = now.firstBucket - then.firstBucket;
  return {
    zeroCount: Math.max(0, now.zeroCount - then.zeroCount),
    firstBucket: now.firstBucket,
    counts: now.counts.map((count, i) => Math.max(0, count - (then.counts[i + shift] ?? 0))),
  };
}

/** Totals that were sent or stored, or null for what is none. Never throws. */
export function checkTotals(value: unknown): Totals | null {
  const tally = checkTally(value);
  const { life } = (value ?? {}) as Partial<Totals>;
  return tally === null || typeof life !== "string" ? null : { ...tally, life };
}

/** A tally that was sent or stored, or null for what is none. Never throws. */
export function checkTally(value: unknown): TallyColumns | null {
  if (typeof value !== "object" || value === null) return null;
  const { good, failed, latency } = value as Partial<TallyColumns>;
  if (!isCount(good) || !isCount(failed) || typeof latency !== "object" || latency === null) return null;
  const { zeroCount, firstBucket, counts } = latency;
  if (!isCount(zeroCount) || !isCount(firstBucket) || !Array.isArray(counts) || !counts.every(isCount)) return null;
  return { good, failed, latency: { zeroCount, firstBucket, counts } };
}

function isCount(value: unknown): value is number {
  return typeof value === "number" && Number.isFinite(value) && value >= 0;
}
