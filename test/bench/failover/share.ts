/**
 * How traffic moves among origins, from the attempts each of them saw. Shares are taken over windows of two seconds, long
 * enough that chance moves a third by less than a sixth of itself at 300 attempts a second (three standard deviations:
 * 3 * sqrt(1/3 * 2/3 / 600) = 0.058).
 */

const WINDOW_MS = 2_000;
const STEP_MS = 100;

/** When attempts arrived at each origin, ms, ascending. */
export type Arrivals = readonly (readonly number[])[];

export interface Period {
  readonly fromMs: number;
  readonly toMs: number;
}

/** Attempts of one origin within [fromMs, toMs). Logarithmic in their number. */
export function countIn(arrivals: readonly number[], { fromMs, toMs }: Period): number {
  return firstAt(arrivals, toMs) - firstAt(arrivals, fromMs);
}

/** An origin's share of all attempts in a period, 0..1; NaN when there were none. */
export function shareIn(arrivals: Arrivals, origin: number, period: Period): number {
  const all = arrivals.reduce((sum, each) => sum + countIn(each, period), 0);
  return all === 0 ? Number.NaN : countIn(arrivals[origin]!, period) / all;
}

/**
 * Seconds from the start of the period to the first window in which the origin's share is as wanted; the window lies
 * within the period. Null when there is none. A window without attempts is not as wanted.
 */
export function secondsUntil(
  arrivals: Arrivals,
  origin: number,
  period: Period,
  isWanted: (share: number) => boolean,
): number | null {
  for (let fromMs = period.fromMs; fromMs + WINDOW_MS <= period.toMs; fromMs += STEP_MS) {
    const share = shareIn(arrivals, origin, { fromMs, toMs: fromMs + WINDOW_MS });
    if (isWanted(share)) return (fromMs - period.fromMs) / 1_000;
  }
  return null;
}

/** Index of the first arrival at or after a time. */
function firstAt(arrivals: readonly number[], atMs: number): number {
  let low = 0;
  let high = arrivals.length;
  while (low < high) {
    const middle = (low + high) >> 1;
    if (arrivals[middle]! < atMs) low = middle + 1;
    else high = middle;
  }
  return low;
}
