/** The tables of MeshConfig, and what an earlier version of this code has stored. README.md has the schema. */

/** Version of all rows. Rows of a later one are neither read nor overwritten. */
export const ROWS_VERSION = 2;
/** UTF-16 units per row: at most 3 bytes each, so below 1 MB. A row may hold 2 MB. */
const PIECE_LENGTH = 300_000;

/**
 * - `none`: nothing was ever stored, and there are no tables.
 * - `former`: one mesh, stored by rows of version 1.
 * - `later`: a later version of this code was here.
 */
export type StoreState = "none" | "former" | "ours" | "later";

/** Who wrote what is stored. Writes nothing. */
export function stateOf(sql: SqlStorage): StoreState {
  const tables = sql.exec("SELECT 1 FROM sqlite_master WHERE type = 'table' AND name = 'mesh_head'").toArray();
  if (tables.length === 0) return "none";
  const head = sql.exec<{ rows_version: number }>("SELECT rows_version FROM mesh_head").toArray()[0];
  if (head === undefined) return "none";
  if (head.rows_version === ROWS_VERSION) return "ours";
  return head.rows_version < ROWS_VERSION ? "former" : "later";
}

/**
 * Makes the tables that are missing. `mesh_head` is the one that version 1 had: it tells that version that a later one was
 * here.
 */
export function createTables(sql: SqlStorage): void {
  sql.exec(`CREATE TABLE IF NOT EXISTS mesh_head (
    one INTEGER PRIMARY KEY CHECK (one = 1), rows_version INTEGER NOT NULL, mesh_version TEXT NOT NULL,
    compiled_at_ms INTEGER NOT NULL, pieces INTEGER NOT NULL) WITHOUT ROWID`);
  sql.exec(`CREATE TABLE IF NOT EXISTS version (
    number INTEGER PRIMARY KEY, content INTEGER NOT NULL, digest TEXT NOT NULL, compiled_at_ms INTEGER NOT NULL,
    pinned INTEGER NOT NULL, data TEXT NOT NULL)`);
  sql.exec(`CREATE TABLE IF NOT EXISTS content (
    id INTEGER PRIMARY KEY, bytes INTEGER NOT NULL, stored INTEGER NOT NULL, source_format TEXT,
    mesh_pieces INTEGER NOT NULL, source_pieces INTEGER NOT NULL)`);
  sql.exec(`CREATE TABLE IF NOT EXISTS content_piece (
    id INTEGER PRIMARY KEY, content INTEGER NOT NULL, part TEXT NOT NULL, piece INTEGER NOT NULL, text TEXT NOT NULL,
    UNIQUE (content, part, piece))`);
  sql.exec(`CREATE TABLE IF NOT EXISTS subscriber (
    monitor TEXT PRIMARY KEY, heard_ms INTEGER NOT NULL, told_ms INTEGER NOT NULL) WITHOUT ROWID`);
  sql.exec(`CREATE TABLE IF NOT EXISTS refusal (
    digest TEXT NOT NULL, reporter TEXT NOT NULL, reason TEXT NOT NULL, at_ms INTEGER NOT NULL,
    PRIMARY KEY (digest, reporter)) WITHOUT ROWID`);
  sql.exec("CREATE TABLE IF NOT EXISTS guard_mark (monitor TEXT PRIMARY KEY, data TEXT NOT NULL) WITHOUT ROWID");
}

/** The text that rows of version 1 hold; null for none. */
export function formerText(sql: SqlStorage): string | null {
  const head = sql.exec<{ pieces: number }>("SELECT pieces FROM mesh_head").toArray()[0];
  const pieces = sql.exec<{ text: string }>("SELECT text FROM mesh_piece ORDER BY piece").toArray();
  if (head === undefined || pieces.length !== head.pieces) return null;
  return pieces.map(({ text }) => text).join("");
}

/** Rows of version 1 are gone, and `mesh_head` says so to code of that version. To be called in a transaction. */
export function dropFormer(sql: SqlStorage): void {
  sql.exec("DROP TABLE IF EXISTS mesh_piece");
  sql.exec("UPDATE mesh_head SET rows_version = ?", ROWS_VERSION);
}

/** The pieces of a text, in order; one empty piece for an empty text. */
export function cut(text: string): readonly string[] {
  const pieces: string[] = [];
  for (let at = 0; at < text.length || at === 0; ) {
    let end = Math.min(text.length, at + PIECE_LENGTH);
    // A pair of surrogates that is torn apart would not survive UTF-8.
    if (end < text.length && isHighSurrogate(text.charCodeAt(end - 1))) end -= 1;
    pieces.push(text.slice(at, end));
    at = Math.max(end, 1);
  }
  return pieces;
}

function isHighSurrogate(unit: number): boolean {
  return unit >= 0xd800 && unit <= 0xdbff;
}
