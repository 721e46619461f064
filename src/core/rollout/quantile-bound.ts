import { bucketEndMs, countAbove, type Sketch } from "../load/sketch.ts";
import { boundsOf } from "./confidence.ts";

/**
 * A latency that the true quantile does not exceed: the least at which, by the bounds of confidence.ts, no more than a
 * share of 1 − q of the answers lies above. Infinity while too few were seen to say so.
 *
 * - `q`: 0..1. `alpha`: chance, 0..1, that it is ever said too low.
 *
 * Linear in the sketch's used range. Never throws.
 */
export function quantileAtMost(sketch: Sketch, q: number, alpha: number): number {
  let atMostMs = Number.POSITIVE_INFINITY;
  let above = 0;
  for (let bucket = sketch.highest; bucket >= sketch.lowest; bucket--) {
    if (boundsOf(above, sketch.total, alpha).high > 1 - q) return atMostMs;
    atMostMs = bucketEndMs(bucket);
    above += sketch.counts[bucket]!;
  }
  return atMostMs;
}

/** Share of the answers that certainly took longer than `limitMs`, at the least, by the same bounds; and how many did. */
export function slowerThan(sketch: Sketch, limitMs: number, alpha: number): { count: number; leastShare: number } {
  const count = countAbove(sketch, limitMs);
  return { count, leastShare: boundsOf(count, sketch.total, alpha).low };
}
