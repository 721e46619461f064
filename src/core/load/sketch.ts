/**
 * A quantile sketch of latencies: a histogram whose buckets grow by a constant ratio, so that every quantile is known to
 * within 2 % of its value whatever the distribution. Merging is adding buckets (exact, any order) and forgetting is
 * multiplying them, which is what reports and decay need; t-digest merges depend on the order, an HDR histogram needs
 * its range fixed to the digit.
 *
 * With ratio γ = (1 + α)/(1 − α), bucket i holds (MIN·γ^i, MIN·γ^(i+1)] and stands for 2·MIN·γ^(i+1)/(γ + 1). 512 buckets
 * cover 0.01 ms to 2.1 hours; below that is counted as zero, above it in the last bucket.
 *
 * Source: Masson, Rim, Lee, "DDSketch", PVLDB 12(12), 2019, with a fixed range in place of collapsing buckets.
 */
import { MAX_SKETCH_BUCKETS, type SketchColumns } from "../protocol.ts";

/** Largest relative error of a quantile. DDSketch's α; 2 % keeps 1 ms to 1 min in 275 buckets. */
export const SKETCH_RELATIVE_ERROR = 0.02;
/** Milliseconds; anything at or below counts as zero. Finer than any clock we read. */
export const SKETCH_MIN_MS = 0.01;

const RATIO = (1 + SKETCH_RELATIVE_ERROR) / (1 - SKETCH_RELATIVE_ERROR);
const PER_LOG_RATIO = 1 / Math.log(RATIO);
const LOG_MIN = Math.log(SKETCH_MIN_MS);
const LAST_BUCKET = MAX_SKETCH_BUCKETS - 1;
/** A bucket decayed below this many values is emptied, so that old outliers leave the used range. */
const NEGLIGIBLE_COUNT = 1e-3;

/** Mutable; owned by one writer. `lowest` > `highest` means no bucket is used. */
export interface Sketch {
  readonly counts: Float64Array;
  zeroCount: number;
  /** All values, zeros included. */
  total: number;
  lowest: number;
  highest: number;
}

/** An empty sketch. 4 KiB. */
export function createSketch(): Sketch {
  return {
    counts: new Float64Array(MAX_SKETCH_BUCKETS),
    zeroCount: 0,
    total: 0,
    lowest: MAX_SKETCH_BUCKETS,
    highest: -1,
  };
}

/** Empties the sketch in place. Linear in the used range. */
export function resetSketch(sketch: Sketch): void {
  if (sketch.highest >= sketch.lowest) sketch.counts.fill(0, sketch.lowest, sketch.highest + 1);
  sketch.zeroCount = 0;
  sketch.total = 0;
  sketch.lowest = MAX_SKETCH_BUCKETS;
  sketch.highest = -1;
}

/**
 * Counts one value.
 *
 * - `valueMs`: milliseconds; negative counts as zero, NaN is ignored, Infinity goes to the last bucket.
 *
 * Never throws, never allocates. Constant time.
 */
export function recordSketch(sketch: Sketch, valueMs: number): void {
  if (valueMs > SKETCH_MIN_MS) {
    const bucket = bucketOf(valueMs);
    sketch.counts[bucket]! += 1;
    if (bucket < sketch.lowest) sketch.lowest = bucket;
    if (bucket > sketch.highest) sketch.highest = bucket;
    sketch.total += 1;
  } else if (valueMs <= SKETCH_MIN_MS) {
    sketch.zeroCount += 1;
    sketch.total += 1;
  }
}

/** The bucket of a value above SKETCH_MIN_MS, 0..511. */
function bucketOf(valueMs: number): number {
  const bucket = Math.ceil((Math.log(valueMs) - LOG_MIN) * PER_LOG_RATIO) - 1;
  return Math.max(0, Math.min(LAST_BUCKET, bucket));
}

/** The sketch as plain columns, trimmed to its used range; `counts` is empty when only zeros were seen. */
export function sketchToColumns(sketch: Sketch): SketchColumns {
  if (sketch.highest < sketch.lowest) return { zeroCount: sketch.zeroCount, firstBucket: 0, counts: [] };
  return {
    zeroCount: sketch.zeroCount,
    firstBucket: sketch.lowest,
    counts: Array.from(sketch.counts.subarray(sketch.lowest, sketch.highest + 1)),
  };
}

/**
 * Adds what another sketch counted. Exact and commutative.
 *
 * - `columns`: checked before (health/report-check.ts): finite counts ≥ 0, all buckets within 0..511. Buckets outside go
 *   to the nearest end, so that a wrong peer loses precision and not values.
 *
 * Linear in the columns. Never throws.
 */
export function mergeColumns(sketch: Sketch, columns: SketchColumns): void {
  const { firstBucket, counts } = columns;
  sketch.zeroCount += columns.zeroCount;
  sketch.total += columns.zeroCount;
  for (let i = 0; i < counts.length; i++) {
    const count = counts[i]!;
    if (count <= 0) continue;
    const bucket = Math.max(0, Math.min(LAST_BUCKET, firstBucket + i));
    sketch.counts[bucket]! += count;
    sketch.total += count;
    if (bucket < sketch.lowest) sketch.lowest = bucket;
    if (bucket > sketch.highest) sketch.highest = bucket;
  }
}

/**
 * Forgets a share of what was counted: every bucket is multiplied by `factor`.
 *
 * - `factor`: 0..1; exp(−dt/τ) for exponential decay. 0 empties the sketch.
 *
 * Linear in the used range. Never throws.
 */
export function decaySketch(sketch: Sketch, factor: number): void {
  const from = sketch.lowest;
  const to = sketch.highest;
  let total = 0;
  sketch.lowest = MAX_SKETCH_BUCKETS;
  sketch.highest = -1;
  for (let bucket = from; bucket <= to; bucket++) {
    const count = sketch.counts[bucket]! * factor;
    if (count < NEGLIGIBLE_COUNT) {
      sketch.counts[bucket] = 0;
      continue;
    }
    sketch.counts[bucket] = count;
    total += count;
    if (bucket < sketch.lowest) sketch.lowest = bucket;
    sketch.highest = bucket;
  }
  sketch.zeroCount = sketch.zeroCount * factor < NEGLIGIBLE_COUNT ? 0 : sketch.zeroCount * factor;
  sketch.total = total + sketch.zeroCount;
}

/**
 * The value below which a share of everything counted lies, in milliseconds, within 2 %.
 *
 * - `q`: 0..1; outside is clamped. 0 gives the smallest value seen, 1 the largest.
 *
 * An empty sketch gives 0. Linear in the used range. Never throws.
 */
export function quantile(sketch: Sketch, q: number): number {
  if (sketch.total <= 0) return 0;
  const rank = Math.max(0, Math.min(1, q)) * Math.max(0, sketch.total - 1);
  let below = sketch.zeroCount;
  if (rank < below) return 0;
  for (let bucket = sketch.lowest; bucket <= sketch.highest; bucket++) {
    below += sketch.counts[bucket]!;
    if (below > rank) return middleOf(bucket);
  }
  return sketch.highest >= sketch.lowest ? middleOf(sketch.highest) : 0;
}

/**
 * How many values lie certainly above `valueMs`: those in buckets that begin at or above it, so values up to 4 % above it may be
 * missing. Linear in the used range. Never throws.
 */
export function countAbove(sketch: Sketch, valueMs: number): number {
  let above = 0;
  const from = valueMs > SKETCH_MIN_MS ? bucketOf(valueMs) + 1 : 0;
  for (let bucket = Math.max(from, sketch.lowest); bucket <= sketch.highest; bucket++) above += sketch.counts[bucket]!;
  return above;
}

/** The largest value that falls into a bucket, 0..511, in milliseconds. */
export function bucketEndMs(bucket: number): number {
  return SKETCH_MIN_MS * RATIO ** (bucket + 1);
}

/** What a bucket stands for: the value with the least relative error to both its ends. */
function middleOf(bucket: number): number {
  return (2 * SKETCH_MIN_MS * RATIO ** (bucket + 1)) / (RATIO + 1);
}
