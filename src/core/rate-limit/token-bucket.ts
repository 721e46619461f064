/**
 * Token buckets, as the generic cell rate algorithm: of each key one number is kept, when its bucket will be full again. A
 * request of n units moves that on by n times the time in which one flows in, and is refused when the bucket would not be full
 * within the time that `burst` units take. The same as counting tokens, without a timer, without rounding of what flows in.
 *
 * In any stretch of t ms never more than `burst + limit · t / window` units are given out.
 *
 * Source: ATM Forum Traffic Management Specification 4.0, section 4.4.2 (virtual scheduling); brandur.org/rate-limiting.
 */
import { createKeyTable, FLOOR, give, isTaken, type KeyTable, slotFor, slotOf } from "./key-table.ts";
import type { LimitClock } from "./limit-clock.ts";
import type { VerdictSlot } from "./verdict.ts";

/** Of a unit: what rounding may take from a caller must not cost him one. */
const SLACK = 1 / 1024;

/** Mutable; owned by one isolate. */
export interface TokenBuckets {
  readonly type: "token-bucket";
  readonly limit: number;
  readonly burst: number;
  /** In which one unit flows in. */
  readonly unitMs: number;
  readonly table: KeyTable;
  /** By slot: when the bucket is full again, in elapsed ms. */
  readonly fullAtMs: number[];
  readonly used: (slot: number) => number;
}

export function createTokenBuckets(limit: number, windowMs: number, burst: number, maxKeys: number): TokenBuckets {
  const fullAtMs = [0];
  const used = (slot: number) => fullAtMs[slot]!;
  const table = createKeyTable(maxKeys);
  return { type: "token-bucket", limit, burst, unitMs: windowMs / limit, table, fullAtMs, used };
}

/** Takes `cost` units, or with `isTrial` only says what taking them would give. Never throws. Constant time. */
export function takeTokens(
  buckets: TokenBuckets,
  key: string,
  cost: number,
  clock: LimitClock,
  into: VerdictSlot,
  isTrial: boolean,
): void {
  const { unitMs, burst, table, fullAtMs } = buckets;
  const nowMs = clock.elapsedMs;
  const slot = slotOf(table, key);
  const beforeMs = Math.max(fullAtMs[slot]!, nowMs);
  const afterMs = beforeMs + cost * unitMs;
  const excessMs = afterMs - nowMs - burst * unitMs;
  const allowed = excessMs <= unitMs * SLACK;
  if (allowed && !isTrial) fullAtMs[slot === FLOOR ? newSlot(buckets, key) : slot] = afterMs;
  const owedMs = (allowed ? afterMs : beforeMs) - nowMs;
  into.allowed = allowed;
  into.limit = buckets.limit;
  into.remaining = Math.max(0, Math.min(buckets.limit, Math.floor(burst - owedMs / unitMs + SLACK)));
  into.resetMs = owedMs;
  into.retryAfterMs = allowed ? 0 : excessMs;
  into.isDegraded = false;
}

/**
 * Gives back units that were taken at `takenAtMs` of the clock. Exact, whatever was taken since; once the time has passed in
 * which they flow in by themselves, it does nothing.
 */
export function returnTokens(
  { table, fullAtMs, unitMs }: TokenBuckets,
  key: string,
  cost: number,
  takenAtMs: number,
  clock: LimitClock,
): void {
  const slot = slotOf(table, key);
  if (slot !== FLOOR && clock.elapsedMs - takenAtMs < cost * unitMs) fullAtMs[slot] = fullAtMs[slot]! - cost * unitMs;
}

function newSlot({ table, fullAtMs, used }: TokenBuckets, key: string): number {
  const slot = slotFor(table, used);
  if (isTaken(table, slot)) fullAtMs[FLOOR] = Math.max(fullAtMs[FLOOR]!, fullAtMs[slot]!);
  give(table, slot, key);
  return slot;
}
