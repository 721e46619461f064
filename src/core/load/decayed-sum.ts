/**
 * Sums that forget exponentially: Σ xᵢ·exp(−(t − tᵢ)/τ), by index, in typed arrays.
 *
 * Such sums merge exactly by addition once both sides are brought to the same time, in any order and grouping; an
 * average (EWMA) does not, because it has thrown the number of samples away. A mean is the ratio of two of these sums,
 * a rate is a sum divided by τ.
 *
 * Source: Cormode, Shkapenyuk, Srivastava, Xu, "Forward Decay", ICDE 2009, with the landmark moved to the last addition.
 */

/** Mutable; owned by one writer. */
export interface DecayedSums {
  /** Time constant: after it, 37 % of an addition is left. */
  readonly tauMs: number;
  readonly sums: Float64Array;
  /** The moment each sum is valid for. */
  readonly atMs: Float64Array;
}

/**
 * Empty sums.
 *
 * - `size`: number of indices, ≥ 0.
 * - `tauMs`: > 0.
 */
export function createDecayedSums(size: number, tauMs: number): DecayedSums {
  return { tauMs, sums: new Float64Array(size), atMs: new Float64Array(size) };
}

/**
 * Adds an amount that happened at a moment. Moments may come in any order: an older one arrives already decayed.
 *
 * - `index`: within the size.
 * - `amount`: any finite number.
 *
 * Never allocates. Constant time.
 */
export function addDecayed(sums: DecayedSums, index: number, amount: number, atMs: number): void {
  const age = atMs - sums.atMs[index]!;
  if (age > 0) {
    const sum = sums.sums[index]!;
    sums.sums[index] = (sum === 0 ? 0 : sum * Math.exp(-age / sums.tauMs)) + amount;
    sums.atMs[index] = atMs;
  } else {
    sums.sums[index]! += age === 0 ? amount : amount * Math.exp(age / sums.tauMs);
  }
}

/** The sum as of `nowMs`; a moment before the last addition reads as that addition's. A read, changes nothing. */
export function readDecayed(sums: DecayedSums, index: number, nowMs: number): number {
  const age = nowMs - sums.atMs[index]!;
  const sum = sums.sums[index]!;
  return age > 0 && sum !== 0 ? sum * Math.exp(-age / sums.tauMs) : sum;
}

/**
 * Adds every sum of `from` to the one of the same index in `into`. Exact: merging is commutative and associative up to
 * rounding. Both must have the same time constant and size, else it throws: that is a bug.
 */
export function mergeDecayed(into: DecayedSums, from: DecayedSums): void {
  if (into.tauMs !== from.tauMs || into.sums.length !== from.sums.length) {
    throw new Error(
      `cannot merge decayed sums of τ ${from.tauMs} ms × ${from.sums.length} into τ ${into.tauMs} ms × ${into.sums.length}`,
    );
  }
  for (let i = 0; i < into.sums.length; i++) addDecayed(into, i, from.sums[i]!, from.atMs[i]!);
}
