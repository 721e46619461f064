/**
 * Time as limits count it: what has passed since the clock was first told. It never goes back. Where the platform's clock does, no
 * time has passed, and from there on it passes as before: callers neither get their units twice nor wait for the old time to
 * come again. Small numbers also keep their fractions, which milliseconds since 1970 do not.
 */

export interface LimitClock {
  /** Since it was first told, ms; never goes back. */
  elapsedMs: number;
  /** As the platform said it last, for limits by the calendar; 0 before it did. */
  epochMs: number;
}

export function createLimitClock(): LimitClock {
  return { elapsedMs: 0, epochMs: 0 };
}

/** Takes note of the time. Never throws. */
export function tick(clock: LimitClock, nowMs: number): void {
  if (clock.epochMs > 0 && nowMs > clock.epochMs) clock.elapsedMs += nowMs - clock.epochMs;
  clock.epochMs = nowMs;
}
