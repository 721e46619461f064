/**
 * Signed requests that were taken, for all isolates: one object for each key of an HMAC provider with `nonces.scope: global`. A
 * nonce is a row until its request would be refused for its age anyway, so an object that was evicted knows what it took.
 */
import { DurableObject } from "cloudflare:workers";
import type { NonceCalls, TakeNonce, TakeNonceReply } from "../../src/core/nonces.ts";

const NONCE = /^[A-Za-z0-9_-]{16,64}$/;
/** How far the clocks of isolates may be apart, ms. */
const CLOCK_SLACK_MS = 60_000;
const MAX_WINDOW_MS = 3_600_000;
/** Of one key, within its window: 1,600 requests a second for five minutes and as long before, about 100 MB. */
const MAX_NONCES = 1_000_000;

export class Nonces extends DurableObject<unknown> implements NonceCalls {
  readonly #sql: SqlStorage;
  #count: number;
  #hasAlarm: boolean;

  constructor(ctx: DurableObjectState, env: unknown) {
    super(ctx, env);
    this.#sql = ctx.storage.sql;
    // No index by time: it would be written with each request, and is read once a window.
    this.#sql.exec(
      "CREATE TABLE IF NOT EXISTS nonce (nonce TEXT PRIMARY KEY, until_ms INTEGER NOT NULL) WITHOUT ROWID",
    );
    this.#count = this.#sql.exec<{ n: number }>("SELECT count(*) AS n FROM nonce").one().n;
    this.#hasAlarm = this.#count > 0;
  }

  /** Takes a request once. Whoever does not get `taken` must not let it through. */
  async take(request: TakeNonce): Promise<TakeNonceReply> {
    const { nonce, signedAtMs, windowMs } = (request ?? {}) as Partial<Record<keyof TakeNonce, unknown>>;
    if (typeof nonce !== "string" || !NONCE.test(nonce)) return "invalid";
    if (typeof signedAtMs !== "number" || !Number.isFinite(signedAtMs)) return "invalid";
    if (typeof windowMs !== "number" || !(windowMs > 0 && windowMs <= MAX_WINDOW_MS)) return "invalid";
    if (this.#count >= MAX_NONCES) return "full";
    const untilMs = signedAtMs + windowMs + CLOCK_SLACK_MS;
    const made = this.#sql
      .exec("INSERT INTO nonce VALUES (?, ?) ON CONFLICT (nonce) DO NOTHING RETURNING 1", nonce, Math.ceil(untilMs))
      .toArray();
    if (made.length === 0) return "known";
    this.#count += 1;
    if (!this.#hasAlarm) {
      this.#hasAlarm = true;
      await this.ctx.storage.setAlarm(Date.now() + windowMs + CLOCK_SLACK_MS);
    }
    return "taken";
  }

  /** Forgets what is too old to come again. */
  override async alarm(): Promise<void> {
    const nowMs = Date.now();
    this.#sql.exec("DELETE FROM nonce WHERE until_ms < ?", nowMs);
    const left = this.#sql
      .exec<{ n: number; next: number | null }>("SELECT count(*) AS n, min(until_ms) AS next FROM nonce")
      .one();
    this.#count = left.n;
    this.#hasAlarm = left.next !== null;
    if (left.next !== null) await this.ctx.storage.setAlarm(Math.max(left.next + 1, nowMs + CLOCK_SLACK_MS));
  }
}
