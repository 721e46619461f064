/**
 * Quotas: so many units each day or each month of the calendar, in UTC. They begin anew for everybody at once, as people expect
 * of "10,000 a day", and not a day after each one's first request.
 *
 * The count of a key stays until then. What a key counts as that is in the table no more (key-table.ts) wears off sooner, evenly,
 * the whole limit in an hour of a day or a day of a month; else those who are new after a flood would have to wait for the next
 * month. And when one key leaves for another, no more of its count is taken over than would have worn off by then. So a key
 * gets `limit` in a period while it stays in the table, and in a flood that pushes it out no more than a bucket of
 * burst `limit` gives that fills up in that time.
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
  /** By slot: when it was used last; of the floor, when it was raised. */
  readonly usedAtMs: number[];
  /** Time of the request that is decided. */
  elapsedMs: number;
  /** What a slot would count as if its key left now. */
  readonly used: (slot: number) => number;
}

const DAY_MS = 86_400_000;
/** In so long the whole limit wears off from what keys count as that have left. */
const WEAR_OFF_MS = { day: 3_600_000, month: DAY_MS } as const;

export function createQuotas(limit: number, period: QuotaPeriod, maxKeys: number): Quotas {
  const quotas: Quotas = {
    type: "quota",
    limit,
    period,
    table: createKeyTable(maxKeys),
    counts: [0],
    startMs: 0,
    endMs: 0,
    usedAtMs: [0],
    elapsedMs: 0,
    used: (slot) => worn(quotas, slot),
  };
  return quotas;
}

function worn({ counts, usedAtMs, elapsedMs, limit, period }: Quotas, slot: number): number {
  return Math.max(0, counts[slot]! - (limit * (elapsedMs - usedAtMs[slot]!)) / WEAR_OFF_MS[period]);
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
  const { limit, table, counts, usedAtMs } = quotas;
  if (clock.epochMs >= quotas.endMs) begin(quotas, clock.epochMs);
  const slot = slotOf(table, key);
  quotas.elapsedMs = clock.elapsedMs;
  const before = slot === FLOOR ? Math.ceil(worn(quotas, FLOOR)) : counts[slot]!;
  const allowed = before + cost <= limit;
  if (allowed && !isTrial) {
    const own = slot === FLOOR ? newSlot(quotas, key) : slot;
    counts[own] = before + cost;
    usedAtMs[own] = clock.elapsedMs;
  }
  const untilEndMs = quotas.endMs - clock.epochMs;
  into.allowed = allowed;
  into.limit = limit;
  into.remaining = Math.max(0, limit - before - (allowed ? cost : 0));
  into.resetMs = allowed || slot !== FLOOR ? untilEndMs : Math.min(untilEndMs, untilWorn(quotas, 0));
  into.retryAfterMs = allowed ? 0 : untilEndMs;
  if (!allowed && slot === FLOOR && cost <= limit) {
    into.retryAfterMs = Math.min(untilEndMs, untilWorn(quotas, limit - cost));
  }
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
  quotas.usedAtMs.length = 1;
  quotas.table.slots.clear();
  quotas.table.keys.length = 1;
  quotas.counts.length = 1;
  quotas.counts[FLOOR] = 0;
}

/** Until a key that is new counts as so many units at most, ms. */
function untilWorn(quotas: Quotas, units: number): number {
  return Math.ceil(((worn(quotas, FLOOR) - units) * WEAR_OFF_MS[quotas.period]) / quotas.limit);
}

function newSlot(quotas: Quotas, key: string): number {
  const { table, counts, usedAtMs, used, elapsedMs } = quotas;
  const slot = slotFor(table, used);
  if (isTaken(table, slot)) {
    counts[FLOOR] = Math.max(used(FLOOR), used(slot));
    usedAtMs[FLOOR] = elapsedMs;
  }
  give(table, slot, key);
  return slot;
}
