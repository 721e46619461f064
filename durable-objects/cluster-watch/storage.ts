/** The rows of a watched cluster: synchronous SQL in one table. README.md has the schema. */
import {
  type Change,
  type Inventory,
  RESOURCES,
  type Resource,
  type StreamKey,
} from "../../src/discovery/kubernetes/inventory.ts";
import type { ServiceRecord, SliceRecord } from "../../src/discovery/kubernetes/records.ts";
import { NEW_STREAM, type Stream } from "../../src/discovery/kubernetes/stream.ts";
import type { RowSeal, SealedTable } from "../../src/security/at-rest/row-seal.ts";
import type { Follower, Watched } from "./follow.ts";

/** Of all rows; rows of another version are not read, those of a later one are not overwritten. */
const ROWS_VERSION = 1;

/** Names of Services, slices and namespaces are keys, and stay plain. */
export const SEALED_CLUSTER: SealedTable = {
  name: "cluster_row",
  keys: ["kind", "key"],
  purpose: "cluster",
  version: ROWS_VERSION,
};

/** Where rows are, and what seals them. */
export interface ClusterRows {
  readonly storage: DurableObjectStorage;
  readonly seal: RowSeal;
}

export interface Stored {
  readonly watched: Watched | null;
  readonly followers: ReadonlyMap<string, Follower>;
  /** By streamName. */
  readonly streams: ReadonlyMap<string, Stream>;
  readonly inventory: Inventory;
}

export function streamName({ resource, namespace }: StreamKey): string {
  return `${resource}/${namespace}`;
}

/**
 * What was stored. Rows are this class's own, written from checked values; a row that is no JSON, or cannot be opened, counts
 * as absent. Where objects of the cluster cannot be opened, streams do not go on from where they stood: all is listed anew.
 */
export function readStored({ storage: { sql }, seal }: ClusterRows): Stored {
  const rows = hasTable(sql)
    ? sql
        .exec<{ kind: string; key: string; data: string }>(
          "SELECT kind, key, data FROM cluster_row WHERE version = ?",
          ROWS_VERSION,
        )
        .toArray()
    : [];
  const opened = rows.flatMap(({ kind, key, data }) => {
    const text = seal.open(SEALED_CLUSTER, [kind, key], data);
    return text === null ? [] : [{ kind, key, data: text }];
  });
  const isWhole = opened.length === rows.length;
  const of = <T>(kind: string) =>
    new Map(
      opened
        .filter((row) => row.kind === kind)
        .flatMap(({ key, data }) => {
          const value = parse(data) as T | null;
          return value === null ? [] : [[key, value] as const];
        }),
    );
  return {
    watched: of<Watched>("cluster").get("") ?? null,
    followers: of<Follower>("follower"),
    streams: new Map(
      [...(isWhole ? of<Partial<Stream>>("stream") : [])].map(([key, stream]) => [key, { ...NEW_STREAM, ...stream }]),
    ),
    inventory: { services: of<ServiceRecord>("services"), endpointslices: of<SliceRecord>("endpointslices") },
  };
}

/**
 * Forgets what cannot be opened, and where the streams stood: the cluster has all of it, and is listed anew. Rows that stayed
 * would be taken for the cluster's one day, though it has deleted them.
 */
export function forgetUnopened({ storage, seal }: ClusterRows): void {
  const { sql } = storage;
  if (seal.unopened.rows === 0 || !hasTable(sql)) return;
  storage.transactionSync(() => {
    const rows = sql
      .exec<{ kind: string; key: string; data: string }>(
        "SELECT kind, key, data FROM cluster_row WHERE version = ?",
        ROWS_VERSION,
      )
      .toArray();
    for (const { kind, key, data } of rows) {
      if (kind !== "stream" && seal.open(SEALED_CLUSTER, [kind, key], data) !== null) continue;
      sql.exec("DELETE FROM cluster_row WHERE kind = ? AND key = ?", kind, key);
    }
  });
}

export function writeWatched(rows: ClusterRows, watched: Watched): void {
  createTable(rows.storage.sql);
  put(rows, "cluster", "", watched);
}

/** Null: it follows no more. */
export function writeFollower(rows: ClusterRows, service: string, follower: Follower | null): void {
  createTable(rows.storage.sql);
  put(rows, "follower", service, follower);
}

/** What a list or some events changed, and where the stream then stands, together: a version never runs ahead of the objects. */
export function writeChange(rows: ClusterRows, key: StreamKey, stream: Stream, change: Change): void {
  const { resourceVersion, isSynced, heardAtMs } = stream;
  const { storage } = rows;
  storage.transactionSync(() => {
    createTable(storage.sql);
    for (const [name, record] of change) put(rows, key.resource, name, record);
    put(rows, "stream", streamName(key), { resourceVersion, isSynced, heardAtMs });
  });
}

/** Forgets objects, and streams by name. */
export function forget(
  rows: ClusterRows,
  objects: ReadonlyMap<Resource, readonly string[]>,
  streams: readonly string[],
): void {
  const { storage } = rows;
  storage.transactionSync(() => {
    createTable(storage.sql);
    for (const resource of RESOURCES) for (const key of objects.get(resource) ?? []) put(rows, resource, key, null);
    for (const name of streams) put(rows, "stream", name, null);
  });
}

function hasTable(sql: SqlStorage): boolean {
  return sql.exec("SELECT 1 FROM sqlite_master WHERE type = 'table' AND name = 'cluster_row'").toArray().length > 0;
}

function createTable(sql: SqlStorage): void {
  sql.exec(
    `CREATE TABLE IF NOT EXISTS cluster_row
     (kind TEXT NOT NULL, key TEXT NOT NULL, version INTEGER NOT NULL, data TEXT NOT NULL, PRIMARY KEY (kind, key)) WITHOUT ROWID`,
  );
}

function put({ storage: { sql }, seal }: ClusterRows, kind: string, key: string, value: object | null): void {
  if (value === null) {
    sql.exec("DELETE FROM cluster_row WHERE kind = ? AND key = ? AND version <= ?", kind, key, ROWS_VERSION);
    return;
  }
  sql.exec(
    `INSERT INTO cluster_row (kind, key, version, data) VALUES (?1, ?2, ?3, ?4)
     ON CONFLICT (kind, key) DO UPDATE SET version = ?3, data = ?4 WHERE version <= ?3`,
    kind,
    key,
    ROWS_VERSION,
    seal.seal(SEALED_CLUSTER, [kind, key], JSON.stringify(value)),
  );
}

function parse(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return null;
  }
}
