/**
 * Makes a repeated delivery count once: per reporter the highest sequence number heard and which of the 64 before it.
 *
 * Reports are deltas, so the network may reorder them freely, but one that is delivered twice must be dropped. A set of
 * all numbers ever seen would grow for ever and a "last seen" number would drop what was merely overtaken; a sliding
 * window is the middle that IPsec uses. What is older than the window cannot be told from a repetition and is dropped.
 *
 * Source: RFC 4303 §3.4.3, anti-replay window.
 */

/** Bits of the window; a reporter syncs at most 10 times a second, so this is at least 6 s of reordering. */
export const REPORTER_WINDOW = 64;

/** Mutable; owned by one object. */
export interface ReporterWindows {
  /** Beyond this many the one silent for longest is forgotten. */
  readonly maxReporters: number;
  /** A reporter silent for longer is forgotten. */
  readonly expiryMs: number;
  /** In order of the last report, oldest first. */
  readonly windows: Map<string, ReporterWindow>;
  duplicates: number;
  tooOld: number;
  /** Forgotten to stay within `maxReporters`; a late repetition of theirs would count twice. */
  crowdedOut: number;
}

interface ReporterWindow {
  highest: number;
  /** Bit k of `recent` is highest − k, bit k of `older` is highest − 32 − k. */
  recent: number;
  older: number;
  heardMs: number;
}

/** What to do with a report: merge it, or drop it because it was merged before, or may have been. */
export type Delivery = "new" | "duplicate" | "too_old";

/**
 * No reporter heard yet.
 *
 * - `maxReporters`: ≥ 1.
 * - `expiryMs`: > 0; longer than the longest sync interval, or busy reporters are forgotten between two reports.
 */
export function createReporterWindows(maxReporters: number, expiryMs: number): ReporterWindows {
  return { maxReporters, expiryMs, windows: new Map(), duplicates: 0, tooOld: 0, crowdedOut: 0 };
}

/**
 * Whether this delivery is the first of its report, and remembers it.
 *
 * - `seq`: integer ≥ 1. A reporter never heard may start anywhere.
 *
 * Constant time. Never throws.
 */
export function onDelivery(state: ReporterWindows, reporter: string, seq: number, nowMs: number): Delivery {
  let window = state.windows.get(reporter);
  if (window === undefined) {
    if (state.windows.size >= state.maxReporters) forgetOldest(state);
    window = { highest: seq, recent: 1, older: 0, heardMs: nowMs };
    state.windows.set(reporter, window);
    return "new";
  }
  state.windows.delete(reporter);
  state.windows.set(reporter, window);
  window.heardMs = nowMs;
  const behind = window.highest - seq;
  if (behind < 0) {
    advance(window, -behind);
    window.highest = seq;
    return "new";
  }
  if (behind >= REPORTER_WINDOW) {
    state.tooOld++;
    return "too_old";
  }
  const bit = 1 << (behind & 31);
  const seen = behind < 32 ? window.recent & bit : window.older & bit;
  if (seen !== 0) {
    state.duplicates++;
    return "duplicate";
  }
  if (behind < 32) window.recent |= bit;
  else window.older |= bit;
  return "new";
}

/** Moves the window forward by `steps` ≥ 1 and marks its new front as seen. */
function advance(window: ReporterWindow, steps: number): void {
  if (steps >= REPORTER_WINDOW) {
    window.older = 0;
    window.recent = 1;
  } else if (steps >= 32) {
    window.older = steps === 32 ? window.recent : window.recent << (steps - 32);
    window.recent = 1;
  } else {
    window.older = (window.older << steps) | (window.recent >>> (32 - steps));
    window.recent = (window.recent << steps) | 1;
  }
}

function forgetOldest(state: ReporterWindows): void {
  const oldest = state.windows.keys().next();
  if (oldest.done) return;
  state.windows.delete(oldest.value);
  state.crowdedOut++;
}

/** Forgets reporters silent for longer than the expiry and returns who they were. Linear in those. */
export function expireReporters(state: ReporterWindows, nowMs: number): readonly string[] {
  const gone: string[] = [];
  for (const [reporter, window] of state.windows) {
    if (nowMs - window.heardMs <= state.expiryMs) break;
    gone.push(reporter);
  }
  for (const reporter of gone) state.windows.delete(reporter);
  return gone;
}
