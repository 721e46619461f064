/**
 * Whether the endpoints together deliver what is asked of them. It tells a real overload from a delay that has nothing to do
 * with them: a starved edge or a detour on the way makes every answer slow at once, and looks like queues everywhere; but
 * all requests are answered. Under an overload they are not: queues grow because more comes in than goes out.
 */

/** Answers per admitted request, averaged, below which the endpoints do not keep up. */
const KEEPING_UP_RATIO = 0.95;
const TAU_S = 2;
/** A burst of late answers counts as so much, at most. */
const MAX_RATIO = 1.2;

/** The next average of answers per admitted request. No requests, or no `seconds` (≥ 0), leave it as it is. */
export function nextGoodput(ratio: number, deliveredRps: number, admittedRps: number, seconds: number): number {
  if (admittedRps <= 0) return ratio;
  const now = Math.min(MAX_RATIO, deliveredRps / admittedRps);
  return ratio + (now - ratio) * (1 - Math.exp(-seconds / TAU_S));
}

export function keepsUp(ratio: number): boolean {
  return ratio >= KEEPING_UP_RATIO;
}

/**
 * Delay that all endpoints have in common, ms: the least of their queues. NaN entries are not known; 0 when none is.
 */
export function commonDelayMs(queuesMs: Float64Array): number {
  let least = Number.POSITIVE_INFINITY;
  for (const queueMs of queuesMs) if (queueMs < least) least = queueMs;
  return least === Number.POSITIVE_INFINITY ? 0 : least;
}
