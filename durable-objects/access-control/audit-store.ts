/** The audit log. Bounded by age and, for people and for instances apart, by number: instances cannot push people out. */
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

export class AuditStore {
  readonly #sql: SqlStorage;
  #recorded = 0;

  constructor(sql: SqlStorage) {
    this.#sql = sql;
    sql.exec(`CREATE TABLE IF NOT EXISTS audit (id INTEGER PRIMARY KEY AUTOINCREMENT, version INTEGER NOT NULL,
      at_ms INTEGER NOT NULL, kind TEXT NOT NULL, actor TEXT NOT NULL, action TEXT NOT NULL, service TEXT,
      data TEXT NOT NULL)`);
    sql.exec("CREATE INDEX IF NOT EXISTS audit_kind ON audit (kind, id)");
  }

  record(event: AuditEvent, nowMs: number): AuditEntry {
    const { kind, actor, action, service } = event;
    const { id } = this.#sql
      .exec<{ id: number }>(
        `INSERT INTO audit (version, at_ms, kind, actor, action, service, data) VALUES (?, ?, ?, ?, ?, ?, ?) RETURNING id`,
        ROWS_VERSION,
        nowMs,
        kind,
        actor,
        action,
        service,
        JSON.stringify(event),
      )
      .one();
    if (this.#recorded++ % SWEEP_EVERY === 0) this.#sweep(nowMs);
    return { ...event, id, atMs: nowMs };
  }

  read(query: AuditQuery): AuditPage {
    const rows = this.#sql
      .exec<Row>(
        `SELECT id, at_ms, data FROM audit WHERE version = ?1 AND id < ?2 AND at_ms >= ?3 AND at_ms < ?4
           AND (?5 IS NULL OR kind = ?5) AND (?6 IS NULL OR actor = ?6) AND (?7 IS NULL OR service = ?7)
           AND (?8 IS NULL OR action = ?8 OR substr(action, 1, length(?8) + 1) = ?8 || '.')
         ORDER BY id DESC LIMIT ?9`,
        ROWS_VERSION,
        query.before ?? Number.MAX_SAFE_INTEGER,
        query.sinceMs ?? 0,
        query.untilMs ?? Number.MAX_SAFE_INTEGER,
        query.kind ?? null,
        query.actor ?? null,
        query.service ?? null,
        query.action ?? null,
        query.limit + 1,
      )
      .toArray();
    const page = rows.slice(0, query.limit);
    return {
      items: page.flatMap(({ id, at_ms, data }): AuditEntry[] => {
        const event = decodeAuditEvent(data);
        return event === null ? [] : [{ ...event, id, atMs: at_ms }];
      }),
      next: rows.length > query.limit ? page.at(-1)!.id : null,
    };
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
