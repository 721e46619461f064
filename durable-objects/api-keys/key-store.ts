/** Keys: in memory for answers, in rows for ever. The revision rises in the same write as what it counts. */
import { MAX_ISSUED_KEYS } from "../../src/core/issued-keys.ts";
import { decodeKey, endOf, type KeyRow, ROWS_VERSION } from "./key.ts";

/** What is no longer good is listed for so long, then forgotten; sooner where others need its place. */
const KEEP_DEAD_MS = 30 * 86_400_000;
/** Dead ones beside those in force. */
const MAX_DEAD = 2_000;

export class KeyStore {
  readonly #storage: DurableObjectStorage;
  readonly #keys = new Map<string, KeyRow>();
  #revision: number;

  constructor(storage: DurableObjectStorage) {
    this.#storage = storage;
    const { sql } = storage;
    sql.exec(
      "CREATE TABLE IF NOT EXISTS api_key (id TEXT PRIMARY KEY, version INTEGER NOT NULL, data TEXT NOT NULL) WITHOUT ROWID",
    );
    sql.exec("CREATE TABLE IF NOT EXISTS head (one INTEGER PRIMARY KEY CHECK (one = 1), revision INTEGER NOT NULL)");
    const rows = sql.exec<{ data: string }>("SELECT data FROM api_key WHERE version = ?", ROWS_VERSION).toArray();
    for (const { data } of rows) {
      const key = decodeKey(data);
      if (key !== null) this.#keys.set(key.id, key);
    }
    this.#revision = sql.exec<{ revision: number }>("SELECT revision FROM head").toArray()[0]?.revision ?? 0;
  }

  get revision(): number {
    return this.#revision;
  }

  get(id: string): KeyRow | undefined {
    return this.#keys.get(id);
  }

  /** Latest first. */
  list(): readonly KeyRow[] {
    return [...this.#keys.values()].sort((a, b) => b.createdAtMs - a.createdAtMs || (a.id < b.id ? -1 : 1));
  }

  /** Those that may be used. */
  inForce(nowMs: number): readonly KeyRow[] {
    return [...this.#keys.values()].filter((key) => nowMs < endOf(key));
  }

  put(key: KeyRow): void {
    this.#storage.transactionSync(() => {
      const { sql } = this.#storage;
      sql.exec(
        `INSERT INTO api_key VALUES (?1, ?2, ?3) ON CONFLICT (id) DO UPDATE SET version = ?2, data = ?3 WHERE version <= ?2`,
        key.id,
        ROWS_VERSION,
        JSON.stringify(key),
      );
      sql.exec("INSERT OR REPLACE INTO head VALUES (1, ?)", this.#revision + 1);
    });
    this.#revision += 1;
    this.#keys.set(key.id, key);
  }

  /** Forgets what has been good for nothing for long, and says whether one more fits. */
  hasRoom(nowMs: number): boolean {
    const dead = [...this.#keys.values()].filter((key) => nowMs >= endOf(key)).sort((a, b) => endOf(b) - endOf(a));
    const kept = dead.slice(0, MAX_DEAD).filter((key) => nowMs < endOf(key) + KEEP_DEAD_MS).length;
    for (const { id } of dead.slice(kept)) {
      this.#keys.delete(id);
      this.#storage.sql.exec("DELETE FROM api_key WHERE id = ? AND version <= ?", id, ROWS_VERSION);
    }
    return this.#keys.size - kept < MAX_ISSUED_KEYS;
  }
}
