/** The times of a limit that is lent, and how much of it may be forgotten. All follow from its window. */
import { type LeasableCounting, periodEndMs } from "./meter.ts";

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
}

/** A 64th of quotas and of windows of an hour or more, a quarter of shorter ones; whole units. Never throws. */
export function termsOf(counting: LeasableCounting): LeaseTerms {
  const windowMs = windowMsOf(counting);
  const settleMs = Math.min(MAX_SETTLE_MS, Math.max(MIN_SETTLE_MS, windowMs / SETTLES_PER_WINDOW));
  const isShort = windowMs < SHORT_MS && counting.type !== "quota";
  return {
    settleMs,
    usedUpMs: isShort ? Math.max(settleMs, windowMs) : settleMs,
    useStepMs: isShort ? windowMs / STEPS_PER_WINDOW : 0,
    // Where use is told a window later, what was lent has to be known for as long.
    leaseMs: isShort ? Math.max(LEASE_SETTLES * settleMs, windowMs + settleMs) : LEASE_SETTLES * settleMs,
    isDurable: windowMs >= DURABLE_FROM_MS,
    slack: Math.floor(counting.limit / (windowMs >= HOUR_MS ? 64 : 4)),
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
