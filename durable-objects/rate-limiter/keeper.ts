/**
 * Keeps ledgers of long windows in SQLite: at once when more has been lent than may be forgotten, else within five seconds,
 * on a timer: an object that loses its memory for want of calls has written everything by then. In a flood later, and of keys
 * for which there is no room nothing: row-budget.ts.
 */
import type { Ledger } from "../../src/core/rate-limit/lease/ledger.ts";
import type { LedgerStore, Limiter } from "../../src/core/rate-limit/lease/limiter.ts";
import { capacityOf } from "../../src/core/rate-limit/lease/meter.ts";
import { fromRow, toRow } from "../../src/core/rate-limit/lease/row.ts";
import { createRowBudget, isFull, type RowBudget, takeRow } from "./row-budget.ts";
import { countRows, createTable, hasTable, readUsage, sweep, updateUsage, writeUsage } from "./storage.ts";

/** From a change to its row, unless it was written at once. */
export const FLUSH_MS = 5_000;
/** Beyond so many changed keys at once, a flood, those of which little is used are not written. */
const MAX_FLUSHED = 1_000;
/** Between two looks for rows that count no more. */
const SWEEP_MS = 3_600_000;
/** The same while there is no room for more rows. */
const SWEEP_FULL_MS = 300_000;

export class UsageKeeper implements LedgerStore {
  readonly #storage: DurableObjectStorage;
  readonly #limiter: () => Limiter;
  readonly #dirty = new Map<string, Ledger>();
  #hasTable: boolean;
  #isTimed = false;
  #isSwept = false;
  #sweptAtMs = 0;
  readonly #budget: RowBudget;

  constructor(storage: DurableObjectStorage, limiter: () => Limiter) {
    this.#storage = storage;
    this.#limiter = limiter;
    this.#hasTable = hasTable(storage.sql);
    this.#budget = createRowBudget(this.#hasTable ? countRows(storage.sql) : 0, Date.now());
  }

  /** How many rows there are. */
  get rows(): number {
    return this.#budget.rows;
  }

  load(key: string, nowMs: number): Ledger | null {
    if (!this.#hasTable) return null;
    const { counting, terms } = this.#limiter();
    if (!terms.isDurable) return null;
    const ledger = fromRow(readUsage(this.#storage.sql, key), counting, FLUSH_MS + this.#leaseMs(), nowMs);
    if (ledger !== null) ledger.isStored = true;
    return ledger;
  }

  onCrowdedOut(key: string, ledger: Ledger): boolean {
    if (!ledger.isDirty) return ledger.isStored;
    this.#dirty.delete(key);
    if (!this.#limiter().terms.isDurable || !this.#isWorthARow(ledger, Date.now())) return false;
    return this.#write(key, ledger, Date.now());
  }

  /** After a call about these keys, before its answer. */
  onAnswered(keys: readonly string[], nowMs: number): void {
    const limiter = this.#limiter();
    if (!limiter.terms.isDurable) return;
    for (const key of keys) {
      const ledger = limiter.keys.get(key);
      if (ledger === undefined || !ledger.isDirty) continue;
      if (ledger.unsaved > limiter.terms.slack && this.#write(key, ledger, nowMs)) this.#dirty.delete(key);
      else this.#dirty.set(key, ledger);
    }
    this.#flushLater();
  }

  #flushLater(): void {
    if (this.#dirty.size === 0 || this.#isTimed) return;
    this.#isTimed = true;
    setTimeout(() => this.flush(Date.now()), FLUSH_MS);
  }

  /** Writes what has changed, as far as it may; the rest later, if there is room for it at all. Linear in the changed keys. */
  flush(nowMs: number): void {
    this.#isTimed = false;
    const isFlood = this.#dirty.size > MAX_FLUSHED;
    this.#storage.transactionSync(() => {
      for (const [key, ledger] of this.#dirty) {
        const isLater = (!isFlood || this.#isWorthARow(ledger, nowMs)) && !this.#write(key, ledger, nowMs);
        if (!isLater || (!ledger.isStored && isFull(this.#budget))) this.#dirty.delete(key);
      }
    });
    this.#flushLater();
  }

  /** Deletes rows that count no more; when to look again, null: there are none left. */
  sweep(nowMs: number): number | null {
    if (this.#hasTable) this.#budget.rows = sweep(this.#storage.sql, nowMs);
    this.#sweptAtMs = nowMs;
    this.#isSwept = this.#budget.rows > 0;
    return this.#isSwept ? nowMs + SWEEP_MS : null;
  }

  /** What is used of it is more than a crash may forget anyway. */
  #isWorthARow({ meter, outstanding }: Ledger, nowMs: number): boolean {
    return meter.limit - capacityOf(meter, nowMs) + outstanding > this.#limiter().terms.slack;
  }

  /** Whether it was written. */
  #write(key: string, ledger: Ledger, nowMs: number): boolean {
    const { sql } = this.#storage;
    if (isFull(this.#budget) && nowMs - this.#sweptAtMs >= SWEEP_FULL_MS) this.sweep(nowMs);
    if (!takeRow(this.#budget, !ledger.isStored, nowMs)) return false;
    if (!this.#hasTable) createTable(sql);
    this.#hasTable = true;
    const { row, endsAtMs } = toRow(ledger, FLUSH_MS + this.#leaseMs(), nowMs);
    if (!ledger.isStored) writeUsage(sql, key, row, endsAtMs);
    else if (!updateUsage(sql, key, row, endsAtMs)) {
      // It was swept: nothing in it counted any more.
      ledger.isStored = false;
      return this.#write(key, ledger, nowMs);
    }
    ledger.isStored = true;
    ledger.unsaved = 0;
    ledger.isDirty = false;
    if (!this.#isSwept) {
      this.#isSwept = true;
      void this.#storage.setAlarm(nowMs + SWEEP_MS);
    }
    return true;
  }

  /** The longest that a lease may last: the pace may have grown it. */
  #leaseMs(): number {
    const { terms, paceMs } = this.#limiter();
    return Math.max(terms.leaseMs, 3 * paceMs);
  }
}
