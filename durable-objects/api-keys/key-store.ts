/** Keys: in memory for answers, in rows for ever. The revision rises in the same write as what it counts. */
import { MAX_ISSUED_KEYS } from "../../src/core/issued-keys.ts";
import type { UnopenedRows } from "../../src/security/at-rest/row-seal.ts";
import type { Place, Vault } from "../../src/security/at-rest/vault.ts";
import { decodeKey, endOf, type KeyRow, ROWS_VERSION } from "./key.ts";

/** What is no longer good is listed for so long, then forgotten; sooner where others need its place. */
const KEEP_DEAD_MS = 30 * 86_400_000;
/** Dead ones beside those in force. */
const MAX_DEAD = 2_000;

/** Of the vault. */
const PURPOSE = "api-key";

export class KeyStore {
  readonly #storage: DurableObjectStorage;
  readonly #vault: Vault;
  readonly #keys = new Map<string, KeyRow>();
  #revision: number;
  #unopened: UnopenedRows = { rows: 0, detail: "" };

  /** Knows nothing of the keys before `load` has ended. */
  constructor(storage: DurableObjectStorage, vault: Vault) {
    this.#storage = storage;
    this.#vault = vault;
    const { sql } = storage;
    sql.exec(
      "CREATE TABLE IF NOT EXISTS api_key (id TEXT PRIMARY KEY, version INTEGER NOT NULL, data TEXT NOT NULL) WITHOUT ROWID",
    );
    sql.exec("CREATE TABLE IF NOT EXISTS head (one INTEGER PRIMARY KEY CHECK (one = 1), revision INTEGER NOT NULL)");
    this.#revision = sql.exec<{ revision: number }>("SELECT revision FROM head").toArray()[0]?.revision ?? 0;
  }

  /** Reads the keys. One that cannot be opened is not in force: under which name it would be let in is not known. */
  async load(): Promise<void> {
    for (const { id, data } of this.#rows()) {
      const opened = await this.#vault.open(placeOf(id), data);
      const key = opened.ok ? decodeKey(opened.text) : null;
      if (key !== null) this.#keys.set(key.id, key);
      if (opened.ok) continue;
      if (this.#unopened.rows === 0) {
        const event = { event: "stored_row_unreadable", object: "ApiKeys", purpose: PURPOSE, row: id };
        console.error(JSON.stringify({ ...event, detail: opened.detail }));
      }
      this.#unopened = { rows: this.#unopened.rows + 1, detail: opened.detail };
    }
  }

  /** Seals what is stored under former keys, or none, under the present one. What cannot be opened stays as it is. */
  async reseal(): Promise<void> {
    const mark = await this.#vault.currentMark();
    for (const { id, data } of this.#rows()) {
      if (data.startsWith(mark)) continue;
      const opened = await this.#vault.open(placeOf(id), data);
      if (!opened.ok) continue;
      const sealed = await this.#vault.seal(placeOf(id), opened.text);
      this.#storage.sql.exec("UPDATE api_key SET data = ? WHERE id = ? AND data = ?", sealed, id, data);
    }
  }

  #rows(): readonly { id: string; data: string }[] {
    const { sql } = this.#storage;
    return sql
      .exec<{ id: string; data: string }>("SELECT id, data FROM api_key WHERE version = ?", ROWS_VERSION)
      .toArray();
  }

  /** Rows that HEDDLE_STORAGE_KEY opens no more. */
  get unopened(): UnopenedRows {
    return this.#unopened;
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

  async put(key: KeyRow): Promise<void> {
    const data = await this.#vault.seal(placeOf(key.id), JSON.stringify(key));
    this.#storage.transactionSync(() => {
      const { sql } = this.#storage;
      sql.exec(
        `INSERT INTO api_key VALUES (?1, ?2, ?3) ON CONFLICT (id) DO UPDATE SET version = ?2, data = ?3 WHERE version <= ?2`,
        key.id,
        ROWS_VERSION,
        data,
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

function placeOf(id: string): Place {
  return { purpose: PURPOSE, row: id };
}
