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
import type { Follower, Watched } from "./follow.ts";

/** Of all rows; rows of another version are not read, those of a later one are not overwritten. */
const ROWS_VERSION = 1;

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

/** What was stored. Rows are this class's own, written from checked values; a row that is no JSON counts as absent. */
export function readStored(sql: SqlStorage): Stored {
  const rows = hasTable(sql)
    ? sql
        .exec<{ kind: string; key: string; data: string }>(
          "SELECT kind, key, data FROM cluster_row WHERE version = ?",
          ROWS_VERSION,
        )
        .toArray()
    : [];
  const of = <T>(kind: string) =>
    new Map(
      rows
        .filter((row) => row.kind === kind)
        .flatMap(({ key, data }) => {
          const value = parse(data) as T | null;
          return value === null ? [] : [[key, value] as const];
        }),
    );
  return {
    watched: of<Watched>("cluster").get("") ?? null,
    followers: of<Follower>("follower"),
    streams: new Map([...of<Partial<Stream>>("stream")].map(([key, stream]) => [key, { ...NEW_STREAM, ...stream }])),
    inventory: { services: of<ServiceRecord>("services"), endpointslices: of<SliceRecord>("endpointslices") },
  };
}

export function writeWatched(storage: DurableObjectStorage, watched: Watched): void {
  createTable(storage.sql);
  put(storage.sql, "cluster", "", watched);
}

/** Null: it follows no more. */
export function writeFollower(storage: DurableObjectStorage, service: string, follower: Follower | null): void {
  createTable(storage.sql);
  put(storage.sql, "follower", service, follower);
}

/** What a list or some events changed, and where the stream then stands, together: a version never runs ahead of the objects. */
export function writeChange(storage: DurableObjectStorage, key: StreamKey, stream: Stream, change: Change): void {
  const { resourceVersion, isSynced, heardAtMs } = stream;
  storage.transactionSync(() => {
    createTable(storage.sql);
    for (const [name, record] of change) put(storage.sql, key.resource, name, record);
    put(storage.sql, "stream", streamName(key), { resourceVersion, isSynced, heardAtMs });
  });
}

/** Forgets objects, and streams by name. */
export function forget(
  storage: DurableObjectStorage,
  objects: ReadonlyMap<Resource, readonly string[]>,
  streams: readonly string[],
): void {
  storage.transactionSync(() => {
    createTable(storage.sql);
    for (const resource of RESOURCES)
      for (const key of objects.get(resource) ?? []) put(storage.sql, resource, key, null);
    for (const name of streams) put(storage.sql, "stream", name, null);
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

function put(sql: SqlStorage, kind: string, key: string, value: object | null): void {
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
    JSON.stringify(value),
  );
}

function parse(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return null;
  }
}
