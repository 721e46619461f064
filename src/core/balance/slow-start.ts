/**
 * How much of its weight an endpoint has while it warms up, as Envoy computes it:
 *
 *     max(minWeightPercent / 100, (max(1 ms, elapsed) / window) ^ (1 / aggression))
 *
 * Aggression 1 is linear; above 1 the weight rises faster at the start, below 1 slower.
 *
 * Unlike Envoy, which ramps only after an active check, the caller also starts the clock when a breaker closes.
 *
 * Source: Envoy docs, load_balancing/slow_start.rst; the 1 ms is its code's (the docs say 1 s).
 */
import type { SlowStart } from "../mesh.ts";

/**
 * Factor on the configured weight, minWeightPercent / 100 .. 1.
 *
 * - `elapsedMs`: since the endpoint became available; negative counts as 0; from the window on the factor is 1.
 *
 * No slow start (null) gives 1. Never throws.
 */
export function slowStartFactor(slowStart: SlowStart | null, elapsedMs: number): number {
  if (slowStart === null || elapsedMs >= slowStart.windowMs) return 1;
  const ratio = Math.max(1, elapsedMs) / slowStart.windowMs;
  return Math.min(1, Math.max(slowStart.minWeightPercent / 100, ratio ** (1 / slowStart.aggression)));
}
