/**
 * Damping of endpoints that come and go. Every loss counts one and fades by half with each half-life; an endpoint that comes
 * back with more than a few is kept out until less than one is left, so that a process that crashes as it starts does
 * not take requests with it each time.
 *
 * Source: RFC 2439, "BGP Route Flap Damping": cutoff and reuse threshold, exponential decay, a ceiling.
 */
import type { Damping } from "../../core/mesh-discovery.ts";

/** Below it an endpoint is back. */
const REUSE = 1;
/** No more than so many are counted: the longest that an endpoint is kept out after its last loss is four half-lives. */
const CEILING = 16;

export interface Flaps {
  readonly flaps: number;
  readonly flapsAtMs: number;
}

/** What is left of the flaps. Never throws. */
export function flapsAt({ flaps, flapsAtMs }: Flaps, { halfLifeMs }: Damping, nowMs: number): number {
  return flaps === 0 ? 0 : flaps * 2 ** (-Math.max(0, nowMs - flapsAtMs) / halfLifeMs);
}

/** One more. */
export function onFlap(state: Flaps, damping: Damping, nowMs: number): Flaps {
  return { flaps: Math.min(CEILING, flapsAt(state, damping, nowMs) + 1), flapsAtMs: nowMs };
}

/** Whether an endpoint that wants to be back is kept out, when it was before (`damped`) or was not. */
export function isDamped(state: Flaps & { readonly damped: boolean }, damping: Damping, nowMs: number): boolean {
  if (damping.flaps === 0) return false;
  return flapsAt(state, damping, nowMs) > (state.damped ? REUSE : damping.flaps);
}

/** When a damped endpoint is back, if it stays calm. */
export function backAtMs({ flaps, flapsAtMs }: Flaps, { halfLifeMs }: Damping): number {
  return flapsAtMs + Math.ceil(halfLifeMs * Math.log2(Math.max(1, flaps / REUSE)));
}
