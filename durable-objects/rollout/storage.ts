/** The tables of a rollout. Everything is synchronous SQL; README.md has the schema. */
import type { RolloutPlan } from "../../src/core/mesh.ts";
import type { RolloutEvent } from "../../src/core/rollout/description.ts";
import { checkEvidence, type Evidence, NO_EVIDENCE } from "../../src/core/rollout/evidence.ts";
import type { RolloutState } from "../../src/core/rollout/rollout.ts";

/** Version of all rows of a rollout. */
const ROWS_VERSION = 1;
/** Events kept. */
const MAX_EVENTS = 200;

/** A rollout as a mesh has it. */
export interface Config {
  readonly plan: RolloutPlan;
  /** Names of the services. */
  readonly stable: string;
  readonly canary: string;
  /** Of the mesh. */
  readonly compiledAtMs: number;
}

export interface Stored {
  readonly name: string;
  readonly config: Config;
  readonly state: RolloutState;
  readonly evidence: Evidence;
  readonly heard: readonly string[];
}

/** What was stored; null for nothing, and for rows of a version that this code does not know. Nothing is written. */
export function readStored(sql: SqlStorage): Stored | null {
  if (!hasTables(sql)) return null;
  const rows = new Map(
    sql
      .exec<{ key: string; version: number; data: string }>("SELECT key, version, data FROM rollout")
      .toArray()
      .filter(({ version }) => version === ROWS_VERSION)
      .map(({ key, data }) => [key, data]),
  );
  const state = parse(rows.get("state")) as Omit<Stored, "evidence"> | null;
  if (typeof state?.name !== "string" || !isConfig(state.config) || !isState(state.state)) return null;
  const { name, config } = state;
  const heard = Array.isArray(state.heard) ? state.heard.filter((monitor) => typeof monitor === "string") : [];
  const evidence = parse(rows.get("evidence"));
  return {
    name,
    config,
    state: state.state,
    heard,
    evidence: evidence === null ? NO_EVIDENCE : checkEvidence(evidence),
  };
}

/** Writes what has changed; `event` goes into the history. Durable before any answer leaves the object. */
export function write(storage: DurableObjectStorage, { evidence, ...state }: Stored, event: RolloutEvent | null): void {
  const { sql } = storage;
  storage.transactionSync(() => {
    createTables(sql);
    put(sql, "state", JSON.stringify(state));
    put(sql, "evidence", JSON.stringify(evidence));
    if (event === null) return;
    sql.exec("INSERT INTO event (version, data) VALUES (?, ?)", ROWS_VERSION, JSON.stringify(event));
    sql.exec("DELETE FROM event WHERE id <= (SELECT max(id) FROM event) - ?", MAX_EVENTS);
  });
}

/** The history, newest first. */
export function readEvents(sql: SqlStorage): readonly RolloutEvent[] {
  if (!hasTables(sql)) return [];
  return sql
    .exec<{ data: string }>("SELECT data FROM event WHERE version = ? ORDER BY id DESC", ROWS_VERSION)
    .toArray()
    .flatMap(({ data }) => (parse(data) as RolloutEvent | null) ?? []);
}

function hasTables(sql: SqlStorage): boolean {
  return sql.exec("SELECT 1 FROM sqlite_master WHERE type = 'table' AND name = 'event'").toArray().length > 0;
}

function createTables(sql: SqlStorage): void {
  sql.exec(
    "CREATE TABLE IF NOT EXISTS rollout (key TEXT PRIMARY KEY, version INTEGER NOT NULL, data TEXT NOT NULL) WITHOUT ROWID",
  );
  sql.exec("CREATE TABLE IF NOT EXISTS event (id INTEGER PRIMARY KEY, version INTEGER NOT NULL, data TEXT NOT NULL)");
}

/** Rows of a later version are never overwritten. */
function put(sql: SqlStorage, key: string, data: string): void {
  sql.exec(
    `INSERT INTO rollout (key, version, data) VALUES (?1, ?2, ?3)
     ON CONFLICT (key) DO UPDATE SET version = ?2, data = ?3 WHERE version <= ?2`,
    key,
    ROWS_VERSION,
    data,
  );
}

function isConfig(value: unknown): value is Config {
  if (typeof value !== "object" || value === null) return false;
  const { plan, stable, canary, compiledAtMs } = value as Partial<Record<keyof Config, unknown>>;
  const steps = (plan as RolloutPlan | undefined)?.steps;
  return typeof stable === "string" && typeof canary === "string" && isTime(compiledAtMs) && Array.isArray(steps);
}

const PHASES: readonly unknown[] = [
  "idle",
  "running",
  "paused",
  "promoted",
  "rolled-back",
  "aborted",
] satisfies readonly RolloutState["phase"][];

function isState(value: unknown): value is RolloutState {
  if (typeof value !== "object" || value === null) return false;
  const { phase, step, sinceMs, bakedMs, startedAtMs, revision, why } = value as Partial<
    Record<keyof RolloutState, unknown>
  >;
  return (
    PHASES.includes(phase) && typeof why === "string" && [step, sinceMs, bakedMs, startedAtMs, revision].every(isTime)
  );
}

function isTime(value: unknown): value is number {
  return typeof value === "number" && Number.isFinite(value) && value >= 0;
}

function parse(text: string | undefined): unknown {
  if (text === undefined) return null;
  try {
    return JSON.parse(text);
  } catch {
    return null;
  }
}
