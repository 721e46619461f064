/** The tables of a monitor. Everything is synchronous SQL; README.md has the schema. */
import type { Directive } from "../../src/core/monitor/directives.ts";
import type { RolloutWord } from "../../src/core/rollout/word.ts";
import {
  decodeDirective,
  decodeMeta,
  decodeWord,
  encodeDirective,
  encodeMeta,
  type MetaRow,
  ROWS_VERSION,
} from "./rows.ts";

/** What was found in storage. `refused`: rows of a version this code does not know, as "table/key". */
export interface Stored {
  readonly meta: MetaRow | null;
  readonly endpoints: ReadonlyMap<string, string>;
  readonly directives: ReadonlyMap<string, Directive>;
  readonly words: readonly RolloutWord[];
  readonly refused: ReadonlySet<string>;
}

type Table = "meta" | "endpoint" | "directive" | "rollout";
type Row = { key: string; version: number; data: string };

const TABLES: readonly Table[] = ["meta", "endpoint", "directive", "rollout"];
/** The only row of `meta`. */
const META_KEY = "monitor";

/** Reads everything. An object that never flushed has no tables and reads as empty; nothing is written. */
export function readStored(sql: SqlStorage): Stored {
  const refused = new Set<string>();
  const rows = (table: Table): Row[] =>
    sql
      .exec<Row>(`SELECT key, version, data FROM ${table}`)
      .toArray()
      .filter(({ key, version }) => version === ROWS_VERSION || !refused.add(`${table}/${key}`));
  if (!hasTable(sql, "endpoint"))
    return { meta: null, endpoints: new Map(), directives: new Map(), words: [], refused };
  const meta = rows("meta").find(({ key }) => key === META_KEY);
  const directives = new Map<string, Directive>();
  for (const { key, data } of rows("directive")) {
    const directive = decodeDirective(data);
    if (directive !== null) directives.set(key, directive);
  }
  return {
    meta: meta === undefined ? null : decodeMeta(meta.data),
    endpoints: new Map(rows("endpoint").map(({ key, data }) => [key, data])),
    directives,
    // Objects of before have no such table until their next write.
    words: hasTable(sql, "rollout") ? rows("rollout").flatMap(({ data }) => decodeWord(data) ?? []) : [],
    refused,
  };
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

/** Writes or, for null, deletes an operator's word. */
export function writeDirective(storage: DurableObjectStorage, id: string, directive: Directive | null): void {
  storage.transactionSync(() => {
    createTables(storage.sql);
    if (directive === null) drop(storage.sql, "directive", id);
    else put(storage.sql, "directive", id, encodeDirective(directive));
  });
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
