/** Counting in this isolate, whatever the algorithm. A new one is a file beside this and an arm in each switch. */
import type { RateLimitCounting } from "../mesh.ts";
import { MAX_KEYS } from "./key-table.ts";
import type { LimitClock } from "./limit-clock.ts";
import { createPlaces, type Places } from "./places.ts";
import { createQuotas, type Quotas, returnToQuota, takeOfQuota } from "./quota.ts";
import { createSlidingLogs, returnToLog, type SlidingLogs, takeOfLog } from "./sliding-log.ts";
import { createSlidingWindows, returnToWindow, type SlidingWindows, takeOfWindow } from "./sliding-window.ts";
import { createTokenBuckets, returnTokens, type TokenBuckets, takeTokens } from "./token-bucket.ts";
import type { VerdictSlot } from "./verdict.ts";

/** Mutable; owned by one isolate. Never more than MAX_KEYS keys, and what key-table.ts says of those beyond. */
export type Counter = TokenBuckets | SlidingWindows | SlidingLogs | Quotas;

/** Nothing counted. Places are no counter: they are given back. */
export function createCounter(counting: RateLimitCounting): Counter | Places {
  switch (counting.type) {
    case "token-bucket":
      return createTokenBuckets(counting.limit, counting.windowMs, counting.burst, MAX_KEYS);
    case "sliding-window":
      return createSlidingWindows(counting.limit, counting.windowMs, MAX_KEYS);
    case "sliding-log":
      return createSlidingLogs(counting.limit, counting.windowMs);
    case "quota":
      return createQuotas(counting.limit, counting.period, MAX_KEYS);
    case "concurrency":
      return createPlaces(counting.limit, counting.holdMs);
  }
}

/**
 * Takes units if they are there.
 *
 * - `key`: bounded text; it is kept.
 * - `cost`: units, a whole number ≥ 1.
 * - `into`: gets the verdict. Nothing else is allocated for a key that is known.
 *
 * Never throws. Constant time, but for logs.
 */
export function take(counter: Counter, key: string, cost: number, clock: LimitClock, into: VerdictSlot): void {
  decide(counter, key, cost, clock, into, false);
}

/** What taking them would give. Takes nothing. */
export function peek(counter: Counter, key: string, cost: number, clock: LimitClock, into: VerdictSlot): void {
  decide(counter, key, cost, clock, into, true);
}

function decide(
  counter: Counter,
  key: string,
  cost: number,
  clock: LimitClock,
  into: VerdictSlot,
  isTrial: boolean,
): void {
  switch (counter.type) {
    case "token-bucket":
      takeTokens(counter, key, cost, clock, into, isTrial);
      return;
    case "sliding-window":
      takeOfWindow(counter, key, cost, clock, into, isTrial);
      return;
    case "sliding-log":
      takeOfLog(counter, key, cost, clock, into, isTrial);
      return;
    case "quota":
      takeOfQuota(counter, key, cost, clock, into, isTrial);
      return;
  }
}

/** When something was taken. */
export interface Taken {
  readonly elapsedMs: number;
  readonly epochMs: number;
}

/**
 * Gives back what a request took that was refused all the same. Exact while nothing else happened since; of logs nothing once
 * another request was let through later. Never throws.
 */
export function giveBack(counter: Counter, key: string, cost: number, taken: Taken, clock: LimitClock): void {
  switch (counter.type) {
    case "token-bucket":
      returnTokens(counter, key, cost, taken.elapsedMs, clock);
      return;
    case "sliding-window":
      returnToWindow(counter, key, cost, taken.elapsedMs);
      return;
    case "sliding-log":
      returnToLog(counter, key, cost, taken.elapsedMs);
      return;
    case "quota":
      returnToQuota(counter, key, cost, taken.epochMs);
      return;
  }
}
