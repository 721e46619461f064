/**
 * A ledger as it is stored, and back. What was lent when it was written is taken for lent until the last of those leases must
 * have ended, to nobody in particular; then it counts as used. So a restart of the object lends nothing twice.
 */
import { createLedger, type Ledger } from "./ledger.ts";
import { capacityOf, charge, createMeter, fullMsOf, type LeasableCounting, type Meter, SLICES } from "./meter.ts";

/** Whoever held something before the restart. No isolate has an empty name. */
const FORMER_HOLDERS = "";

export interface LedgerRow {
  readonly savedAtMs: number;
  readonly outstanding: number;
  /** In any unit of time that its meter has. */
  readonly meter:
    | { readonly type: "bucket"; readonly limit: number; readonly level: number; readonly atMs: number }
    | {
        readonly type: "slices";
        readonly sliceMs: number;
        readonly newest: number;
        /** Oldest first, SLICES + 1 of them. */
        readonly counts: readonly number[];
      }
    | { readonly type: "period"; readonly period: "day" | "month"; readonly endMs: number; readonly used: number };
}

/** The row of a ledger, and when it can be deleted: nothing in it counts then. */
export function toRow(ledger: Ledger, leaseMs: number, nowMs: number): { row: LedgerRow; endsAtMs: number } {
  const { meter, outstanding } = ledger;
  const endsAtMs = nowMs + fullMsOf(meter, outstanding, nowMs) + 2 * leaseMs;
  return { row: { savedAtMs: nowMs, outstanding, meter: meterRow(meter) }, endsAtMs };
}

function meterRow(meter: Meter): LedgerRow["meter"] {
  switch (meter.type) {
    case "bucket": {
      const { type, limit, level, atMs } = meter;
      return { type, limit, level, atMs };
    }
    case "slices": {
      const { type, sliceMs, newest, counts } = meter;
      const ordered = Array.from({ length: SLICES + 1 }, (_, i) => counts[(newest - SLICES + i) % (SLICES + 1)]!);
      return { type, sliceMs, newest, counts: ordered };
    }
    case "period": {
      const { type, period, endMs, used } = meter;
      return { type, period, endMs, used };
    }
  }
}

/**
 * The ledger of a row under the counting in force. What was used under another one counts as used now.
 *
 * - `value`: of a row, not checked. Null when it makes no sense.
 * - `leasesEndAtMs`: how long after `savedAtMs` the last lease that the row does not know of may last.
 *
 * Never throws.
 */
export function fromRow(value: unknown, counting: LeasableCounting, leasesEndMs: number, nowMs: number): Ledger | null {
  if (!isRow(value)) return null;
  const ledger = createLedger(meterOf(value, counting, nowMs));
  const expiresAtMs = value.savedAtMs + leasesEndMs;
  if (value.outstanding <= 0) return ledger;
  if (expiresAtMs <= nowMs) {
    charge(ledger.meter, value.outstanding, expiresAtMs, nowMs);
    return ledger;
  }
  ledger.outstanding = value.outstanding;
  ledger.nextExpiryMs = expiresAtMs;
  const former = { id: 0, granted: value.outstanding, used: 0, returned: 0, heardAtMs: nowMs, expiresAtMs };
  ledger.sessions.set(FORMER_HOLDERS, former);
  return ledger;
}

function meterOf({ meter: row, savedAtMs }: LedgerRow, counting: LeasableCounting, nowMs: number): Meter {
  const meter = createMeter(counting, Math.min(savedAtMs, nowMs));
  if (row.type === "slices" && meter.type === "slices" && row.sliceMs === meter.sliceMs) {
    for (let i = 0; i <= SLICES; i++) {
      charge(meter, row.counts[i]!, (row.newest - SLICES + i + 0.5) * row.sliceMs, nowMs);
    }
  } else if (row.type === "bucket" && meter.type === "bucket") {
    meter.level = meter.limit - (row.limit - row.level);
    meter.atMs = Math.min(row.atMs, nowMs);
  } else if (row.type === "period" && meter.type === "period" && row.period === meter.period) {
    if (row.endMs === meter.endMs) charge(meter, row.used, savedAtMs, nowMs);
  } else {
    charge(meter, usedIn(row), nowMs);
  }
  capacityOf(meter, nowMs);
  return meter;
}

function usedIn(row: LedgerRow["meter"]): number {
  switch (row.type) {
    case "bucket":
      return Math.max(0, row.limit - row.level);
    case "slices":
      return row.counts.reduce((sum, count) => sum + count, 0);
    case "period":
      return row.used;
  }
}

function isRow(value: unknown): value is LedgerRow {
  if (typeof value !== "object" || value === null) return false;
  const { savedAtMs, outstanding, meter } = value as Record<string, unknown>;
  if (!isNumber(savedAtMs) || !isNumber(outstanding) || typeof meter !== "object" || meter === null) return false;
  const fields = meter as Record<string, unknown>;
  switch (fields.type) {
    case "bucket":
      return isNumber(fields.limit) && isNumber(fields.level) && isNumber(fields.atMs);
    case "slices":
      return (
        isNumber(fields.sliceMs) &&
        isNumber(fields.newest) &&
        Array.isArray(fields.counts) &&
        fields.counts.length === SLICES + 1 &&
        fields.counts.every(isNumber)
      );
    case "period":
      return (fields.period === "day" || fields.period === "month") && isNumber(fields.endMs) && isNumber(fields.used);
    default:
      return false;
  }
}

function isNumber(value: unknown): value is number {
  return typeof value === "number" && Number.isFinite(value);
}
