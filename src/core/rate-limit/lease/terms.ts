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

export interface LeaseTerms {
  /** Between two reports of a holding of which something was used or is held, ms. */
  readonly settleMs: number;
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
  return {
    settleMs,
    leaseMs: LEASE_SETTLES * settleMs,
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
