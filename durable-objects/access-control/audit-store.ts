/** The audit log. Bounded by age and, for people and for instances apart, by number: instances cannot push people out. */

import type { Place, Vault } from "../../src/security/at-rest/vault.ts";
import {
  AUDIT_KINDS,
  type AuditEntry,
  type AuditEvent,
  type AuditKind,
  type AuditPage,
  type AuditQuery,
} from "./audit.ts";
import { decodeAuditEvent, ROWS_VERSION } from "./rows.ts";

const KEEP_MS = 400 * 86_400_000;
const MAX_ENTRIES: Readonly<Record<AuditKind, number>> = { person: 20_000, instance: 10_000 };
/** Forgetting is a few statements; not with each entry. */
const SWEEP_EVERY = 100;

type Row = { id: number; at_ms: number; data: string };

/** Entries are searched by their actor, which is an e-mail address often: a mark stands for it in its column. */
const ACTOR = { purpose: "audit-actor" };

export class AuditStore {
  readonly #sql: SqlStorage;
  readonly #vault: Vault;
  #recorded = 0;
  #lastId = 0;

  constructor(sql: SqlStorage, vault: Vault) {
    this.#sql = sql;
    this.#vault = vault;
    sql.exec(`CREATE TABLE IF NOT EXISTS audit (id INTEGER PRIMARY KEY AUTOINCREMENT, version INTEGER NOT NULL,
      at_ms INTEGER NOT NULL, kind TEXT NOT NULL, actor TEXT NOT NULL, action TEXT NOT NULL, service TEXT,
      data TEXT NOT NULL)`);
    sql.exec("CREATE INDEX IF NOT EXISTS audit_kind ON audit (kind, id)");
  }

  async record(event: AuditEvent, nowMs: number): Promise<AuditEntry> {
    const { kind, actor, action, service } = event;
    // The number is drawn first, since what is sealed is bound to it.
    const id = this.#draw();
    const [data, [mark]] = await Promise.all([
      this.#vault.seal(placeOf(id), JSON.stringify(event)),
      this.#vault.marksOf(ACTOR, actor),
    ]);
    this.#sql.exec(
      "INSERT INTO audit (id, version, at_ms, kind, actor, action, service, data) VALUES (?, ?, ?, ?, ?, ?, ?, ?)",
      id,
      ROWS_VERSION,
      nowMs,
      kind,
      mark!,
      action,
      service,
      data,
    );
    if (this.#recorded++ % SWEEP_EVERY === 0) this.#sweep(nowMs);
    return { ...event, id, atMs: nowMs };
  }

  /** Entries that cannot be opened are left out, and counted. */
  async read(query: AuditQuery): Promise<AuditPage> {
    const actors = query.actor === undefined ? null : await this.#vault.marksOf(ACTOR, query.actor);
    const rows = this.#sql
      .exec<Row>(
        `SELECT id, at_ms, data FROM audit WHERE version = ?1 AND id < ?2 AND at_ms >= ?3 AND at_ms < ?4
           AND (?5 IS NULL OR kind = ?5) AND (?6 IS NULL OR actor IN (SELECT value FROM json_each(?6))) AND (?7 IS NULL OR service = ?7)
           AND (?8 IS NULL OR action = ?8 OR substr(action, 1, length(?8) + 1) = ?8 || '.')
         ORDER BY id DESC LIMIT ?9`,
        ROWS_VERSION,
        query.before ?? Number.MAX_SAFE_INTEGER,
        query.sinceMs ?? 0,
        query.untilMs ?? Number.MAX_SAFE_INTEGER,
        query.kind ?? null,
        actors === null ? null : JSON.stringify(actors),
        query.service ?? null,
        query.action ?? null,
        query.limit + 1,
      )
      .toArray();
    const page = rows.slice(0, query.limit);
    const opened = await Promise.all(page.map(({ id, data }) => this.#vault.open(placeOf(id), data)));
    const sealed = opened.filter(({ ok }) => !ok).length;
    return {
      items: page.flatMap(({ id, at_ms }, index): AuditEntry[] => {
        const text = opened[index]!;
        const event = text.ok ? decodeAuditEvent(text.text) : null;
        return event === null ? [] : [{ ...event, id, atMs: at_ms }];
      }),
      next: rows.length > query.limit ? page.at(-1)!.id : null,
      ...(sealed > 0 && { sealed }),
    };
  }

  /**
   * Seals entries anew that are not stored as they would be now, `limit` of those after `after` at most. Ones that cannot be
   * opened stay as they are. The last that was looked at; null: there are no more.
   */
  async reseal(after: number, limit: number): Promise<number | null> {
    const mark = await this.#vault.currentMark();
    const rows = this.#sql
      .exec<Row>(
        `SELECT id, at_ms, data FROM audit WHERE version = ?1 AND id > ?2 AND substr(data, 1, ?3) <> ?4
         ORDER BY id LIMIT ?5`,
        ROWS_VERSION,
        after,
        mark.length,
        mark,
        limit,
      )
      .toArray();
    for (const { id, data } of rows) {
      const opened = await this.#vault.open(placeOf(id), data);
      const event = opened.ok ? decodeAuditEvent(opened.text) : null;
      if (!opened.ok || event === null) continue;
      const sealed = await this.#vault.seal(placeOf(id), opened.text);
      const [actor] = await this.#vault.marksOf(ACTOR, event.actor);
      this.#sql.exec("UPDATE audit SET data = ?, actor = ? WHERE id = ? AND data = ?", sealed, actor!, id, data);
    }
    return rows.length < limit ? null : rows.at(-1)!.id;
  }

  /** The next number. Those that are being sealed have theirs already. */
  #draw(): number {
    const written = this.#sql
      .exec<{ seq: number }>("SELECT seq FROM sqlite_sequence WHERE name = 'audit'")
      .toArray()[0];
    this.#lastId = Math.max(this.#lastId, written?.seq ?? 0) + 1;
    return this.#lastId;
  }

  #sweep(nowMs: number): void {
    this.#sql.exec("DELETE FROM audit WHERE at_ms < ? AND version <= ?", nowMs - KEEP_MS, ROWS_VERSION);
    for (const kind of AUDIT_KINDS) {
      this.#sql.exec(
        `DELETE FROM audit WHERE kind = ?1 AND version <= ?2
           AND id <= (SELECT id FROM audit WHERE kind = ?1 ORDER BY id DESC LIMIT 1 OFFSET ?3)`,
        kind,
        ROWS_VERSION,
        MAX_ENTRIES[kind],
      );
    }
  }
}

function placeOf(id: number): Place {
  return { purpose: "audit", row: String(id) };
}
