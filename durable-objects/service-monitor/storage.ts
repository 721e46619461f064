/** The tables of a monitor. Everything is synchronous SQL; README.md has the schema. */
import type { MeshSlice } from "../../src/core/monitor/mesh-slice.ts";
import type { Override, OverrideSet } from "../../src/core/monitor/override.ts";
import type { RolloutWord } from "../../src/core/rollout/word.ts";
import {
  decodeDirective,
  decodeEndpoints,
  decodeMeta,
  decodeOverrides,
  decodeSlice,
  decodeWord,
  type EndpointsRow,
  encodeEndpoints,
  encodeMeta,
  encodeOverrides,
  encodeSlice,
  type MetaRow,
  ROWS_VERSION,
} from "./rows.ts";

/** What was found in storage. `refused`: rows of a version this code does not know, as "table/key". */
export interface Stored {
  readonly meta: MetaRow | null;
  readonly endpoints: ReadonlyMap<string, string>;
  readonly words: readonly RolloutWord[];
  /** What operators said here, and to the root as it was heard. Null: nothing. */
  readonly overrides: OverrideSet | null;
  readonly above: OverrideSet | null;
  readonly discovered: EndpointsRow | null;
  readonly slice: MeshSlice | null;
  /** Counts for metrics, as text; "" for none. */
  readonly series: string;
  readonly refused: ReadonlySet<string>;
}

/** `directive` is of before: it is read, and emptied by the first word that is written. */
type Table = "meta" | "endpoint" | "rollout" | "kept" | "series" | "directive";
type Row = { key: string; version: number; data: string };

const TABLES: readonly Table[] = ["meta", "endpoint", "rollout", "kept", "series"];
/** The only row of `meta`. */
const META_KEY = "monitor";
/** Largest text of a row, UTF-16 units: at most 3 bytes each, below the 2 MB that a row holds. */
export const MAX_ROW_LENGTH = 600_000;

/** Reads everything. An object that never wrote has no tables and reads as empty; nothing is written. */
export function readStored(sql: SqlStorage): Stored {
  const refused = new Set<string>();
  const rows = (table: Table): Row[] =>
    hasTable(sql, table)
      ? sql
          .exec<Row>(`SELECT key, version, data FROM ${table}`)
          .toArray()
          .filter(({ key, version }) => version === ROWS_VERSION || !refused.add(`${table}/${key}`))
      : [];
  const meta = rows("meta").find(({ key }) => key === META_KEY);
  const kept = new Map(rows("kept").map(({ key, data }) => [key, data]));
  const decoded = <T>(key: keyof KeptRows, decode: (text: string) => T | null): T | null => {
    const data = kept.get(key);
    return data === undefined ? null : decode(data);
  };
  return {
    meta: meta === undefined ? null : decodeMeta(meta.data),
    endpoints: new Map(rows("endpoint").map(({ key, data }) => [key, data])),
    words: rows("rollout").flatMap(({ data }) => decodeWord(data) ?? []),
    overrides: decoded("overrides", decodeOverrides) ?? ofDirectives(rows("directive")),
    above: decoded("root-overrides", decodeOverrides),
    discovered: decoded("endpoints", decodeEndpoints),
    slice: decoded("mesh", decodeSlice),
    series: rows("series")
      .sort((a, b) => Number(a.key) - Number(b.key))
      .map(({ data }) => data)
      .join(""),
    refused,
  };
}

function ofDirectives(rows: readonly Row[]): OverrideSet | null {
  const overrides: Override[] = rows.flatMap(({ key, data }) => decodeDirective(key, data) ?? []);
  return overrides.length === 0 ? null : { revision: Math.max(...overrides.map(({ atMs }) => atMs)), overrides };
}

function hasTable(sql: SqlStorage, table: Table): boolean {
  return sql.exec("SELECT 1 FROM sqlite_master WHERE type = 'table' AND name = ?", table).toArray().length > 0;
}

function createTables(sql: SqlStorage): void {
  for (const table of TABLES) {
    sql.exec(
      `CREATE TABLE IF NOT EXISTS ${table} (key TEXT PRIMARY KEY, version INTEGER NOT NULL, data TEXT NOT NULL) WITHOUT ROWID`,
    );
  }
}

/** Writes in one transaction. Rows of a version this code does not know are never overwritten or deleted. */
export function writeRows(
  storage: DurableObjectStorage,
  rows: {
    readonly meta: MetaRow;
    readonly endpoints: Iterable<readonly [id: string, data: string]>;
    /** Endpoints that are no more. */
    readonly gone: Iterable<string>;
  },
): void {
  storage.transactionSync(() => {
    createTables(storage.sql);
    put(storage.sql, "meta", META_KEY, encodeMeta(rows.meta));
    for (const [id, data] of rows.endpoints) put(storage.sql, "endpoint", id, data);
    for (const id of rows.gone) drop(storage.sql, "endpoint", id);
  });
}

/** What is told once and must not be lost. Null deletes. */
export interface KeptRows {
  readonly overrides: OverrideSet;
  readonly "root-overrides": OverrideSet;
  readonly endpoints: EndpointsRow | null;
  readonly mesh: MeshSlice;
}

/** Writes what was told, at once. */
export function keep<K extends keyof KeptRows>(storage: DurableObjectStorage, key: K, value: KeptRows[K]): void {
  storage.transactionSync(() => {
    createTables(storage.sql);
    if (value === null) drop(storage.sql, "kept", key);
    else put(storage.sql, "kept", key, encodeKept(key, value));
    // Words of before are in the set that was just written.
    if (key === "overrides" && hasTable(storage.sql, "directive")) {
      storage.sql.exec("DELETE FROM directive WHERE version <= ?", ROWS_VERSION);
    }
  });
}

function encodeKept(key: keyof KeptRows, value: NonNullable<KeptRows[keyof KeptRows]>): string {
  switch (key) {
    case "overrides":
    case "root-overrides":
      return encodeOverrides(value as OverrideSet);
    case "endpoints":
      return encodeEndpoints(value as EndpointsRow);
    case "mesh":
      return encodeSlice(value as MeshSlice);
  }
}

/** Writes the counts for metrics, in pieces that a row can hold. Returns how many. */
export function writeSeries(storage: DurableObjectStorage, text: string): number {
  const pieces = Math.max(1, Math.ceil(text.length / MAX_ROW_LENGTH));
  storage.transactionSync(() => {
    createTables(storage.sql);
    for (let i = 0; i < pieces; i++) {
      put(storage.sql, "series", String(i), text.slice(i * MAX_ROW_LENGTH, (i + 1) * MAX_ROW_LENGTH));
    }
    storage.sql.exec("DELETE FROM series WHERE CAST(key AS INTEGER) >= ?1 AND version <= ?2", pieces, ROWS_VERSION);
  });
  return pieces;
}

/** Writes the weights of rollouts. */
export function writeWords(storage: DurableObjectStorage, words: readonly RolloutWord[]): void {
  storage.transactionSync(() => {
    createTables(storage.sql);
    for (const word of words) put(storage.sql, "rollout", word.name, JSON.stringify(word));
  });
}

function put(sql: SqlStorage, table: Table, key: string, data: string): void {
  sql.exec(
    `INSERT INTO ${table} (key, version, data) VALUES (?1, ?2, ?3)
     ON CONFLICT (key) DO UPDATE SET version = ?2, data = ?3 WHERE version <= ?2`,
    key,
    ROWS_VERSION,
    data,
  );
}

function drop(sql: SqlStorage, table: Table, key: string): void {
  sql.exec(`DELETE FROM ${table} WHERE key = ?1 AND version <= ?2`, key, ROWS_VERSION);
}
