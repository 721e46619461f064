/**
 * The sealed rows of an object: each text bound to its table and key, sealed anew when the storage key is replaced, and said
 * aloud where it cannot be opened. Everything is synchronous, so that stores stay as atomic as they are without a key.
 */
import { openRowVault, type RowVault } from "./row-vault.ts";

export interface SealedTable {
  readonly name: string;
  /** Columns that tell a row from all others. */
  readonly keys: readonly string[];
  /** What its texts are: each has a key of its own. */
  readonly purpose: string;
  /** Rows of other versions are left alone. */
  readonly version: number;
  /** In SQL: which rows are sealed. Absent: all. */
  readonly where?: string;
}

/** The platform's SqlStorage, as far as it is used. */
export interface SqlRows {
  exec<T extends Record<string, string | number | null>>(
    query: string,
    ...bindings: (string | number)[]
  ): { toArray(): T[] };
}

export type RowKey = readonly (string | number)[];

/** Rows that HEDDLE_STORAGE_KEY opens no more; they stay where they are. */
export interface UnopenedRows {
  readonly rows: number;
  /** Why the first of them is not opened; "" while there is none. */
  readonly detail: string;
}

/** Counted one by one up to here. */
const MAX_COUNTED = 10_000;

export class RowSeal {
  readonly #sql: SqlRows;
  readonly #vault: RowVault;
  readonly #object: string;
  readonly #tables: readonly SealedTable[];
  /** Rows by place. */
  readonly #unopened = new Set<string>();
  #detail = "";
  /** Where sealing anew stands. Once in a life: a key comes with a deployment, and that begins a life. */
  #table = 0;
  #after: RowKey | null = null;

  /** - `object`: for the log. - `tables`: those that are sealed, each with a column `data`. */
  constructor(sql: SqlRows, secret: string | undefined, object: string, tables: readonly SealedTable[]) {
    this.#sql = sql;
    this.#vault = openRowVault(secret);
    this.#object = object;
    this.#tables = tables;
    if (!this.#vault.isLocked) this.#table = tables.length;
  }

  /** Whether texts are encrypted when they are written. */
  get isLocked(): boolean {
    return this.#vault.isLocked;
  }

  /** Whether rows may still be stored otherwise than they would be now. */
  get isResealing(): boolean {
    return this.#table < this.#tables.length;
  }

  get unopened(): UnopenedRows {
    return { rows: this.#unopened.size, detail: this.#detail };
  }

  /** As it is to be stored. */
  seal({ purpose }: SealedTable, key: RowKey, text: string): string {
    return this.#vault.seal({ purpose, row: JSON.stringify(key) }, text);
  }

  /** What was stored; null for what cannot be opened, which is counted and logged. */
  open({ purpose }: SealedTable, key: RowKey, stored: string): string | null {
    const row = JSON.stringify(key);
    const opened = this.#vault.open({ purpose, row }, stored);
    if (opened.ok) return opened.text;
    if (this.#unopened.size === 0) {
      this.#detail = opened.detail;
      const event = { event: "stored_row_unreadable", object: this.#object, purpose, row, detail: opened.detail };
      console.error(JSON.stringify(event));
    }
    if (this.#unopened.size < MAX_COUNTED) this.#unopened.add(purpose + row);
    return null;
  }

  /** Whether a text is stored as it would be now. */
  isCurrent(stored: string): boolean {
    return stored.startsWith(this.#vault.currentMark);
  }

  /** Seals rows anew that are stored otherwise, `limit` at most; those that cannot be opened stay. Whether there may be more. */
  reseal(limit: number): boolean {
    let left = limit;
    while (left > 0 && this.isResealing) {
      const table = this.#tables[this.#table]!;
      const rows = this.#otherwise(table, left);
      for (const { key, data } of rows) {
        const text = this.open(table, key, data);
        if (text !== null) this.#replace(table, key, data, this.seal(table, key, text));
      }
      if (rows.length < left) {
        this.#table += 1;
        this.#after = null;
      } else {
        this.#after = rows.at(-1)!.key;
      }
      left -= rows.length;
    }
    return this.isResealing;
  }

  #otherwise({ name, keys, version, where = "TRUE" }: SealedTable, limit: number) {
    if (this.#sql.exec("SELECT 1 FROM sqlite_master WHERE type = 'table' AND name = ?", name).toArray().length === 0)
      return [];
    const columns = keys.join(", ");
    const mark = this.#vault.currentMark;
    const after = this.#after === null ? "TRUE" : `(${columns}) > (${keys.map(() => "?").join(", ")})`;
    return this.#sql
      .exec<Record<string, string | number> & { data: string }>(
        `SELECT ${columns}, data FROM ${name} WHERE version = ? AND (${where}) AND substr(data, 1, ?) <> ? AND ${after}
         ORDER BY ${columns} LIMIT ?`,
        version,
        mark.length,
        mark,
        ...(this.#after ?? []),
        limit,
      )
      .toArray()
      .map((row) => ({ key: keys.map((column) => row[column]!), data: row.data }));
  }

  #replace({ name, keys }: SealedTable, key: RowKey, before: string, data: string): void {
    const is = keys.map((column) => `${column} = ?`).join(" AND ");
    this.#sql.exec(`UPDATE ${name} SET data = ? WHERE ${is} AND data = ?`, data, ...key, before);
  }
}
