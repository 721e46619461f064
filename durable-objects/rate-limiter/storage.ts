/** The table of a rate limiter: a row for each key of which something is used. Everything is synchronous SQL. */

/** Version of all rows. */
const ROWS_VERSION = 1;

/** What was stored of a key; undefined for nothing, for another version, and for what is no JSON. Writes nothing. */
export function readUsage(sql: SqlStorage, key: string): unknown {
  const [row] = sql
    .exec<{ version: number; data: string }>("SELECT version, data FROM usage WHERE key = ?", key)
    .toArray();
  if (row?.version !== ROWS_VERSION) return undefined;
  try {
    return JSON.parse(row.data);
  } catch {
    return undefined;
  }
}

/** Durable before any answer leaves the object. A row of a later version is not overwritten. One row written. */
export function writeUsage(sql: SqlStorage, key: string, row: unknown, endsAtMs: number): void {
  sql.exec(
    `INSERT INTO usage (key, version, ends_at_ms, data) VALUES (?1, ?2, ?3, ?4)
     ON CONFLICT (key) DO UPDATE SET version = ?2, ends_at_ms = ?3, data = ?4 WHERE version <= ?2`,
    key,
    ROWS_VERSION,
    endsAtMs,
    JSON.stringify(row),
  );
}

/** The same for a row that is there; false when it is not, or of a later version. One row written at most. */
export function updateUsage(sql: SqlStorage, key: string, row: unknown, endsAtMs: number): boolean {
  const update = "UPDATE usage SET version = ?2, ends_at_ms = ?3, data = ?4 WHERE key = ?1 AND version <= ?2";
  return sql.exec(update, key, ROWS_VERSION, endsAtMs, JSON.stringify(row)).rowsWritten > 0;
}

/** Deletes rows in which nothing counts any more; how many are left. Reads all rows. */
export function sweep(sql: SqlStorage, nowMs: number): number {
  sql.exec("DELETE FROM usage WHERE ends_at_ms < ?", nowMs);
  return countRows(sql);
}

/** Reads all rows. */
export function countRows(sql: SqlStorage): number {
  return sql.exec<{ rows: number }>("SELECT count(*) AS rows FROM usage").one().rows;
}

export function hasTable(sql: SqlStorage): boolean {
  return sql.exec("SELECT 1 FROM sqlite_master WHERE type = 'table' AND name = 'usage'").toArray().length > 0;
}

export function createTable(sql: SqlStorage): void {
  sql.exec(
    `CREATE TABLE IF NOT EXISTS usage
     (key TEXT PRIMARY KEY, version INTEGER NOT NULL, ends_at_ms INTEGER NOT NULL, data TEXT NOT NULL) WITHOUT ROWID`,
  );
}
