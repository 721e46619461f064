/** Full-jitter exponential backoff: random below a bound that doubles. Source: Brooker, "Exponential Backoff and Jitter", 2015. */

export interface BackoffBounds {
  readonly baseMs: number;
  readonly maxMs: number;
}

/** How long to wait after `failures` in a row, ≥ 1. `rng`: uniform in [0, 1). */
export function backoffMs({ baseMs, maxMs }: BackoffBounds, failures: number, rng: () => number): number {
  return rng() * Math.min(maxMs, baseMs * 2 ** Math.min(30, failures - 1));
}
