/**
 * Quotas: so many units each day or each month of the calendar, in UTC. They begin anew for everybody at once, as people expect
 * of "10,000 a day", and not a day after each one's first request.
 */
import { createKeyTable, FLOOR, give, isTaken, type KeyTable, slotFor, slotOf } from "./key-table.ts";
import type { LimitClock } from "./limit-clock.ts";
import type { VerdictSlot } from "./verdict.ts";

export type QuotaPeriod = "day" | "month";

/** Mutable; owned by one isolate. */
export interface Quotas {
  readonly type: "quota";
  readonly limit: number;
  readonly period: QuotaPeriod;
  readonly table: KeyTable;
  /** By slot. */
  readonly counts: number[];
  /** The period that is counted, epoch; the end is not part of it. Both 0 before the first request. */
  startMs: number;
  endMs: number;
  readonly used: (slot: number) => number;
}

const DAY_MS = 86_400_000;

export function createQuotas(limit: number, period: QuotaPeriod, maxKeys: number): Quotas {
  const counts = [0];
  const used = (slot: number) => counts[slot]!;
  return { type: "quota", limit, period, table: createKeyTable(maxKeys), counts, startMs: 0, endMs: 0, used };
}

/**
 * Takes `cost` units, or with `isTrial` only says what taking them would give. A clock that went back stays in the period in
 * which it was. Never throws. Constant time, but for the first request of a period.
 */
export function takeOfQuota(
  quotas: Quotas,
  key: string,
  cost: number,
  clock: LimitClock,
  into: VerdictSlot,
  isTrial: boolean,
): void {
  const { limit, table, counts } = quotas;
  if (clock.epochMs >= quotas.endMs) begin(quotas, clock.epochMs);
  const slot = slotOf(table, key);
  const before = counts[slot]!;
  const allowed = before + cost <= limit;
  if (allowed && !isTrial) counts[slot === FLOOR ? newSlot(quotas, key) : slot] = before + cost;
  const untilEndMs = quotas.endMs - clock.epochMs;
  into.allowed = allowed;
  into.limit = limit;
  into.remaining = Math.max(0, limit - before - (allowed ? cost : 0));
  into.resetMs = untilEndMs;
  into.retryAfterMs = allowed ? 0 : untilEndMs;
  into.isDegraded = false;
}

/** Gives back units that were taken at an epoch of the period that is counted; of another one they are gone. */
export function returnToQuota({ table, counts, startMs }: Quotas, key: string, cost: number, takenAtMs: number): void {
  const slot = slotOf(table, key);
  if (slot !== FLOOR && takenAtMs >= startMs) counts[slot] = Math.max(0, counts[slot]! - cost);
}

/** The day or month of an epoch, from its first ms to the first of the next. Never throws. */
export function periodOf(period: QuotaPeriod, epochMs: number): { readonly startMs: number; readonly endMs: number } {
  if (period === "day") {
    const startMs = Math.floor(epochMs / DAY_MS) * DAY_MS;
    return { startMs, endMs: startMs + DAY_MS };
  }
  const date = new Date(epochMs);
  const [year, month] = [date.getUTCFullYear(), date.getUTCMonth()];
  return { startMs: Date.UTC(year, month), endMs: Date.UTC(year, month + 1) };
}

function begin(quotas: Quotas, epochMs: number): void {
  const { startMs, endMs } = periodOf(quotas.period, epochMs);
  quotas.startMs = startMs;
  quotas.endMs = endMs;
  quotas.table.slots.clear();
  quotas.table.keys.length = 1;
  quotas.counts.length = 1;
  quotas.counts[FLOOR] = 0;
}

function newSlot({ table, counts, used }: Quotas, key: string): number {
  const slot = slotFor(table, used);
  if (isTaken(table, slot)) counts[FLOOR] = Math.max(counts[FLOOR]!, counts[slot]!);
  give(table, slot, key);
  return slot;
}
