/** The rows of a history: a ring of buckets for each tier, and where the monitors' counts stood. README.md has the schema. */
import {
  type Bucket,
  decodeBucket,
  decodeCounts,
  decodeRoute,
  encodeBucket,
  encodeCounts,
  encodeRoute,
  TIERS,
  type Tier,
} from "../../src/core/history/bucket.ts";
import { type Mark, NO_MARK, type Standing } from "../../src/core/history/look.ts";

/** Version of all rows of a history. */
export const ROWS_VERSION = 1;

export function createTables(sql: SqlStorage): void {
  sql.exec(
    `CREATE TABLE IF NOT EXISTS bucket (tier INTEGER, place INTEGER, number INTEGER NOT NULL, version INTEGER NOT NULL,
       data TEXT NOT NULL, PRIMARY KEY (tier, place)) WITHOUT ROWID`,
  );
  sql.exec(
    "CREATE TABLE IF NOT EXISTS note (name TEXT PRIMARY KEY, version INTEGER NOT NULL, data TEXT NOT NULL) WITHOUT ROWID",
  );
}

/** Puts a bucket into its tier's ring, in place of the one that many buckets ago. */
export function putBucket(sql: SqlStorage, tier: Tier, number: number, bucket: Bucket): void {
  sql.exec(
    `INSERT INTO bucket (tier, place, number, version, data) VALUES (?1, ?2, ?3, ?4, ?5)
     ON CONFLICT (tier, place) DO UPDATE SET number = ?3, version = ?4, data = ?5 WHERE version <= ?4`,
    TIERS.indexOf(tier),
    number % tier.kept,
    number,
    ROWS_VERSION,
    encodeBucket(bucket),
  );
}

/** Buckets of a tier with numbers from `first` up to `end`, as far as they are kept. Those that cannot be read are gaps. */
export function readBuckets(
  sql: SqlStorage,
  tier: Tier,
  first: number,
  end: number,
): readonly (readonly [number: number, bucket: Bucket])[] {
  const from = Math.max(first, end - tier.kept);
  if (end <= from) return [];
  const [a, b] = [from % tier.kept, (end - 1) % tier.kept];
  const places = a <= b ? "place BETWEEN ?2 AND ?3" : "(place >= ?2 OR place <= ?3)";
  const rows = sql.exec<{ number: number; data: string }>(
    `SELECT number, data FROM bucket WHERE tier = ?1 AND ${places} AND number >= ?4 AND number < ?5 AND version = ?6`,
    TIERS.indexOf(tier),
    a,
    b,
    from,
    end,
    ROWS_VERSION,
  );
  const found: (readonly [number, Bucket])[] = [];
  for (const { number, data } of rows) {
    const bucket = decodeBucket(data);
    if (bucket !== null) found.push([number, bucket]);
  }
  return found;
}

/** A small thing that is kept by name. Rows of a later version are never overwritten. */
export function putNote(sql: SqlStorage, name: string, value: unknown): void {
  putText(sql, name, JSON.stringify(value));
}

/** As it is to be stored. */
export function putText(sql: SqlStorage, name: string, data: string): void {
  sql.exec(
    `INSERT INTO note (name, version, data) VALUES (?1, ?2, ?3)
     ON CONFLICT (name) DO UPDATE SET version = ?2, data = ?3 WHERE version <= ?2`,
    name,
    ROWS_VERSION,
    data,
  );
}

/** Null for nothing, and for what cannot be read. */
export function readNote(sql: SqlStorage, name: string): unknown {
  const text = readText(sql, name);
  try {
    return text === null ? null : JSON.parse(text);
  } catch {
    return null;
  }
}

/** As it is stored; null for nothing. */
export function readText(sql: SqlStorage, name: string): string | null {
  const rows = sql.exec<{ data: string }>("SELECT data FROM note WHERE name = ? AND version = ?", name, ROWS_VERSION);
  return rows.toArray()[0]?.data ?? null;
}

export function putMark(sql: SqlStorage, { slot, regions }: Mark): void {
  const standings = [...regions].map(([region, { life, slot: at, sum, endpoints, routes }]) => {
    const parts = [...endpoints].map(([id, counts]) => [id, encodeCounts(counts)]);
    return [
      region,
      life,
      at,
      encodeCounts(sum),
      parts,
      [...routes].map(([route, counts]) => [route, encodeRoute(counts)]),
    ];
  });
  putNote(sql, "mark", { slot, regions: standings });
}

/** The mark; that of before the first look where there is none that can be read. */
export function readMark(sql: SqlStorage): Mark {
  const { slot, regions } = (readNote(sql, "mark") ?? {}) as { slot?: unknown; regions?: unknown };
  if (typeof slot !== "number" || !Array.isArray(regions)) return NO_MARK;
  const known = new Map<string, Standing>();
  for (const row of regions) {
    const [region, life, at, sum, endpoints, routes] = Array.isArray(row) ? row : [];
    const counts = decodeCounts(sum);
    if (typeof region !== "string" || typeof life !== "string" || typeof at !== "number" || counts === null) continue;
    known.set(region, {
      life,
      slot: at,
      sum: counts,
      endpoints: partsOf(endpoints, decodeCounts),
      routes: partsOf(routes, decodeRoute),
    });
  }
  return { slot, regions: known };
}

function partsOf<T>(value: unknown, decode: (row: unknown) => T | null): ReadonlyMap<string, T> {
  const parts = new Map<string, T>();
  for (const part of Array.isArray(value) ? value : []) {
    const [name, row] = Array.isArray(part) ? part : [];
    const counts = decode(row);
    if (typeof name === "string" && counts !== null) parts.set(name, counts);
  }
  return parts;
}
