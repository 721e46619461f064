/** What was counted of something in some time, as plain data that adds up: any order, any pieces, the same sum. */
import type { SketchColumns } from "../protocol.ts";

export interface Counts {
  /** Requests that wanted the service. Of an endpoint: attempts. */
  readonly requests: number;
  /** Those of them that no endpoint was tried for. */
  readonly refused: number;
  /** Attempts that were answered, not by a failure; and the others. */
  readonly good: number;
  readonly failed: number;
  /** Latencies of ok answers; empty where isolates keep no sketches. */
  readonly latency: SketchColumns;
}

export const NO_LATENCY: SketchColumns = { zeroCount: 0, firstBucket: 0, counts: [] };
export const NO_COUNTS: Counts = { requests: 0, refused: 0, good: 0, failed: 0, latency: NO_LATENCY };

/** Whether nothing was counted. */
export function isNothing({ requests, refused, good, failed }: Counts): boolean {
  return requests + refused + good + failed === 0;
}

/** Both together. Linear in the sketches. */
export function addCounts(a: Counts, b: Counts): Counts {
  return {
    requests: a.requests + b.requests,
    refused: a.refused + b.refused,
    good: a.good + b.good,
    failed: a.failed + b.failed,
    latency: addLatency(a.latency, b.latency),
  };
}

function addLatency(a: SketchColumns, b: SketchColumns): SketchColumns {
  if (a.counts.length === 0 || b.counts.length === 0) {
    const { firstBucket, counts } = a.counts.length === 0 ? b : a;
    return { zeroCount: a.zeroCount + b.zeroCount, firstBucket, counts };
  }
  const firstBucket = Math.min(a.firstBucket, b.firstBucket);
  const end = Math.max(a.firstBucket + a.counts.length, b.firstBucket + b.counts.length);
  const counts = new Array<number>(end - firstBucket).fill(0);
  for (const one of [a, b]) {
    for (let i = 0; i < one.counts.length; i++) counts[one.firstBucket - firstBucket + i]! += one.counts[i]!;
  }
  return { zeroCount: a.zeroCount + b.zeroCount, firstBucket, counts };
}

/** What was added between two readings of counts that only grow. Never negative. */
export function countsSince(now: Counts, then: Counts): Counts {
  const shift = now.latency.firstBucket - then.latency.firstBucket;
  return {
    requests: Math.max(0, now.requests - then.requests),
    refused: Math.max(0, now.refused - then.refused),
    good: Math.max(0, now.good - then.good),
    failed: Math.max(0, now.failed - then.failed),
    latency: trimmed({
      zeroCount: Math.max(0, now.latency.zeroCount - then.latency.zeroCount),
      firstBucket: now.latency.firstBucket,
      counts: now.latency.counts.map((count, i) => Math.max(0, count - (then.latency.counts[i + shift] ?? 0))),
    }),
  };
}

/** The same of one number. */
export function shareOfNumber(value: number, before: number, after: number, parts: number): number {
  const upTo = (part: number) => (part === parts ? value : Math.floor((value * part) / parts));
  return upTo(after) - upTo(before);
}

/** Without the empty buckets at both ends. */
function trimmed({ zeroCount, firstBucket, counts }: SketchColumns): SketchColumns {
  const first = counts.findIndex((count) => count > 0);
  if (first < 0) return { zeroCount, firstBucket: 0, counts: [] };
  const last = counts.findLastIndex((count) => count > 0);
  return { zeroCount, firstBucket: firstBucket + first, counts: counts.slice(first, last + 1) };
}

/**
 * The share of counts that falls on the parts from `before` up to `after` of `parts` equal ones. The shares of all parts add
 * up to the counts exactly, and whole numbers stay whole.
 *
 * - `before` < `after` ≤ `parts`, all whole, ≥ 0.
 */
export function shareOf(counts: Counts, before: number, after: number, parts: number): Counts {
  if (before === 0 && after === parts) return counts;
  const share = (value: number) => shareOfNumber(value, before, after, parts);
  const { requests, refused, good, failed, latency } = counts;
  return {
    requests: share(requests),
    refused: share(refused),
    good: share(good),
    failed: share(failed),
    latency: trimmed({ ...latency, zeroCount: share(latency.zeroCount), counts: latency.counts.map(share) }),
  };
}
