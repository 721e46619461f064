/**
 * Deadlines for attempts, and the ledger of attempts in flight, for one isolate.
 *
 * A timer per request costs a twentieth of a whole request on this platform; a timer shared by all costs nothing. One
 * request at a time owns a loop in its `waitUntil` that wakes when an attempt in flight is due, and looks through them all.
 * Waking is the resolving of a plain promise, which the platform carries over to the request that waits for it; what
 * happens then (a retry, an answer) runs in that request's own context and touches its own objects only.
 *
 * The owner may end early: its term is over, or the platform ended it. A term that ends tells every waiter to re-arm,
 * and the first of them becomes the owner; a loop that has not ticked for a second is taken over by the next arming.
 *
 * An attempt whose request is gone (the downstream went away and its code runs no more) cannot end itself. It is woken,
 * when it is due or has waited for long, does not answer, and the ledger ends it as cancelled, so that counts of requests
 * in flight cannot leak.
 */

/** The loop sleeps until the next deadline that it knows, at least and at most so long, ms. */
const MIN_SLEEP_MS = 5;
const MAX_SLEEP_MS = 100;
/** Where attempts have less time than that, the loop sleeps no longer than this, since others like them may come, ms. */
const SHORT_SLEEP_MS = 25;
/** How long one request owns the loop, ms. `waitUntil` ends 30 s after the response. */
const TERM_MS = 20_000;
/** A loop silent for this long is taken for dead, ms. */
const SILENT_MS = 1_000;
/** An attempt that has waited for so long is asked whether its request is still there, ms. Most answers are sooner. */
const CHECK_MS = 2_000;
/** A woken attempt that has not ended itself by then belongs to a request that is gone, ms. */
const GONE_MS = 1_000;

export type Wake = "overdue" | "rearm";

/** One attempt in flight. `wake` is set while its request waits. */
export interface InFlight {
  /** Epoch; Infinity for none. */
  dueMs: number;
  wake: ((why: Wake) => void) | null;
  /** Epoch of the last arming. */
  armedAtMs: number;
  /** Epoch of the wake-up, 0 before. */
  wokenAtMs: number;
  /** The ledger has ended the attempt. Only if its request was slow to answer, and not gone, does anybody read this. */
  isEnded: boolean;
  /** Ends the attempt when its request is gone. */
  readonly onGone: (attempt: InFlight, nowMs: number) => void;
}

export interface Deadlines {
  readonly inFlight: Set<InFlight>;
  /** Number of the loop in charge, 0 for none. */
  owner: number;
  tickedAtMs: number;
  /** The shortest time that an attempt in flight asked for lately, ms: the loop must not sleep longer than that. */
  shortestMs: number;
  terms: number;
}

export function createDeadlines(): Deadlines {
  return { inFlight: new Set(), owner: 0, tickedAtMs: 0, shortestMs: MAX_SLEEP_MS, terms: 0 };
}

/** Enters an attempt in the ledger and makes sure that somebody watches the time. Never throws. */
export function arm(deadlines: Deadlines, attempt: InFlight, nowMs: number, ctx: ExecutionContext): void {
  attempt.armedAtMs = nowMs;
  attempt.wokenAtMs = 0;
  deadlines.inFlight.add(attempt);
  if (attempt.dueMs - nowMs < deadlines.shortestMs) deadlines.shortestMs = attempt.dueMs - nowMs;
  if (deadlines.owner === 0 || nowMs - deadlines.tickedAtMs > SILENT_MS) {
    deadlines.tickedAtMs = nowMs;
    ctx.waitUntil(watch(deadlines, nowMs));
  }
}

/** Takes an attempt out of the ledger. Doing it twice does no harm. */
export function disarm(deadlines: Deadlines, attempt: InFlight): void {
  attempt.wake = null;
  deadlines.inFlight.delete(attempt);
}

/** Wakes what is due and ends what is gone; returns when to look again, epoch. Linear in the attempts in flight. */
export function sweep(deadlines: Deadlines, nowMs: number): number {
  deadlines.tickedAtMs = nowMs;
  let nextMs = nowMs + Math.min(MAX_SLEEP_MS, Math.max(SHORT_SLEEP_MS, deadlines.shortestMs));
  for (const attempt of deadlines.inFlight) {
    if (attempt.wokenAtMs > 0) {
      if (nowMs - attempt.wokenAtMs < GONE_MS) continue;
      disarm(deadlines, attempt);
      attempt.isEnded = true;
      attempt.onGone(attempt, nowMs);
    } else if (attempt.dueMs <= nowMs) {
      attempt.wokenAtMs = nowMs;
      attempt.wake?.("overdue");
    } else if (nowMs - attempt.armedAtMs >= CHECK_MS) {
      attempt.wokenAtMs = nowMs;
      attempt.wake?.("rearm");
    } else if (attempt.dueMs < nextMs) {
      nextMs = attempt.dueMs;
    }
  }
  return nextMs;
}

async function watch(deadlines: Deadlines, sinceMs: number): Promise<void> {
  deadlines.terms += 1;
  const me = deadlines.terms;
  deadlines.owner = me;
  deadlines.shortestMs = MAX_SLEEP_MS;
  let nextMs = sweep(deadlines, sinceMs);
  while (deadlines.inFlight.size > 0) {
    await scheduler.wait(Math.max(MIN_SLEEP_MS, nextMs - deadlines.tickedAtMs));
    if (deadlines.owner !== me) return;
    const nowMs = Date.now();
    nextMs = sweep(deadlines, nowMs);
    if (nowMs - sinceMs >= TERM_MS) {
      deadlines.owner = 0;
      for (const attempt of deadlines.inFlight) if (attempt.wokenAtMs === 0) attempt.wake?.("rearm");
      return;
    }
  }
  deadlines.owner = 0;
}
