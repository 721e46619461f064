/**
 * Keeps ledgers of long windows in SQLite: at once when more has been lent than may be forgotten, else within five seconds,
 * on a timer: an object that loses its memory for want of calls has written everything by then.
 */
import type { Ledger } from "../../src/core/rate-limit/lease/ledger.ts";
import type { LedgerStore, Limiter } from "../../src/core/rate-limit/lease/limiter.ts";
import { capacityOf } from "../../src/core/rate-limit/lease/meter.ts";
import { fromRow, toRow } from "../../src/core/rate-limit/lease/row.ts";
import { createTable, hasTable, readUsage, sweep, writeUsage } from "./storage.ts";

/** From a change to its row, unless it was written at once. */
export const FLUSH_MS = 5_000;
/** Beyond so many changed keys at once, a flood, those of which little is used are not written. */
const MAX_FLUSHED = 1_000;
/** Between two looks for rows that count no more. */
const SWEEP_MS = 3_600_000;

export class UsageKeeper implements LedgerStore {
  readonly #storage: DurableObjectStorage;
  readonly #limiter: () => Limiter;
  readonly #dirty = new Map<string, Ledger>();
  #hasTable: boolean;
  #isTimed = false;
  #isSwept = false;

  constructor(storage: DurableObjectStorage, limiter: () => Limiter) {
    this.#storage = storage;
    this.#limiter = limiter;
    this.#hasTable = hasTable(storage.sql);
  }

  load(key: string, nowMs: number): Ledger | null {
    if (!this.#hasTable) return null;
    const { counting, terms } = this.#limiter();
    if (!terms.isDurable) return null;
    return fromRow(readUsage(this.#storage.sql, key), counting, FLUSH_MS + this.#leaseMs(), nowMs);
  }

  onCrowdedOut(key: string, ledger: Ledger): void {
    if (!ledger.isDirty) return;
    this.#dirty.delete(key);
    if (this.#isWorthARow(ledger, Date.now())) this.#write(key, ledger, Date.now());
  }

  /** After a call about these keys, before its answer. */
  onAnswered(keys: readonly string[], nowMs: number): void {
    const limiter = this.#limiter();
    if (!limiter.terms.isDurable) return;
    for (const key of keys) {
      const ledger = limiter.keys.get(key);
      if (ledger === undefined || !ledger.isDirty) continue;
      if (ledger.unsaved > limiter.terms.slack) {
        this.#write(key, ledger, nowMs);
        this.#dirty.delete(key);
      } else {
        this.#dirty.set(key, ledger);
      }
    }
    if (this.#dirty.size === 0 || this.#isTimed) return;
    this.#isTimed = true;
    setTimeout(() => this.flush(Date.now()), FLUSH_MS);
  }

  /** Writes what has changed. Linear in the changed keys. */
  flush(nowMs: number): void {
    this.#isTimed = false;
    const isFlood = this.#dirty.size > MAX_FLUSHED;
    this.#storage.transactionSync(() => {
      for (const [key, ledger] of this.#dirty) {
        if (!isFlood || this.#isWorthARow(ledger, nowMs)) this.#write(key, ledger, nowMs);
      }
    });
    this.#dirty.clear();
  }

  /** Deletes rows that count no more; when to look again, null: there are none left. */
  sweep(nowMs: number): number | null {
    this.#isSwept = this.#hasTable && sweep(this.#storage.sql, nowMs) > 0;
    return this.#isSwept ? nowMs + SWEEP_MS : null;
  }

  /** What is used of it is more than a crash may forget anyway. */
  #isWorthARow({ meter, outstanding }: Ledger, nowMs: number): boolean {
    return meter.limit - capacityOf(meter, nowMs) + outstanding > this.#limiter().terms.slack;
  }

  #write(key: string, ledger: Ledger, nowMs: number): void {
    const { sql } = this.#storage;
    if (!this.#hasTable) createTable(sql);
    this.#hasTable = true;
    const { row, endsAtMs } = toRow(ledger, FLUSH_MS + this.#leaseMs(), nowMs);
    writeUsage(sql, key, row, endsAtMs);
    ledger.unsaved = 0;
    ledger.isDirty = false;
    if (this.#isSwept) return;
    this.#isSwept = true;
    void this.#storage.setAlarm(nowMs + SWEEP_MS);
  }

  /** The longest that a lease may last: the pace may have grown it. */
  #leaseMs(): number {
    const { terms, paceMs } = this.#limiter();
    return Math.max(terms.leaseMs, 3 * paceMs);
  }
}
