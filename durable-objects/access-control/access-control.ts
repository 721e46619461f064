/**
 * Who may use the admin API, and what they did: tokens, failed attempts, answers by idempotency key, and the audit log. One
 * object, named ACCESS_CONTROL_NAME, that only the control plane talks to.
 */

import { DurableObject } from "cloudflare:workers";
import { RowSeal, type UnopenedRows } from "../../src/security/at-rest/row-seal.ts";
import { openVault, type Vault } from "../../src/security/at-rest/vault.ts";
import { isSameText } from "../../src/security/same-text.ts";
import { AnswerStore, type Claim, MAX_ANSWER_LENGTH } from "./answer-store.ts";
import type { AuditEntry, AuditEvent, AuditPage, AuditQuery } from "./audit.ts";
import { AuditStore } from "./audit-store.ts";
import { addressKey, FailureLimit } from "./failure-limit.ts";
import type { StoredAnswer, TokenRow } from "./rows.ts";
import { drawToken, formatToken, type Scope, sha256, type Token } from "./token.ts";
import { MAX_TOKENS, SEALED_TOKENS, TokenStore } from "./token-store.ts";

export const ACCESS_CONTROL_NAME = "access";

/** When a token was used last is written this often: a busy one costs a row an hour. */
const LAST_USED_EVERY_MS = 3_600_000;
/** No token has it. Compared with where an id is unknown, so that both take the same time. */
const NO_HASH = "0".repeat(64);

/** A token that was given, or `id: null` for something that is none. */
export interface Presented {
  readonly id: string | null;
  readonly secretHash: string;
  /** Where the caller is; "" unknown. */
  readonly address: string;
}

export type VerifyReply =
  | { readonly ok: true; readonly token: Token }
  /** Unknown, wrong, expired or revoked: callers learn no more than that. */
  | { readonly ok: false; readonly error: "refused" }
  | { readonly ok: false; readonly error: "limited"; readonly retryAfterMs: number };

export interface NewToken {
  readonly name: string;
  readonly scopes: readonly Scope[];
  readonly services: readonly string[] | null;
  readonly expiresAtMs: number;
  readonly createdBy: string;
}

export type CreateReply =
  | { readonly ok: true; readonly token: Token; readonly secret: string }
  | { readonly ok: false; readonly error: "too_many"; readonly detail: string };

/** Entries of the audit log that are sealed anew in one go, and the time to the next one. */
const RESEALED = 100;
const RESEAL_EVERY_MS = 1_000;

export interface AccessControlEnv {
  /** Keys of 32 characters or more, separated by commas; the first writes, all read. Absent: rows are plain text. */
  readonly HEDDLE_STORAGE_KEY?: string;
}

export class AccessControl extends DurableObject<AccessControlEnv> {
  readonly #tokens: TokenStore;
  readonly #answers: AnswerStore;
  readonly #audit: AuditStore;
  readonly #byAddress = new FailureLimit();
  readonly #byToken = new FailureLimit();

  readonly #vault: Vault;
  readonly #seal: RowSeal;
  /** Where sealing anew stands, by id of the audit log; null: all is as it should be. */
  #resealedTo: number | null = 0;

  constructor(ctx: DurableObjectState, env: AccessControlEnv) {
    super(ctx, env);
    const { sql } = ctx.storage;
    this.#vault = openVault(env.HEDDLE_STORAGE_KEY);
    this.#seal = new RowSeal(sql, env.HEDDLE_STORAGE_KEY, "AccessControl", [SEALED_TOKENS]);
    this.#tokens = new TokenStore(sql, this.#seal);
    this.#answers = new AnswerStore(sql, this.#vault);
    this.#audit = new AuditStore(sql, this.#vault);
    // Once a life: a key comes with a deployment, and a deployment starts the object anew.
    if (this.#vault.isLocked) void ctx.storage.setAlarm(Date.now() + RESEAL_EVERY_MS);
  }

  /** Seals what is stored under former keys, or none, under the present one. Answers end within a day by themselves. */
  override async alarm(): Promise<void> {
    if (this.#resealedTo === null || !this.#vault.isLocked) return;
    // There are few tokens: they are done at once.
    this.#seal.reseal(MAX_TOKENS * 2);
    this.#resealedTo = await this.#audit.reseal(this.#resealedTo, RESEALED);
    if (this.#resealedTo !== null) await this.ctx.storage.setAlarm(Date.now() + RESEAL_EVERY_MS);
  }

  /**
   * Whether a token is valid now. An address with too many failures is refused whatever it brings; a token with too many
   * is refused only while its secret is wrong, or anybody who knows its id could lock its owner out.
   */
  async verify({ id, secretHash, address }: Presented): Promise<VerifyReply> {
    const nowMs = Date.now();
    const client = addressKey(address);
    const refusedForMs = this.#byAddress.refusedForMs(client, nowMs);
    if (refusedForMs > 0) return { ok: false, error: "limited", retryAfterMs: refusedForMs };
    const stored = id === null ? undefined : this.#tokens.get(id);
    const isRight = isSameText(secretHash, stored?.secretHash ?? NO_HASH) && stored !== undefined;
    if (!isRight || stored.revokedAtMs !== null || nowMs >= stored.expiresAtMs) {
      this.#byAddress.onFailure(client, nowMs);
      const tokenRefusedForMs = id === null ? 0 : this.#byToken.refusedForMs(id, nowMs);
      if (id !== null) this.#byToken.onFailure(id, nowMs);
      return tokenRefusedForMs > 0
        ? { ok: false, error: "limited", retryAfterMs: tokenRefusedForMs }
        : { ok: false, error: "refused" };
    }
    if (nowMs - (stored.lastUsedAtMs ?? 0) >= LAST_USED_EVERY_MS) {
      this.#tokens.put({ ...stored, lastUsedAtMs: nowMs - (nowMs % LAST_USED_EVERY_MS) });
    }
    return { ok: true, token: publicPart(this.#tokens.get(stored.id)!) };
  }

  /** Makes a token. Its secret is in this answer and nowhere else. */
  async createToken({ name, scopes, services, expiresAtMs, createdBy }: NewToken): Promise<CreateReply> {
    const drawn = drawToken();
    const secretHash = await sha256(drawn.secret);
    const nowMs = Date.now();
    if (!this.#tokens.hasRoom(nowMs)) {
      return { ok: false, error: "too_many", detail: `there are ${MAX_TOKENS} tokens: revoke some` };
    }
    const row: TokenRow = {
      id: drawn.id,
      name,
      scopes,
      services,
      createdAtMs: nowMs,
      createdBy,
      expiresAtMs,
      revokedAtMs: null,
      lastUsedAtMs: null,
      secretHash,
    };
    this.#tokens.put(row);
    return { ok: true, token: publicPart(row), secret: formatToken(drawn) };
  }

  /** All tokens, latest first, without anything of their secrets. */
  async listTokens(): Promise<readonly Token[]> {
    return this.#tokens.list();
  }

  /** Ends a token; null when there is none. One that has ended stays as it is. */
  async revokeToken(id: string): Promise<{ readonly before: Token; readonly after: Token } | null> {
    const stored = this.#tokens.get(id);
    if (stored === undefined) return null;
    const next = stored.revokedAtMs === null ? { ...stored, revokedAtMs: Date.now() } : stored;
    if (next !== stored) this.#tokens.put(next);
    return { before: publicPart(stored), after: publicPart(next) };
  }

  /** Claims an idempotency key for a request. `key` says whose it is. */
  async claim(key: string, fingerprint: string): Promise<Claim> {
    return this.#answers.claim(key, fingerprint, Date.now());
  }

  /** Keeps what was answered. One that is too long is kept as the fact alone. */
  async keepAnswer(key: string, fingerprint: string, answer: StoredAnswer): Promise<void> {
    const isLong = answer.body.length > MAX_ANSWER_LENGTH;
    await this.#answers.keep(key, fingerprint, isLong ? { ...answer, headers: {}, body: "" } : answer);
  }

  async abandonClaim(key: string, fingerprint: string): Promise<void> {
    this.#answers.abandon(key, fingerprint);
  }

  /** Durable when answered. */
  async record(event: AuditEvent): Promise<AuditEntry> {
    return this.#audit.record(event, Date.now());
  }

  /** Tokens that HEDDLE_STORAGE_KEY opens no more. Entries of the audit log are counted as they are read. */
  async unopened(): Promise<UnopenedRows> {
    return this.#seal.unopened;
  }

  async readAudit(query: AuditQuery): Promise<AuditPage> {
    return this.#audit.read(query);
  }
}

function publicPart({ secretHash: _, ...token }: TokenRow): Token {
  return token;
}
