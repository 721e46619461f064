/**
 * Latency buckets whose bounds are the powers of two from 2^-9 s (2 ms) to 2^5 s (32 s). These are bounds of Prometheus'
 * native histograms too (schema 0), so that a later change of format moves no observation to another bucket.
 */

/** Exponents of the least and the greatest finite bound, in seconds. */
const LEAST = -9;
const GREATEST = 5;

/** Upper bounds, inclusive, in seconds; after the last comes +Inf. */
export const BOUNDS_S: readonly number[] = Array.from({ length: GREATEST - LEAST + 1 }, (_, i) => 2 ** (LEAST + i));
/** Number of buckets, the one up to +Inf included. */
export const BUCKETS = BOUNDS_S.length + 1;

/**
 * The bucket of a duration, 0 to BUCKETS - 1: the first whose bound it does not exceed.
 *
 * - `ms`: milliseconds; negative counts as zero, NaN and Infinity go to the last.
 *
 * Constant time, no logarithm: a whole number's length in bits is its place among the powers of two.
 */
export function bucketOf(ms: number): number {
  // In units of the least bound, 1000/512 ms. Multiplying first keeps the bounds themselves exact.
  const units = (ms * 64) / 125;
  if (units <= 1) return 0;
  if (!(units <= 2 ** (GREATEST - LEAST))) return BUCKETS - 1;
  return 32 - Math.clz32(Math.ceil(units) - 1);
}
