/** Tokens: in memory for checks, in rows for ever. */
import type { RowSeal, SealedTable } from "../../src/security/at-rest/row-seal.ts";
import { decodeToken, ROWS_VERSION, type TokenRow } from "./rows.ts";
import type { Token } from "./token.ts";

/** Tokens kept, revoked and expired ones included. */
export const MAX_TOKENS = 1_000;
/** What is no longer valid is listed for so long, then forgotten. */
const KEEP_DEAD_MS = 30 * 86_400_000;

/** The id is what tokens are found by, and stays plain. */
export const SEALED_TOKENS: SealedTable = { name: "token", keys: ["id"], purpose: "token", version: ROWS_VERSION };

export class TokenStore {
  readonly #sql: SqlStorage;
  readonly #seal: RowSeal;
  readonly #tokens = new Map<string, TokenRow>();

  constructor(sql: SqlStorage, seal: RowSeal) {
    this.#sql = sql;
    this.#seal = seal;
    sql.exec(
      "CREATE TABLE IF NOT EXISTS token (id TEXT PRIMARY KEY, version INTEGER NOT NULL, data TEXT NOT NULL) WITHOUT ROWID",
    );
    const rows = sql
      .exec<{ id: string; data: string }>("SELECT id, data FROM token WHERE version = ?", ROWS_VERSION)
      .toArray();
    for (const { id, data } of rows) {
      const text = seal.open(SEALED_TOKENS, [id], data);
      // A token that cannot be opened is none: whoever presents it is refused.
      const token = text === null ? null : decodeToken(text);
      if (token !== null) this.#tokens.set(token.id, token);
    }
  }

  get(id: string): TokenRow | undefined {
    return this.#tokens.get(id);
  }

  /** Latest first. */
  list(): readonly Token[] {
    return [...this.#tokens.values()]
      .sort((a, b) => b.createdAtMs - a.createdAtMs || (a.id < b.id ? -1 : 1))
      .map(({ secretHash: _, ...token }) => token);
  }

  put(token: TokenRow): void {
    this.#sql.exec(
      `INSERT INTO token VALUES (?1, ?2, ?3) ON CONFLICT (id) DO UPDATE SET version = ?2, data = ?3 WHERE version <= ?2`,
      token.id,
      ROWS_VERSION,
      this.#seal.seal(SEALED_TOKENS, [token.id], JSON.stringify(token)),
    );
    this.#tokens.set(token.id, token);
  }

  /** Forgets what has been invalid for long, and says whether one more fits. */
  hasRoom(nowMs: number): boolean {
    for (const { id, expiresAtMs, revokedAtMs } of [...this.#tokens.values()]) {
      if (nowMs < Math.min(expiresAtMs, revokedAtMs ?? Number.POSITIVE_INFINITY) + KEEP_DEAD_MS) continue;
      this.#tokens.delete(id);
      this.#sql.exec("DELETE FROM token WHERE id = ? AND version <= ?", id, ROWS_VERSION);
    }
    return this.#tokens.size < MAX_TOKENS;
  }
}
