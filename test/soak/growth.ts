/** How fast a series grows, robustly: garbage is collected in steps, and one large step is not a trend. */

export interface Sample {
  readonly atMs: number;
  readonly value: number;
}

/** Pairs looked at, at most; beyond it the samples are thinned. */
const MAX_SAMPLES = 400;

/**
 * The median of the slopes between all pairs of samples, per second. 0 with fewer than two.
 *
 * Source: Theil 1950, Sen 1968: up to 29 % of the samples may be anything.
 */
export function slopePerSecond(samples: readonly Sample[]): number {
  const step = Math.ceil(samples.length / MAX_SAMPLES);
  const kept = samples.filter((_, at) => at % step === 0);
  const slopes: number[] = [];
  for (const [i, a] of kept.entries()) {
    for (const b of kept.slice(i + 1)) {
      if (b.atMs > a.atMs) slopes.push(((b.value - a.value) / (b.atMs - a.atMs)) * 1_000);
    }
  }
  slopes.sort((a, b) => a - b);
  if (slopes.length === 0) return 0;
  const middle = slopes.length >> 1;
  return slopes.length % 2 === 1 ? slopes[middle]! : (slopes[middle - 1]! + slopes[middle]!) / 2;
}
