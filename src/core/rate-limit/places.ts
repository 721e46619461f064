/**
 * Limits of concurrent requests: so many places for each key, taken before a request goes on and given back when the head of
 * its answer is there or it has failed.
 *
 * The code of a request whose caller left may never run again, and then nobody gives its place back. So a place is lent for a
 * time only; once that is over it is free again, by the next request that asks for one. The longest-held places are looked at
 * first and all are lent for the same time, so that looking costs nothing while none is overdue.
 */

import { ownText } from "../own-text.ts";
import type { LimitClock } from "./limit-clock.ts";
import type { VerdictSlot } from "./verdict.ts";

/** Keys that hold places at the same time. Those beyond share one count. */
export const MAX_HOLDING_KEYS = 10_000;

/** One place, held by one request. */
export interface Hold {
  readonly key: string;
  /** Elapsed ms. */
  readonly untilMs: number;
}

/** Mutable; owned by one isolate. */
export interface Places {
  readonly type: "concurrency";
  readonly limit: number;
  readonly holdMs: number;
  readonly maxKeys: number;
  /** Held, by key; no key that holds none. */
  readonly counts: Map<string, number>;
  /** In the order in which they were taken. */
  readonly holds: Set<Hold>;
}

export function createPlaces(limit: number, holdMs: number, maxKeys: number = MAX_HOLDING_KEYS): Places {
  return { type: "concurrency", limit, holdMs, maxKeys, counts: new Map(), holds: new Set() };
}

/** Takes a place; null when there is none. Never throws. Constant time on average. */
export function takePlace(places: Places, key: string, clock: LimitClock, into: VerdictSlot): Hold | null {
  const { counts, limit } = places;
  endOverdue(places, clock.elapsedMs);
  const own = placeKey(places, key);
  const before = counts.get(own) ?? 0;
  say(places, before, before < limit, into);
  if (before >= limit) return null;
  const kept = ownText(own);
  const hold = { key: kept, untilMs: clock.elapsedMs + places.holdMs };
  counts.set(kept, before + 1);
  places.holds.add(hold);
  return hold;
}

/** What taking one would give. */
export function peekPlace(places: Places, key: string, into: VerdictSlot): void {
  const before = places.counts.get(placeKey(places, key)) ?? 0;
  say(places, before, before < places.limit, into);
}

/** Gives a place back. Doing it twice, or after it was taken away, does no harm. */
export function returnPlace({ counts, holds }: Places, hold: Hold): void {
  if (!holds.delete(hold)) return;
  const left = counts.get(hold.key)! - 1;
  if (left > 0) counts.set(hold.key, left);
  else counts.delete(hold.key);
}

function say({ limit, holdMs }: Places, before: number, allowed: boolean, into: VerdictSlot): void {
  into.allowed = allowed;
  into.limit = limit;
  into.remaining = Math.max(0, limit - before - (allowed ? 1 : 0));
  // When the others are done nobody knows; a second is a guess, the end of the hold a certainty.
  into.resetMs = holdMs;
  into.retryAfterMs = allowed ? 0 : Math.min(RETRY_MS, holdMs);
  into.isDegraded = false;
}

const RETRY_MS = 1_000;
/** No key that is made of a request has such a text alone. */
const SHARED = "\u0000";

function placeKey({ counts, maxKeys }: Places, key: string): string {
  return counts.size < maxKeys || counts.has(key) ? key : SHARED;
}

function endOverdue(places: Places, nowMs: number): void {
  for (const hold of places.holds) {
    if (hold.untilMs > nowMs) return;
    returnPlace(places, hold);
  }
}
