/**
 * Sliding logs: the time of every unit that was given out is kept as long as it counts, so that no stretch of a window's length
 * ever sees more than the limit. Exact, at 8 bytes a unit: for small limits. A log is a ring of `limit` times; whether n units
 * may be taken is one look at the n-th oldest of them.
 */
import { createKeyTable, FLOOR, give, isTaken, type KeyTable, MAX_KEYS, slotFor, slotOf } from "./key-table.ts";
import type { LimitClock } from "./limit-clock.ts";
import type { VerdictSlot } from "./verdict.ts";

/** Times kept for all keys of a limit together: 2 MiB. */
export const MAX_LOG_TIMES = 262_144;
/** The most that a log may be asked to keep for one key. */
export const MAX_LOG_LIMIT = 4_096;

/** Mutable; owned by one isolate. */
export interface SlidingLogs {
  readonly type: "sliding-log";
  readonly limit: number;
  readonly windowMs: number;
  readonly table: KeyTable;
  /** By slot: times of units in elapsed ms, -Infinity for none; and where the oldest is. */
  readonly rings: Float64Array[];
  readonly oldest: number[];
  readonly used: (slot: number) => number;
}

/** `limit`: at most MAX_LOG_LIMIT. There are as many keys as memory is for, and `maxKeys` at most. */
export function createSlidingLogs(limit: number, windowMs: number, maxKeys = MAX_KEYS): SlidingLogs {
  const rings = [emptyRing(limit)];
  const oldest = [0];
  // The key that was let through least lately goes.
  const used = (slot: number) => newest(rings[slot]!, oldest[slot]!);
  const table = createKeyTable(Math.max(1, Math.min(maxKeys, Math.floor(MAX_LOG_TIMES / limit) - 1)));
  return { type: "sliding-log", limit, windowMs, table, rings, oldest, used };
}

/**
 * Takes `cost` units, or with `isTrial` only says what taking them would give. Never throws. Logarithmic in the limit, linear
 * in the cost.
 */
export function takeOfLog(
  logs: SlidingLogs,
  key: string,
  cost: number,
  clock: LimitClock,
  into: VerdictSlot,
  isTrial: boolean,
): void {
  const { limit, windowMs, table } = logs;
  const nowMs = clock.elapsedMs;
  const sinceMs = nowMs - windowMs;
  const slot = slotOf(table, key);
  const ring = logs.rings[slot]!;
  const at = logs.oldest[slot]!;
  // The units that have to make room: all of them have once the latest has.
  const blockingMs = cost > limit ? Number.POSITIVE_INFINITY : ring[(at + cost - 1) % limit]!;
  const allowed = blockingMs <= sinceMs;
  const counting = limit - worn(ring, at, sinceMs);
  if (allowed && !isTrial) push(logs, slot === FLOOR ? newSlot(logs, key) : slot, cost, nowMs);
  const lastMs = allowed ? nowMs : newest(ring, at);
  into.allowed = allowed;
  into.limit = limit;
  into.remaining = limit - counting - (allowed ? cost : 0);
  into.resetMs = Math.max(0, lastMs - sinceMs);
  into.retryAfterMs = allowed ? 0 : cost > limit ? windowMs : blockingMs - sinceMs;
  into.isDegraded = false;
}

/** Gives back units that were taken at `takenAtMs` of the clock. Does nothing once another time was written after them. */
export function returnToLog(logs: SlidingLogs, key: string, cost: number, takenAtMs: number): void {
  const slot = slotOf(logs.table, key);
  if (slot === FLOOR) return;
  const ring = logs.rings[slot]!;
  for (let unit = 0; unit < cost && newest(ring, logs.oldest[slot]!) === takenAtMs; unit += 1) {
    const last = (logs.oldest[slot]! + logs.limit - 1) % logs.limit;
    // Empty places are the oldest.
    ring[last] = Number.NEGATIVE_INFINITY;
    logs.oldest[slot] = last;
  }
}

function emptyRing(limit: number): Float64Array {
  return new Float64Array(limit).fill(Number.NEGATIVE_INFINITY);
}

function newest(ring: Float64Array, oldest: number): number {
  return ring[(oldest + ring.length - 1) % ring.length]!;
}

/** How many of a ring's times count no more: they are the oldest. */
function worn(ring: Float64Array, oldest: number, sinceMs: number): number {
  let [low, high] = [0, ring.length];
  while (low < high) {
    const middle = (low + high) >> 1;
    if (ring[(oldest + middle) % ring.length]! <= sinceMs) low = middle + 1;
    else high = middle;
  }
  return low;
}

function push({ rings, oldest, limit }: SlidingLogs, slot: number, cost: number, nowMs: number): void {
  const ring = rings[slot]!;
  for (let unit = 0; unit < cost; unit += 1) {
    const at = oldest[slot]!;
    ring[at] = nowMs;
    oldest[slot] = at + 1 === limit ? 0 : at + 1;
  }
}

/** A new key begins with the times of the floor, as it was before it was raised for the key that leaves. */
function newSlot(logs: SlidingLogs, key: string): number {
  const { table, rings, oldest, limit, used } = logs;
  const slot = slotFor(table, used);
  const floor = rings[FLOOR]!;
  if (isTaken(table, slot)) {
    const left = ordered(rings[slot]!, oldest[slot]!);
    rings[slot]!.set(floor);
    // Time by time the later one: then both have room no sooner than either had.
    for (let unit = 0; unit < limit; unit += 1) floor[unit] = Math.max(floor[unit]!, left[unit]!);
  } else {
    rings.push(floor.slice());
    oldest.push(0);
  }
  oldest[slot] = 0;
  give(table, slot, key);
  return slot;
}

/** From the oldest on. Those of the floor are always in order. */
function ordered(ring: Float64Array, oldest: number): Float64Array {
  const copy = new Float64Array(ring.length);
  copy.set(ring.subarray(oldest));
  copy.set(ring.subarray(0, oldest), ring.length - oldest);
  return copy;
}
