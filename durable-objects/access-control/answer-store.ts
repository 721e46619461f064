/** Answers to requests with an idempotency key, so that a request sent twice happens once. */
import type { Place, Vault } from "../../src/security/at-rest/vault.ts";
import { decodeAnswer, ROWS_VERSION, type StoredAnswer } from "./rows.ts";

const KEEP_MS = 24 * 3_600_000;
/** A request without an answer after this long has died. The longest that the API works on anything is well below it. */
const CLAIM_MS = 60_000;
/** Keys at once; the oldest answers go first. */
const MAX_KEYS = 10_000;
/** Longest answer that is kept, characters of JSON. */
export const MAX_ANSWER_LENGTH = 262_144;
/** Forgetting is one statement; not with each request. */
const SWEEP_EVERY = 100;

export type Claim =
  /** Go on; then `keep` or `abandon`. */
  | { readonly state: "new" }
  | { readonly state: "answered"; readonly answer: StoredAnswer }
  /** The same key is being worked on. */
  | { readonly state: "busy" }
  /** The key was used for another request. */
  | { readonly state: "other" };

export class AnswerStore {
  readonly #sql: SqlStorage;
  readonly #vault: Vault;
  #claims = 0;

  constructor(sql: SqlStorage, vault: Vault) {
    this.#sql = sql;
    this.#vault = vault;
    sql.exec(`CREATE TABLE IF NOT EXISTS answer (key TEXT PRIMARY KEY, version INTEGER NOT NULL, at_ms INTEGER NOT NULL,
      fingerprint TEXT NOT NULL, data TEXT) WITHOUT ROWID`);
    sql.exec("CREATE INDEX IF NOT EXISTS answer_at ON answer (at_ms)");
  }

  /** What is claimed is claimed before anything is waited for. */
  async claim(key: string, fingerprint: string, nowMs: number): Promise<Claim> {
    if (this.#claims++ % SWEEP_EVERY === 0) this.#sweep(nowMs);
    const row = this.#sql
      .exec<{ version: number; at_ms: number; fingerprint: string; data: string | null }>(
        "SELECT version, at_ms, fingerprint, data FROM answer WHERE key = ?",
        key,
      )
      .toArray()[0];
    if (row !== undefined && nowMs < row.at_ms + (row.data === null ? CLAIM_MS : KEEP_MS)) {
      if (row.version !== ROWS_VERSION) return { state: "busy" };
      if (row.fingerprint !== fingerprint) return { state: "other" };
      if (row.data === null) return { state: "busy" };
      const opened = await this.#vault.open(placeOf(key), row.data);
      const answer = opened.ok ? decodeAnswer(opened.text) : null;
      return answer === null ? { state: "busy" } : { state: "answered", answer };
    }
    this.#sql.exec("INSERT OR REPLACE INTO answer VALUES (?, ?, ?, ?, NULL)", key, ROWS_VERSION, nowMs, fingerprint);
    return { state: "new" };
  }

  /** Keeps the answer of a claim that is still there. */
  async keep(key: string, fingerprint: string, answer: StoredAnswer): Promise<void> {
    this.#sql.exec(
      "UPDATE answer SET data = ? WHERE key = ? AND fingerprint = ? AND data IS NULL",
      await this.#vault.seal(placeOf(key), JSON.stringify(answer)),
      key,
      fingerprint,
    );
  }

  /** Gives the key free: nothing was changed. */
  abandon(key: string, fingerprint: string): void {
    this.#sql.exec("DELETE FROM answer WHERE key = ? AND fingerprint = ? AND data IS NULL", key, fingerprint);
  }

  #sweep(nowMs: number): void {
    this.#sql.exec("DELETE FROM answer WHERE at_ms < ?", nowMs - KEEP_MS);
    this.#sql.exec(
      "DELETE FROM answer WHERE key IN (SELECT key FROM answer ORDER BY at_ms DESC LIMIT -1 OFFSET ?)",
      MAX_KEYS,
    );
  }
}

function placeOf(key: string): Place {
  return { purpose: "answer", row: key };
}
