/**
 * What targets have been told, and are still to be told, as rows: `incident` (target and key → where its hysteresis
 * stands), `delivery` (a queue for each target, in order), `target` (how it goes with it). All JSON with a version.
 */
import type { RowSeal, SealedTable } from "../../src/security/at-rest/row-seal.ts";
import type { Incident, Notice } from "../../src/telemetry/events/incident.ts";

const ROWS_VERSION = 1;

/** Ids of targets and keys of conditions are searched by, and stay plain. */
const INCIDENTS: SealedTable = {
  name: "incident",
  keys: ["target", "key"],
  purpose: "incident",
  version: ROWS_VERSION,
};
const DELIVERIES: SealedTable = { name: "delivery", keys: ["id"], purpose: "delivery", version: ROWS_VERSION };
const TARGETS: SealedTable = { name: "target", keys: ["id"], purpose: "target", version: ROWS_VERSION };
export const SEALED_NOTICES: readonly SealedTable[] = [INCIDENTS, DELIVERIES, TARGETS];
/** Deliveries that wait for one target; the oldest notes go first. */
const MAX_QUEUE = 500;

/** How it goes with a target. */
export interface TargetState {
  /** Failed attempts in a row. */
  readonly failures: number;
  /** Not tried before. */
  readonly notBeforeMs: number;
  readonly lastError: string;
  readonly lastOkMs: number;
  /** It was told as dead. */
  readonly isDead: boolean;
  /** When something was sent: of the last minute (a hook: hour). */
  readonly sentMs: readonly number[];
  /** Notices that were dropped since the last delivery, and ever. */
  readonly heldBack: number;
  readonly dropped: number;
  /** A hook's: when it was called last, by key. */
  readonly calledMs: Readonly<Record<string, number>>;
}

export const NEW_TARGET: TargetState = {
  failures: 0,
  notBeforeMs: 0,
  lastError: "",
  lastOkMs: 0,
  isDead: false,
  sentMs: [],
  heldBack: 0,
  dropped: 0,
  calledMs: {},
};

export interface Delivery {
  readonly id: number;
  readonly key: string;
  readonly createdMs: number;
  readonly notice: Notice;
  /** Told again while it holds: not more than one waits. */
  readonly isRepeat: boolean;
}

export class NoticeStore {
  readonly #sql: SqlStorage;
  /** By target, then key. */
  readonly incidents = new Map<string, Map<string, Incident>>();
  readonly #targets = new Map<string, TargetState>();
  readonly #seal: RowSeal;
  /** Ids of deliveries that cannot be opened: nobody waits for them. */
  readonly #unopened: readonly number[];

  constructor({ sql }: DurableObjectStorage, seal: RowSeal) {
    this.#sql = sql;
    this.#seal = seal;
    sql.exec(`CREATE TABLE IF NOT EXISTS incident (target TEXT NOT NULL, key TEXT NOT NULL, version INTEGER NOT NULL,
      data TEXT NOT NULL, PRIMARY KEY (target, key)) WITHOUT ROWID`);
    sql.exec(`CREATE TABLE IF NOT EXISTS delivery (id INTEGER PRIMARY KEY AUTOINCREMENT, target TEXT NOT NULL,
      version INTEGER NOT NULL, data TEXT NOT NULL)`);
    sql.exec(`CREATE TABLE IF NOT EXISTS target (id TEXT PRIMARY KEY, version INTEGER NOT NULL, data TEXT NOT NULL)
      WITHOUT ROWID`);
    const rows = sql.exec<{ target: string; key: string; data: string }>(
      "SELECT target, key, data FROM incident WHERE version = ?",
      ROWS_VERSION,
    );
    for (const { target, key, data } of rows) {
      const text = seal.open(INCIDENTS, [target, key], data);
      if (text !== null) this.#incidentsOf(target).set(key, JSON.parse(text) as Incident);
    }
    const states = sql.exec<{ id: string; data: string }>(
      "SELECT id, data FROM target WHERE version = ?",
      ROWS_VERSION,
    );
    for (const { id, data } of states) {
      const text = seal.open(TARGETS, [id], data);
      if (text !== null) this.#targets.set(id, { ...NEW_TARGET, ...(JSON.parse(text) as TargetState) });
    }
    const deliveries = sql.exec<{ id: number; data: string }>(
      "SELECT id, data FROM delivery WHERE version = ?",
      ROWS_VERSION,
    );
    this.#unopened = deliveries
      .toArray()
      .filter(({ id, data }) => seal.open(DELIVERIES, [id], data) === null)
      .map(({ id }) => id);
  }

  incident(target: string, key: string): Incident | null {
    return this.incidents.get(target)?.get(key) ?? null;
  }

  /** Null: it is forgotten. */
  setIncident(target: string, key: string, incident: Incident | null): void {
    if (incident === null) {
      this.#incidentsOf(target).delete(key);
      this.#sql.exec("DELETE FROM incident WHERE target = ? AND key = ?", target, key);
      return;
    }
    this.#incidentsOf(target).set(key, incident);
    this.#sql.exec(
      "INSERT INTO incident (target, key, version, data) VALUES (?1, ?2, ?3, ?4) ON CONFLICT DO UPDATE SET version = ?3, data = ?4",
      target,
      key,
      ROWS_VERSION,
      this.#seal.seal(INCIDENTS, [target, key], JSON.stringify(incident)),
    );
  }

  target(id: string): TargetState {
    return this.#targets.get(id) ?? NEW_TARGET;
  }

  setTarget(id: string, state: TargetState): void {
    this.#targets.set(id, state);
    this.#sql.exec(
      "INSERT INTO target (id, version, data) VALUES (?1, ?2, ?3) ON CONFLICT DO UPDATE SET version = ?2, data = ?3",
      id,
      ROWS_VERSION,
      this.#seal.seal(TARGETS, [id], JSON.stringify(state)),
    );
  }

  /** Puts a notice at the end of the target's queue; where that is full, the oldest note makes room, or else the oldest. */
  enqueue(target: string, delivery: Omit<Delivery, "id">): void {
    const waiting = this.queue(target);
    if (delivery.isRepeat && waiting.some(({ key }) => key === delivery.key)) return;
    if (waiting.length >= MAX_QUEUE) {
      const oldest = waiting.find(({ notice }) => notice.kind === "note") ?? waiting[0]!;
      this.drop(target, oldest.id);
    }
    const text = JSON.stringify(delivery);
    const { id } = this.#sql
      .exec<{ id: number }>(
        "INSERT INTO delivery (target, version, data) VALUES (?, ?, ?) RETURNING id",
        target,
        ROWS_VERSION,
        this.#seal.isLocked ? "" : text,
      )
      .one();
    // What is sealed is bound to its number, which there is only now. Both writes are one.
    if (this.#seal.isLocked) {
      this.#sql.exec("UPDATE delivery SET data = ? WHERE id = ?", this.#seal.seal(DELIVERIES, [id], text), id);
    }
  }

  /** What waits, oldest first. */
  queue(target: string): readonly Delivery[] {
    return this.#sql
      .exec<{ id: number; data: string }>(
        "SELECT id, data FROM delivery WHERE target = ? AND version = ? ORDER BY id",
        target,
        ROWS_VERSION,
      )
      .toArray()
      .flatMap(({ id, data }): Delivery[] => {
        const text = this.#seal.open(DELIVERIES, [id], data);
        return text === null ? [] : [{ ...(JSON.parse(text) as Omit<Delivery, "id">), id }];
      });
  }

  /** Targets that something waits for. */
  waiting(): ReadonlySet<string> {
    const rows = this.#sql.exec<{ target: string }>(
      "SELECT DISTINCT target FROM delivery WHERE id NOT IN (SELECT value FROM json_each(?))",
      JSON.stringify(this.#unopened),
    );
    return new Set(rows.toArray().map(({ target }) => target));
  }

  /** It is delivered. */
  remove(id: number): void {
    this.#sql.exec("DELETE FROM delivery WHERE id = ?", id);
  }

  /** It will not be delivered. */
  drop(target: string, id: number): void {
    this.remove(id);
    const state = this.target(target);
    this.setTarget(target, { ...state, heldBack: state.heldBack + 1, dropped: state.dropped + 1 });
  }

  /** Forgets targets that the config has no more. */
  keepOnly(ids: ReadonlySet<string>): void {
    const known = new Set([...this.incidents.keys(), ...this.#targets.keys(), ...this.waiting()]);
    for (const id of known) {
      if (ids.has(id)) continue;
      this.incidents.delete(id);
      this.#targets.delete(id);
      for (const table of ["incident", "delivery"]) this.#sql.exec(`DELETE FROM ${table} WHERE target = ?`, id);
      this.#sql.exec("DELETE FROM target WHERE id = ?", id);
    }
  }

  #incidentsOf(target: string): Map<string, Incident> {
    const known = this.incidents.get(target) ?? new Map<string, Incident>();
    this.incidents.set(target, known);
    return known;
  }
}
