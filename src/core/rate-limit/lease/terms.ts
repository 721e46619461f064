/** The times of a limit that is lent, and how much of it may be forgotten. All follow from its window. */
import { type LeasableCounting, periodEndMs, SLICES } from "./meter.ts";

/** Shortest and longest time between two reports of one holding. */
const MIN_SETTLE_MS = 250;
const MAX_SETTLE_MS = 5_000;
/** Reports in one window: what is counted late is counted late by a twentieth of it. */
const SETTLES_PER_WINDOW = 20;
/** A lease outlives so many reports, so that one or two may be lost. */
const LEASE_SETTLES = 3;
/** Windows from here on are stored: an object without calls is evicted after ten seconds, when shorter ones are over. */
const DURABLE_FROM_MS = 10_000;
const HOUR_MS = 3_600_000;
/** What was used of a quota by keys for which there is no room is remembered for so long at least. */
const QUOTA_TURN_MS = { day: HOUR_MS, month: 24 * HOUR_MS } as const;
/** In windows up to here a report comes late by a good part of them. */
const SHORT_MS = 10_000;
/** Steps in a short window. USE_STEPS of them are told apart: a window, and a third for the pace of a crowd. */
const STEPS_PER_WINDOW = 24;
export const USE_STEPS = 32;

export interface LeaseTerms {
  /** Between two reports of a holding of which something was used or is held, ms. */
  readonly settleMs: number;
  /** The same for a holding that is used up, which has nothing to return: what it says of its use is not late before. */
  readonly usedUpMs: number;
  /** In steps of how many ms it is told when units were used; 0: it is not, what is counted late is counted late by little. */
  readonly useStepMs: number;
  /** For how long what is lent may be used, ms. */
  readonly leaseMs: number;
  /** Whether it is stored; otherwise a restart of the object forgets it. */
  readonly isDurable: boolean;
  /** Units of a key that may be lent before they are written: what a crash of the object can forget of it. */
  readonly slack: number;
  /** How long keys at least count as used for which there is no room, ms: a window, of quotas an hour or a day. */
  readonly turnMs: number;
}

/** A 64th of quotas and of windows of an hour or more, a quarter of shorter ones; whole units. Never throws. */
export function termsOf(counting: LeasableCounting): LeaseTerms {
  const windowMs = windowMsOf(counting);
  const settleMs = Math.min(MAX_SETTLE_MS, Math.max(MIN_SETTLE_MS, windowMs / SETTLES_PER_WINDOW));
  const isShort = windowMs < SHORT_MS && counting.type !== "quota";
  // Where use is told a window later, what was lent has to be known for as long.
  const leaseMs = isShort ? Math.max(LEASE_SETTLES * settleMs, windowMs + settleMs) : LEASE_SETTLES * settleMs;
  return {
    settleMs,
    usedUpMs: isShort ? Math.max(settleMs, windowMs) : settleMs,
    useStepMs: isShort ? windowMs / STEPS_PER_WINDOW : 0,
    leaseMs,
    isDurable: windowMs >= DURABLE_FROM_MS,
    slack: Math.floor(counting.limit / (windowMs >= HOUR_MS ? 64 : 4)),
    // What was lent may be used until its lease ends, and a window counts the slice that leaves it.
    turnMs: counting.type === "quota" ? QUOTA_TURN_MS[counting.period] : (windowMs * (SLICES + 1)) / SLICES + leaseMs,
  };
}

/** How long it takes until what is used now counts no more; of a bucket, until it is full again. */
export function windowMsOf(counting: LeasableCounting): number {
  switch (counting.type) {
    case "token-bucket":
      return (counting.burst / counting.limit) * counting.windowMs;
    case "sliding-log":
    case "sliding-window":
      return counting.windowMs;
    case "quota":
      return periodEndMs(counting.period, 0);
  }
}
