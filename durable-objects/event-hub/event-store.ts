/**
 * Events as rows, with a cursor for each source: events and the cursor past them are one transaction, so that an eviction
 * in between neither loses nor doubles any. Rows: `event` (what happened, by an id of its own), `cursor` (the number of the
 * last event that was taken from a source), `fact` (conditions that hold, as JSON).
 */
import type { RowSeal, SealedTable } from "../../src/security/at-rest/row-seal.ts";
import type { MeshEvent } from "../../src/telemetry/events/event.ts";

/** Rows of a later version are left alone, and not read. */
const ROWS_VERSION = 1;
/** Events kept of a service (and of the mesh), of all together, and for how long. */
const MAX_PER_SERVICE = 1_000;
const MAX_EVENTS = 50_000;
const MAX_AGE_MS = 30 * 86_400_000;
/** Trimmed once in so many new ones: it reads all rows. */
const TRIM_EVERY = 200;

/** What happened, and conditions that hold. Ids, times and services are columns by themselves, and stay plain. */
export const SEALED_EVENTS: SealedTable = { name: "event", keys: ["id"], purpose: "event", version: ROWS_VERSION };
export const SEALED_FACTS: SealedTable = { name: "fact", keys: ["key"], purpose: "fact", version: ROWS_VERSION };

export interface EventFilter {
  /** Null: all, and what is about none. */
  readonly services: readonly string[] | null;
  /** "" for all. */
  readonly type: string;
  readonly sinceMs: number;
  /** What came last on the page before. */
  readonly before: Position | null;
  readonly limit: number;
}

export interface Position {
  readonly atMs: number;
  readonly seq: number;
}

export interface EventPage {
  /** Newest first. */
  readonly events: readonly MeshEvent[];
  /** Null: that was all. */
  readonly next: Position | null;
  /** Events left out, since HEDDLE_STORAGE_KEY lacks their key. Absent: none. */
  readonly sealed?: number;
}

export class EventStore {
  readonly #storage: DurableObjectStorage;
  readonly #seal: RowSeal;
  #sinceTrim = 0;

  constructor(storage: DurableObjectStorage, seal: RowSeal) {
    this.#storage = storage;
    this.#seal = seal;
    storage.sql.exec(`CREATE TABLE IF NOT EXISTS event (seq INTEGER PRIMARY KEY AUTOINCREMENT, id TEXT NOT NULL UNIQUE,
      at_ms INTEGER NOT NULL, service TEXT NOT NULL, version INTEGER NOT NULL, data TEXT NOT NULL)`);
    storage.sql.exec("CREATE INDEX IF NOT EXISTS event_time ON event (at_ms, seq)");
    storage.sql.exec("CREATE TABLE IF NOT EXISTS cursor (source TEXT PRIMARY KEY, n INTEGER NOT NULL) WITHOUT ROWID");
    storage.sql.exec(`CREATE TABLE IF NOT EXISTS fact (key TEXT PRIMARY KEY, version INTEGER NOT NULL, data TEXT NOT NULL)
      WITHOUT ROWID`);
  }

  /** The number of the last event that was taken from a source; null: none ever was. */
  cursor(source: string): number | null {
    const row = this.#storage.sql.exec<{ n: number }>("SELECT n FROM cursor WHERE source = ?", source).toArray()[0];
    return row?.n ?? null;
  }

  /**
   * Keeps events that are not known, and moves the source's cursor. `more` is written in the same transaction. Gives those
   * that are new, in their order.
   */
  append(
    events: readonly MeshEvent[],
    cursor: { readonly source: string; readonly n: number } | null,
    more: (fresh: readonly MeshEvent[]) => void = () => {},
  ): readonly MeshEvent[] {
    const fresh: MeshEvent[] = [];
    this.#storage.transactionSync(() => {
      for (const event of events) if (this.#insert(event)) fresh.push(event);
      if (cursor !== null) {
        this.#storage.sql.exec(
          "INSERT INTO cursor (source, n) VALUES (?1, ?2) ON CONFLICT (source) DO UPDATE SET n = ?2 WHERE n < ?2",
          cursor.source,
          cursor.n,
        );
      }
      more(fresh);
    });
    this.#sinceTrim += fresh.length;
    if (this.#sinceTrim >= TRIM_EVERY) this.trim(Date.now());
    return fresh;
  }

  #insert({ id, atMs, service, ...rest }: MeshEvent): boolean {
    const { rowsWritten } = this.#storage.sql.exec(
      "INSERT OR IGNORE INTO event (id, at_ms, service, version, data) VALUES (?, ?, ?, ?, ?)",
      id,
      Math.floor(atMs),
      service ?? "",
      ROWS_VERSION,
      this.#seal.seal(SEALED_EVENTS, [id], JSON.stringify(rest)),
    );
    return rowsWritten > 0;
  }

  /** A number that no other event of the hub's own has. */
  nextNumber(): number {
    const { sql } = this.#storage;
    const row = sql
      .exec<{ n: number }>(
        "INSERT INTO cursor (source, n) VALUES ('hub', 1) ON CONFLICT (source) DO UPDATE SET n = n + 1 RETURNING n",
      )
      .one();
    return row.n;
  }

  /** Reads rows from the newest on, until the page is full. Those that cannot be opened are left out, and counted. */
  page({ services, type, sinceMs, before, limit }: EventFilter): EventPage {
    const wanted = services === null ? null : new Set(services);
    const rows = this.#storage.sql.exec<{ seq: number; id: string; at_ms: number; service: string; data: string }>(
      `SELECT seq, id, at_ms, service, data FROM event WHERE at_ms >= ?1 AND version = ?2
         AND (at_ms < ?3 OR (at_ms = ?3 AND seq < ?4)) ORDER BY at_ms DESC, seq DESC`,
      sinceMs,
      ROWS_VERSION,
      before?.atMs ?? Number.MAX_SAFE_INTEGER,
      before?.seq ?? Number.MAX_SAFE_INTEGER,
    );
    const events: MeshEvent[] = [];
    let last: Position | null = null;
    let sealed = 0;
    const pageOf = (next: Position | null): EventPage => ({ events, next, ...(sealed > 0 && { sealed }) });
    for (const { seq, id, at_ms: atMs, service, data } of rows) {
      if (wanted !== null && !wanted.has(service)) continue;
      const text = this.#seal.open(SEALED_EVENTS, [id], data);
      if (text === null) {
        sealed += 1;
        continue;
      }
      const rest = JSON.parse(text) as Omit<MeshEvent, "id" | "atMs" | "service">;
      if (type !== "" && rest.type !== type) continue;
      if (events.length === limit) return pageOf(last);
      events.push({ id, atMs, service: service === "" ? null : service, ...rest });
      last = { atMs, seq };
    }
    return pageOf(null);
  }

  /** What is known by name, of a kind: "condition/…". What cannot be opened is not known. */
  facts<T>(prefix: string): ReadonlyMap<string, T> {
    const rows = this.#storage.sql.exec<{ key: string; data: string }>(
      "SELECT key, data FROM fact WHERE key >= ?1 AND key < ?2 AND version = ?3",
      prefix,
      `${prefix}\uffff`,
      ROWS_VERSION,
    );
    return new Map(
      rows.toArray().flatMap(({ key, data }): [string, T][] => {
        const text = this.#seal.open(SEALED_FACTS, [key], data);
        return text === null ? [] : [[key.slice(prefix.length), JSON.parse(text) as T]];
      }),
    );
  }

  /** Null: it is forgotten. */
  setFact(key: string, value: unknown): void {
    const { sql } = this.#storage;
    if (value === null) sql.exec("DELETE FROM fact WHERE key = ? AND version = ?", key, ROWS_VERSION);
    else {
      sql.exec(
        "INSERT INTO fact (key, version, data) VALUES (?1, ?2, ?3) ON CONFLICT (key) DO UPDATE SET version = ?2, data = ?3 WHERE version <= ?2",
        key,
        ROWS_VERSION,
        this.#seal.seal(SEALED_FACTS, [key], JSON.stringify(value)),
      );
    }
  }

  /** Forgets what is too old, and too much. */
  trim(nowMs: number): void {
    this.#sinceTrim = 0;
    const { sql } = this.#storage;
    sql.exec("DELETE FROM event WHERE at_ms < ?", nowMs - MAX_AGE_MS);
    sql.exec(
      `DELETE FROM event WHERE seq IN (SELECT seq FROM
         (SELECT seq, row_number() OVER (PARTITION BY service ORDER BY at_ms DESC, seq DESC) AS n FROM event) WHERE n > ?)`,
      MAX_PER_SERVICE,
    );
    sql.exec(
      "DELETE FROM event WHERE seq IN (SELECT seq FROM event ORDER BY at_ms DESC, seq DESC LIMIT -1 OFFSET ?)",
      MAX_EVENTS,
    );
  }
}
