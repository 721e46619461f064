/** The rows of a registry: one for each thing that is kept, with its version. Only what changed is written. README.md has the schema. */
import { checkEndpointSet } from "../../src/core/endpoint-set-check.ts";
import type { Endpoint } from "../../src/core/mesh.ts";
import type { Instance } from "../../src/discovery/registry/instance.ts";
import type { Member } from "../../src/discovery/registry/pool.ts";
import type { RegistryState } from "../../src/discovery/registry/state.ts";
import { newSource, type SourceState } from "../../src/discovery/source.ts";
import type { RowSeal, SealedTable } from "../../src/security/at-rest/row-seal.ts";

/** Version of all rows of a registry. */
const ROWS_VERSION = 1;

const KINDS = ["meta", "instance", "left", "member", "set", "source"] as const;
type Kind = (typeof KINDS)[number];

/**
 * Where endpoints are, what was told of them, and the leases. Ids are keys and stay plain, as does `meta`, which is ids, times
 * and numbers.
 */
export const SEALED_ITEMS: SealedTable = {
  name: "item",
  keys: ["kind", "id"],
  purpose: "registry",
  version: ROWS_VERSION,
  where: "kind IN ('instance', 'member', 'set', 'source')",
};

/** What is in storage, opened; by "kind/id". "" for what is stored otherwise than it would be now: it is written with the next set. */
export type Written = Map<string, string>;

/** What is kept beside the state. */
export interface Meta {
  readonly service: string;
  /** Monitors that were ever heard of. */
  readonly monitors: readonly string[];
  readonly revision: number;
  readonly draining: readonly string[];
  /** Order of the set. */
  readonly order: readonly string[];
  /** When heartbeats were noted last, and whose, as [id, epoch]. */
  readonly beatsAtMs: number;
  readonly beats: readonly (readonly [id: string, atMs: number])[];
}

/** Where rows are, and what seals them. */
export interface RegistryRows {
  readonly storage: DurableObjectStorage;
  readonly seal: RowSeal;
}

/** Fills a fresh state. Rows of another version, or that cannot be read, are left alone. What was kept beside it; null for nothing. */
export function restore({ storage: { sql }, seal }: RegistryRows, state: RegistryState, written: Written): Meta | null {
  if (sql.exec("SELECT 1 FROM sqlite_master WHERE type = 'table' AND name = 'item'").toArray().length === 0)
    return null;
  const rows = sql
    .exec<{ kind: string; id: string; data: string }>("SELECT kind, id, data FROM item WHERE version = ?", ROWS_VERSION)
    .toArray();
  const byId = new Map<Kind, Map<string, unknown>>(KINDS.map((kind) => [kind, new Map()]));
  for (const { kind, id, data } of rows) {
    const text = seal.open(SEALED_ITEMS, [kind, id], data);
    const isCurrent = text !== null && (!isSealedKind(kind) || seal.isCurrent(data));
    written.set(`${kind}/${id}`, isCurrent ? text : "");
    if (text !== null) byId.get(kind as Kind)?.set(id, parse(text));
  }
  const meta = byId.get("meta")!.get("") as Meta | undefined;
  if (!isMeta(meta)) return null;
  const beats = new Map(meta.beats);
  for (const [id, value] of byId.get("instance")!) {
    const instance = instanceFrom(value);
    if (instance?.endpoint.id !== id) continue;
    state.roster.set(id, { ...instance, heartbeatAtMs: Math.max(instance.heartbeatAtMs, beats.get(id) ?? 0) });
  }
  for (const id of byId.get("left")!.keys()) state.left.add(id);
  const members = new Map<string, Member>();
  for (const [id, value] of byId.get("member")!) {
    const member = memberFrom(value);
    if (member?.endpoint.id === id) members.set(id, member);
  }
  const endpoints = meta.order.flatMap((id) => endpointFrom(byId.get("set")!.get(id)) ?? []);
  if (endpoints.length > 0) {
    const draining = meta.draining.filter((id) => endpoints.some((one) => one.id === id));
    state.set = { revision: meta.revision, endpoints, draining };
    state.pool = { members, content: { endpoints, draining }, alarms: [] };
  }
  for (const [name, value] of byId.get("source")!) {
    const source = sourceFrom(name, value);
    if (source !== null) state.sources.set(name, source);
  }
  return meta;
}

/** Writes what is not as it is stored. Durable before any answer leaves the object. */
export function persist(rows: RegistryRows, state: RegistryState, meta: Meta, written: Written): void {
  const next: Written = new Map([["meta/", JSON.stringify(meta)]]);
  for (const [id, instance] of state.roster) next.set(`instance/${id}`, textOf(instance));
  for (const id of state.left) next.set(`left/${id}`, "{}");
  for (const [id, member] of state.pool.members) next.set(`member/${id}`, JSON.stringify(member));
  for (const endpoint of state.set?.endpoints ?? []) next.set(`set/${endpoint.id}`, JSON.stringify(endpoint));
  for (const [name, source] of state.sources) next.set(`source/${name}`, JSON.stringify(source));
  const changed = [...next].filter(([key, text]) => written.get(key) !== text);
  const gone = [...written.keys()].filter((key) => !next.has(key));
  if (changed.length === 0 && gone.length === 0) return;
  const { storage } = rows;
  const { sql } = storage;
  storage.transactionSync(() => {
    createTable(sql);
    for (const [key, text] of changed) put(rows, ...apart(key), text);
    for (const key of gone) {
      sql.exec("DELETE FROM item WHERE kind = ? AND id = ? AND version <= ?", ...apart(key), ROWS_VERSION);
    }
  });
  for (const [key, text] of changed) written.set(key, text);
  for (const key of gone) written.delete(key);
}

/** Writes an instance, or that it has left, before anything follows from it. */
export function note(rows: RegistryRows, state: RegistryState, id: string, written: Written): void {
  const { storage } = rows;
  const { sql } = storage;
  const instance = state.roster.get(id);
  const [kind, other] = instance === undefined ? (["left", "instance"] as const) : (["instance", "left"] as const);
  const text = instance === undefined ? "{}" : textOf(instance);
  if (written.get(`${kind}/${id}`) === text && !written.has(`${other}/${id}`)) return;
  storage.transactionSync(() => {
    createTable(sql);
    put(rows, kind, id, text);
    sql.exec("DELETE FROM item WHERE kind = ? AND id = ? AND version <= ?", other, id, ROWS_VERSION);
  });
  written.set(`${kind}/${id}`, text);
  written.delete(`${other}/${id}`);
}

/** Loads and heartbeats change all the time: those are noted in batches, or not at all. */
function textOf(instance: Instance): string {
  return JSON.stringify({ ...instance, load: -1, loadAtMs: 0, heartbeatAtMs: instance.registeredAtMs });
}

function createTable(sql: SqlStorage): void {
  sql.exec(`CREATE TABLE IF NOT EXISTS item (kind TEXT NOT NULL, id TEXT NOT NULL, version INTEGER NOT NULL,
    data TEXT NOT NULL, PRIMARY KEY (kind, id)) WITHOUT ROWID`);
}

/** Rows of a later version are never overwritten. */
function put({ storage: { sql }, seal }: RegistryRows, kind: string, id: string, text: string): void {
  sql.exec(
    `INSERT INTO item (kind, id, version, data) VALUES (?1, ?2, ?3, ?4)
     ON CONFLICT (kind, id) DO UPDATE SET version = ?3, data = ?4 WHERE version <= ?3`,
    kind,
    id,
    ROWS_VERSION,
    isSealedKind(kind) ? seal.seal(SEALED_ITEMS, [kind, id], text) : text,
  );
}

function isSealedKind(kind: string): boolean {
  return kind !== "meta" && kind !== "left";
}

function apart(key: string): [kind: string, id: string] {
  const cut = key.indexOf("/");
  return [key.slice(0, cut), key.slice(cut + 1)];
}

type Loose<T> = { readonly [K in keyof T]?: unknown };

function isMeta(value: unknown): value is Meta {
  const meta = value as Loose<Meta> | null | undefined;
  return (
    typeof meta?.service === "string" &&
    isTime(meta.revision) &&
    isTime(meta.beatsAtMs) &&
    [meta.monitors, meta.draining, meta.order].every(isTexts) &&
    Array.isArray(meta.beats) &&
    meta.beats.every((beat) => Array.isArray(beat) && typeof beat[0] === "string" && isTime(beat[1]))
  );
}

function instanceFrom(value: unknown): Instance | null {
  const row = value as Loose<Instance> | null;
  const endpoint = endpointFrom(row?.endpoint);
  if (row === null || endpoint === null || typeof row.lease !== "string" || typeof row.ready !== "boolean") return null;
  if (!isTime(row.ttlMs) || !isTime(row.registeredAtMs) || !isTime(row.heartbeatAtMs)) return null;
  const proof = row.proof as { state?: unknown } | null;
  if (!["not_needed", "pending", "passed"].includes(String(proof?.state))) return null;
  return { ...(row as unknown as Instance), endpoint, load: -1, loadAtMs: 0 };
}

function memberFrom(value: unknown): Member | null {
  const row = value as Loose<Member> | null;
  const endpoint = endpointFrom(row?.endpoint);
  if (row === null || endpoint === null || typeof row.source !== "string" || !isTime(row.sinceMs)) return null;
  if (!["serving", "held", "draining", "out"].includes(String(row.phase)) || !isTime(row.flaps)) return null;
  const { lostAtMs, takenAtMs, flapsAtMs, damped } = row;
  if (![lostAtMs, takenAtMs].every((ms) => ms === null || isTime(ms)) || !isTime(flapsAtMs)) return null;
  return { ...(row as unknown as Member), endpoint, damped: damped === true };
}

function sourceFrom(name: string, value: unknown): SourceState | null {
  const row = value as Loose<SourceState> | null;
  if (typeof row?.kind !== "string" || !Array.isArray(row.found) || !isTime(row.goodAtMs) || !isTime(row.atMs))
    return null;
  const found = row.found.flatMap((one: { endpoint?: unknown; ready?: unknown } | null) => {
    const endpoint = endpointFrom(one?.endpoint);
    return endpoint === null ? [] : [{ endpoint, ready: one!.ready === true }];
  });
  const { error, failures } = row;
  return {
    ...newSource(name, row.kind),
    found,
    goodAtMs: row.goodAtMs,
    atMs: row.atMs,
    error: typeof error === "string" ? error : "",
    failures: isTime(failures) ? failures : 0,
  };
}

function endpointFrom(value: unknown): Endpoint | null {
  const check = checkEndpointSet({ revision: 1, endpoints: [value] });
  return check.ok ? check.set.endpoints[0]! : null;
}

function isTexts(value: unknown): value is readonly string[] {
  return Array.isArray(value) && value.every((text) => typeof text === "string");
}

function isTime(value: unknown): value is number {
  return typeof value === "number" && Number.isFinite(value) && value >= 0;
}

function parse(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return null;
  }
}
