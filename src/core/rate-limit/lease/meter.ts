/**
 * What has been used of one key's limit, for limits that are lent. `capacityOf` says how much may be out and unsettled
 * at this moment; `charge` settles use. The sum that holds everywhere: limit = settled use that still counts + capacity.
 *
 * - bucket: a level that refills evenly. The same as GCRA, kept as a level since it is charged in any order of time.
 * - slices: the window in 60 slices, each counted in full until all of it has left the window. So the count is never below
 *   that of the true sliding window, and above it by the oldest slice at most; the two-window estimate, which costs less,
 *   can admit nearly twice the limit in an unlucky window.
 * - period: a day or a month of the UTC calendar.
 *
 * Mutable: an object holds tens of thousands.
 */
import type { RateLimitCounting } from "../../mesh-rate-limits.ts";

/** What can be lent. How many are in flight at once is no quantity that could be returned or expire. */
export type LeasableCounting = Exclude<RateLimitCounting, { readonly type: "concurrency" }>;

/** Slices of a window: what is counted too long is a sixtieth of the window, and a key costs half a kilobyte. */
export const SLICES = 60;

export type Meter = BucketMeter | SlicedMeter | PeriodMeter;

export interface BucketMeter {
  readonly type: "bucket";
  /** Its burst. */
  limit: number;
  perMs: number;
  /** Units there, those out on leases included; below 0: overdrawn. */
  level: number;
  /** Up to when it was refilled. */
  atMs: number;
}

export interface SlicedMeter {
  readonly type: "slices";
  limit: number;
  readonly sliceMs: number;
  /** Number of the newest slice since the epoch. */
  newest: number;
  /** By number modulo SLICES + 1: the window, and the slice that is leaving it. */
  readonly counts: Float64Array;
  sum: number;
}

export interface PeriodMeter {
  readonly type: "period";
  limit: number;
  readonly period: "day" | "month";
  endMs: number;
  used: number;
}

/** Whether a counting can be lent; the compiler refuses scope global for others. */
export function isLeasable(counting: RateLimitCounting): counting is LeasableCounting {
  return counting.type !== "concurrency";
}

/** The most that one request may cost: more is never there at once. */
export function largestOf(counting: LeasableCounting): number {
  return counting.type === "token-bucket" ? counting.burst : counting.limit;
}

/** A meter of which nothing has been used. */
export function createMeter(counting: LeasableCounting, nowMs: number): Meter {
  switch (counting.type) {
    case "token-bucket": {
      const { limit, windowMs, burst } = counting;
      return { type: "bucket", limit: burst, perMs: limit / windowMs, level: burst, atMs: nowMs };
    }
    case "sliding-log":
    case "sliding-window": {
      const sliceMs = counting.windowMs / SLICES;
      const newest = Math.floor(nowMs / sliceMs);
      return { type: "slices", limit: counting.limit, sliceMs, newest, counts: new Float64Array(SLICES + 1), sum: 0 };
    }
    case "quota": {
      const { limit, period } = counting;
      return { type: "period", limit, period, endMs: periodEndMs(period, nowMs), used: 0 };
    }
  }
}

/** Units that may be out or used now; negative when overdrawn. Lets time pass, never backwards. Linear in slices passed. */
export function capacityOf(meter: Meter, nowMs: number): number {
  switch (meter.type) {
    case "bucket":
      if (nowMs > meter.atMs) {
        meter.level = Math.min(meter.limit, meter.level + (nowMs - meter.atMs) * meter.perMs);
        meter.atMs = nowMs;
      }
      return meter.level;
    case "slices":
      turn(meter, nowMs);
      return meter.limit - meter.sum;
    case "period":
      if (nowMs >= meter.endMs) {
        meter.used = 0;
        meter.endMs = periodEndMs(meter.period, nowMs);
      }
      return meter.limit - meter.used;
  }
}

/**
 * Settles use.
 *
 * - `units`: 0 or more. May overdraw, by the whole limit at most: what is beyond was a lie or is past help.
 * - `atMs`: when it was used at the latest; what has left the window by now counts no more.
 * - `nowMs`: what the clock says now. Where it once said more, time stands still, and what is used now is used in the newest slice.
 */
export function charge(meter: Meter, units: number, atMs: number, nowMs = atMs): void {
  switch (meter.type) {
    case "bucket":
      capacityOf(meter, atMs);
      meter.level = Math.max(-meter.limit, meter.level - units);
      return;
    case "slices": {
      turn(meter, Math.max(atMs, nowMs));
      const aheadOfClock = Math.max(0, meter.newest - Math.floor(nowMs / meter.sliceMs));
      const slice = Math.min(meter.newest, Math.floor(atMs / meter.sliceMs) + aheadOfClock);
      if (slice < meter.newest - SLICES) return;
      const taken = Math.min(units, Math.max(0, 2 * meter.limit - meter.sum));
      meter.counts[slice % (SLICES + 1)]! += taken;
      meter.sum += taken;
      return;
    }
    case "period":
      capacityOf(meter, atMs);
      meter.used = Math.min(2 * meter.limit, meter.used + units);
  }
}

/**
 * How long until `units` more may be out, ms from now, when `outstanding` are; 0: they may now. Never more than the window or
 * the rest of the period.
 */
export function waitMsFor(meter: Meter, units: number, outstanding: number, nowMs: number): number {
  const missing = units + outstanding - capacityOf(meter, nowMs);
  if (missing <= 0) return 0;
  switch (meter.type) {
    case "bucket":
      return Math.ceil(Math.min(missing, 2 * meter.limit) / meter.perMs);
    case "slices": {
      let freed = 0;
      for (let slice = meter.newest - SLICES; slice <= meter.newest; slice++) {
        freed += meter.counts[slice % (SLICES + 1)]!;
        if (freed >= missing) return Math.ceil((slice + SLICES + 1) * meter.sliceMs - nowMs);
      }
      return Math.ceil((SLICES + 1) * meter.sliceMs);
    }
    case "period":
      return meter.endMs - nowMs;
  }
}

/** Until the whole limit is there again, ms, if nothing more is used. */
export function fullMsOf(meter: Meter, outstanding: number, nowMs: number): number {
  switch (meter.type) {
    case "bucket":
      return Math.ceil((meter.limit - capacityOf(meter, nowMs) + outstanding) / meter.perMs);
    case "slices": {
      turn(meter, nowMs);
      if (outstanding > 0) return Math.ceil((SLICES + 1) * meter.sliceMs);
      for (let slice = meter.newest; slice >= meter.newest - SLICES; slice--) {
        if (meter.counts[slice % (SLICES + 1)]! > 0) {
          return Math.ceil((slice + SLICES + 1) * meter.sliceMs - nowMs);
        }
      }
      return 0;
    }
    case "period":
      return capacityOf(meter, nowMs) - outstanding < meter.limit ? meter.endMs - nowMs : 0;
  }
}

/** The first moment of the next day or month, UTC. */
export function periodEndMs(period: "day" | "month", nowMs: number): number {
  const date = new Date(nowMs);
  return period === "day"
    ? Date.UTC(date.getUTCFullYear(), date.getUTCMonth(), date.getUTCDate() + 1)
    : Date.UTC(date.getUTCFullYear(), date.getUTCMonth() + 1, 1);
}

/** Empties the slices that have left the window. */
function turn(meter: SlicedMeter, nowMs: number): void {
  const now = Math.floor(nowMs / meter.sliceMs);
  if (now <= meter.newest) return;
  const passed = Math.min(now - meter.newest, SLICES + 1);
  for (let slice = now - passed + 1; slice <= now; slice++) {
    const place = slice % (SLICES + 1);
    meter.sum -= meter.counts[place]!;
    meter.counts[place] = 0;
  }
  // Sums of fractions drift; an empty window is exactly empty.
  if (passed > SLICES) meter.sum = 0;
  meter.newest = now;
}
