/**
 * Sliding windows by two counts: what was used in the window before, weighted by how much of it the sliding window still
 * covers, and what was used in this one. Two numbers a key, however large the limit.
 *
 * It takes the window before to have been used evenly. Where it was not, it errs: in a stretch of d ms, d ≤ window, never more
 * than `limit · (1 + d / window)` units are given out. Around the change of windows that is the limit, where plain windows
 * give out twice as much at once; at worst, over a whole window's length, it is twice the limit.
 *
 * Why: a stretch that ends e ms (e ≤ d) into a window saw at most P ≤ limit units of the one before, and of this one
 * at most `limit − P · (1 − e / window)`; together `limit + P · e / window`.
 *
 * Source: Cloudflare, "How we built rate limiting capable of scaling to millions of domains" (2017), which found 0.003 % of
 * 400 million requests decided otherwise than by an exact count; the Redis cookbook's sliding window counter.
 */
import { createKeyTable, FLOOR, give, isTaken, type KeyTable, slotFor, slotOf } from "./key-table.ts";
import type { LimitClock } from "./limit-clock.ts";
import type { VerdictSlot } from "./verdict.ts";

/** Of a unit: see token-bucket.ts. */
const SLACK = 1 / 1024;

/** Mutable; owned by one isolate. */
export interface SlidingWindows {
  readonly type: "sliding-window";
  readonly limit: number;
  readonly windowMs: number;
  readonly table: KeyTable;
  /** By slot: the number of the window that `current` counts, and the units of it and of the one before. */
  readonly windows: number[];
  readonly current: number[];
  readonly previous: number[];
  readonly used: (slot: number) => number;
}

export function createSlidingWindows(limit: number, windowMs: number, maxKeys: number): SlidingWindows {
  const [windows, current, previous] = [[0], [0], [0]];
  // Whose window is older comes first: at a change of windows a count is halved and not forgotten.
  const used = (slot: number) => windows[slot]! * 2 * (limit + 1) + current[slot]! + previous[slot]!;
  const table = createKeyTable(maxKeys);
  return { type: "sliding-window", limit, windowMs, table, windows, current, previous, used };
}

/** Takes `cost` units, or with `isTrial` only says what taking them would give. Never throws. Constant time. */
export function takeOfWindow(
  counter: SlidingWindows,
  key: string,
  cost: number,
  clock: LimitClock,
  into: VerdictSlot,
  isTrial: boolean,
): void {
  const { limit, windowMs, table } = counter;
  const number = Math.floor(clock.elapsedMs / windowMs);
  const intoMs = clock.elapsedMs - number * windowMs;
  const slot = slotOf(table, key);
  const behind = number - counter.windows[slot]!;
  const previous = behind === 0 ? counter.previous[slot]! : behind === 1 ? counter.current[slot]! : 0;
  const before = behind === 0 ? counter.current[slot]! : 0;
  const weighted = previous * (1 - intoMs / windowMs);
  const allowed = weighted + before + cost <= limit + SLACK;
  const after = allowed ? before + cost : before;
  if (allowed && !isTrial)
    write(counter, slot === FLOOR ? newSlot(counter, key, number) : slot, number, previous, after);
  into.allowed = allowed;
  into.limit = limit;
  into.remaining = Math.max(0, Math.floor(limit - weighted - after + SLACK));
  into.resetMs = after > 0 ? 2 * windowMs - intoMs : previous > 0 ? windowMs - intoMs : 0;
  into.retryAfterMs = allowed ? 0 : untilFree(counter, cost, previous, before, intoMs);
  into.isDegraded = false;
}

/** Gives back units that were taken in this window or the one before. Exact, whatever was taken since. */
export function returnToWindow(counter: SlidingWindows, key: string, cost: number, takenAtMs: number): void {
  const slot = slotOf(counter.table, key);
  if (slot === FLOOR) return;
  const behind = counter.windows[slot]! - Math.floor(takenAtMs / counter.windowMs);
  const counts = behind === 0 ? counter.current : behind === 1 ? counter.previous : null;
  if (counts !== null) counts[slot] = Math.max(0, counts[slot]! - cost);
}

/** Until `cost` units fit, if nobody else takes any. */
function untilFree(
  { limit, windowMs }: SlidingWindows,
  cost: number,
  previous: number,
  before: number,
  intoMs: number,
) {
  const room = limit - before - cost;
  if (room >= 0) return Math.max(1, windowMs * (1 - room / previous) - intoMs);
  // Not in this window: in the next one what is used now wears off.
  return windowMs - intoMs + Math.max(0, windowMs * (1 - Math.max(0, limit - cost) / before));
}

function write(counter: SlidingWindows, slot: number, number: number, previous: number, current: number): void {
  counter.windows[slot] = number;
  counter.previous[slot] = previous;
  counter.current[slot] = current;
}

function newSlot(counter: SlidingWindows, key: string, number: number): number {
  const slot = slotFor(counter.table, counter.used);
  if (isTaken(counter.table, slot)) raiseFloor(counter, slot, number);
  give(counter.table, slot, key);
  return slot;
}

/** To at least what is used in a slot, count by count. */
function raiseFloor({ windows, current, previous }: SlidingWindows, slot: number, number: number): void {
  const of = (at: number, window: number) =>
    windows[at] === window ? current[at]! : windows[at] === window + 1 ? previous[at]! : 0;
  const now = Math.max(of(FLOOR, number), of(slot, number));
  const before = Math.max(of(FLOOR, number - 1), of(slot, number - 1));
  windows[FLOOR] = number;
  current[FLOOR] = now;
  previous[FLOOR] = before;
}
