/**
 * A piece of a service's history: what was counted in ten seconds, a minute or an hour, by region and by endpoint. Buckets add
 * up, sketches included, so that the percentiles of an hour are those of its requests and not a mean of percentiles.
 */
import { OTHER } from "../traffic/names.ts";
import { addCounts, type Counts, isNothing, NO_COUNTS } from "./counts.ts";
import { addRouteCounts, type RouteCounts } from "./route-counts.ts";

/** Length of the shortest bucket, ms; its number counts from the epoch. */
export const SLOT_MS = 10_000;

/** From the finest to the coarsest: length in slots, and how many of them are kept. */
export const TIERS = [
  { name: "slot", slots: 1, kept: 720 },
  { name: "minute", slots: 6, kept: 2_880 },
  { name: "hour", slots: 360, kept: 2_160 },
] as const;
export type Tier = (typeof TIERS)[number];

/** Endpoints kept by name in a bucket, and routes: those with the most traffic. */
const MAX_ENDPOINTS = 64;
const MAX_ROUTES = 64;

/** Mutable; owned by one reader or writer. */
export interface Bucket {
  /** Slots of it in which the monitors were asked; 0: a gap, which is not the same as no traffic. */
  slots: number;
  readonly regions: Map<string, Counts>;
  readonly endpoints: Map<string, Counts>;
  /** Empty where isolates do not count requests by route. */
  readonly routes: Map<string, RouteCounts>;
}

/** A gap. */
export function createBucket(): Bucket {
  return { slots: 0, regions: new Map(), endpoints: new Map(), routes: new Map() };
}

/** Adds to what is counted under a name. */
export function addUnder(parts: Map<string, Counts>, name: string, counts: Counts): void {
  const before = parts.get(name);
  parts.set(name, before === undefined ? counts : addCounts(before, counts));
}

/** The same for a route. */
export function addUnderRoute(routes: Map<string, RouteCounts>, name: string, counts: RouteCounts): void {
  const before = routes.get(name);
  routes.set(name, before === undefined ? counts : addRouteCounts(before, counts));
}

/** Adds another bucket to this one. Linear in its parts and sketches. */
export function addBucket(bucket: Bucket, more: Bucket): void {
  bucket.slots += more.slots;
  for (const [region, counts] of more.regions) addUnder(bucket.regions, region, counts);
  for (const [id, counts] of more.endpoints) addUnder(bucket.endpoints, id, counts);
  for (const [route, counts] of more.routes) addUnderRoute(bucket.routes, route, counts);
}

/** All regions together. */
export function wholeOf({ regions }: Bucket): Counts {
  return [...regions.values()].reduce(addCounts, NO_COUNTS);
}

/**
 * As it is stored: numbers in rows. Endpoints beyond the 64 with the most traffic are left out, their region has their counts;
 * routes beyond as many are one, "other".
 */
export function encodeBucket({ slots, regions, endpoints, routes }: Bucket): string {
  const busiest = [...endpoints].sort(([, a], [, b]) => b.good + b.failed - a.good - a.failed).slice(0, MAX_ENDPOINTS);
  return JSON.stringify({ n: slots, r: rowsOf(regions), e: rowsOf(busiest), t: routeRowsOf(routes) });
}

function routeRowsOf(routes: ReadonlyMap<string, RouteCounts>): Record<string, readonly number[]> {
  const byTraffic = [...routes].sort(([, a], [, b]) => b.requests - a.requests);
  const kept = new Map(byTraffic.slice(0, MAX_ROUTES));
  for (const [, counts] of byTraffic.slice(MAX_ROUTES)) addUnderRoute(kept, OTHER, counts);
  const rows: Record<string, readonly number[]> = Object.create(null);
  for (const [name, counts] of kept) rows[name] = encodeRoute(counts);
  return rows;
}

function rowsOf(parts: Iterable<readonly [string, Counts]>): Record<string, readonly number[]> {
  const rows: Record<string, readonly number[]> = Object.create(null);
  for (const [name, counts] of parts) if (!isNothing(counts)) rows[name] = encodeCounts(counts);
  return rows;
}

/** Counts in a row: requests, refused, good, failed, zeros, the first bucket, its count and those after it. */
export function encodeCounts({ requests, refused, good, failed, latency }: Counts): readonly number[] {
  return [requests, refused, good, failed, latency.zeroCount, latency.firstBucket, ...latency.counts];
}

/** The bucket of a text, or null for what is none. Never throws. */
export function decodeBucket(text: string): Bucket | null {
  let value: { n?: unknown; r?: unknown; e?: unknown; t?: unknown } | null;
  try {
    value = JSON.parse(text);
  } catch {
    return null;
  }
  const slots = value?.n;
  const regions = partsOf(value?.r);
  const endpoints = partsOf(value?.e);
  const routes = partsOf(value?.t, decodeRoute);
  if (!isCount(slots) || regions === null || endpoints === null || routes === null) return null;
  return { slots, regions, endpoints, routes };
}

function partsOf(value: unknown): Map<string, Counts> | null;
function partsOf<T>(value: unknown, decode: (row: unknown) => T | null): Map<string, T> | null;
function partsOf(value: unknown, decode: (row: unknown) => unknown = decodeCounts): Map<string, unknown> | null {
  if (typeof value !== "object" || value === null) return null;
  const parts = new Map<string, unknown>();
  for (const [name, row] of Object.entries(value)) {
    const counts = decode(row);
    if (counts === null) return null;
    parts.set(name, counts);
  }
  return parts;
}

/** The counts of a row, or null for what is none. Never throws. */
export function decodeCounts(row: unknown): Counts | null {
  if (!Array.isArray(row) || row.length < 6 || !row.every(isCount)) return null;
  const [requests, refused, good, failed, zeroCount, firstBucket, ...counts] = row as number[];
  return {
    requests: requests!,
    refused: refused!,
    good: good!,
    failed: failed!,
    latency: { zeroCount: zeroCount!, firstBucket: firstBucket!, counts },
  };
}

/** A route's counts in a row: requests, failed, and the buckets of their durations. */
export function encodeRoute({ requests, failed, durations }: RouteCounts): readonly number[] {
  return [requests, failed, ...durations];
}

/** The counts of such a row, or null for what is none. Never throws. */
export function decodeRoute(row: unknown): RouteCounts | null {
  if (!Array.isArray(row) || row.length < 2 || !row.every(isCount)) return null;
  const [requests, failed, ...durations] = row as number[];
  return { requests: requests!, failed: failed!, durations };
}

function isCount(value: unknown): value is number {
  return typeof value === "number" && Number.isFinite(value) && value >= 0;
}
