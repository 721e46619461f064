/**
 * Decodes what a peer sent as a report. It crossed a network and may come from an older or newer version, so nothing about
 * it is taken for granted: sizes are bounded, numbers are finite and not negative, columns are as long as the ids.
 * Unknown fields are ignored, missing columns mean "none of that", and a fault refuses the whole report: half a
 * report would be evidence that nobody gave.
 */
import { checkSamples } from "../decision-sample.ts";
import {
  MAX_REPORT_ENDPOINTS,
  MAX_SKETCH_BUCKETS,
  type ProbeResult,
  type Report,
  type ReportDelta,
  type RequestCells,
  type SketchColumns,
  type TrafficColumns,
} from "../protocol.ts";
import { isRegion } from "../region.ts";
import { BUCKETS } from "../traffic/buckets.ts";
import { COUNTERS, MAX_TALLY_CELLS, MAX_TALLY_ENDPOINTS, MAX_TALLY_ROUTES } from "../traffic/tally.ts";

/** Longest endpoint id, service name or reporter accepted, in UTF-16 units. Far above any config's. */
const MAX_NAME_LENGTH = 256;
/** Largest count or sum accepted. Far above what one interval can hold; keeps sums of many within exact integers. */
const MAX_AMOUNT = 1e12;
/** Epoch milliseconds pass for revisions. */
const MAX_REVISION = Number.MAX_SAFE_INTEGER;
/** Largest position in a list of words. */
const MAX_CODE = 255;
/** Longest reason for a refused mesh, in UTF-16 units; a longer one is cut. */
const MAX_REASON_LENGTH = 500;

export type ReportCheck =
  | { readonly ok: true; readonly report: Report }
  | { readonly ok: false; readonly detail: string };

/** Thrown and caught within this file only: the first fault ends the decoding. */
class Fault extends Error {}

/**
 * The report, or what is wrong with it. Linear in its size. Never throws.
 *
 * - `value`: anything. A report of a later protocol version is read for the fields this version knows.
 */
export function checkReport(value: unknown): ReportCheck {
  return attempt(() => {
    const fields = record(value, "report");
    const delta = deltaOf(fields);
    const region = fields.region;
    if (!isRegion(region)) throw new Fault(`region ${shown(region)} is not one of ours`);
    return {
      ...delta,
      v: integer(fields, "v"),
      service: name(fields.service, "service"),
      meshVersion: name(fields.meshVersion ?? "", "meshVersion"),
      region,
      reporter: name(fields.reporter, "reporter"),
      seq: integer(fields, "seq"),
      inFlight: column(fields, "inFlight", delta.ids.length, 0),
      ...(fields.endpointsRevision !== undefined && {
        endpointsRevision: amount(fields.endpointsRevision, "endpointsRevision", MAX_REVISION),
      }),
      ...(fields.refusedMesh !== undefined && { refusedMesh: refusedMesh(fields.refusedMesh) }),
      ...(fields.decisions !== undefined && { decisions: checkSamples(fields.decisions) }),
      ...(fields.traffic !== undefined && { traffic: traffic(fields.traffic) }),
    };
  }, "report");
}

/** The same for a delta without a sender, as objects exchange it. Never throws. */
export function checkDelta(value: unknown): { ok: true; delta: ReportDelta } | { ok: false; detail: string } {
  return attempt(() => deltaOf(record(value, "delta")), "delta");
}

function attempt<K extends string, T>(
  decode: () => T,
  key: K,
): ({ ok: true } & Record<K, T>) | { ok: false; detail: string } {
  try {
    return { ok: true, [key]: decode() } as { ok: true } & Record<K, T>;
  } catch (fault) {
    if (fault instanceof Fault) return { ok: false, detail: fault.message };
    throw fault;
  }
}

function deltaOf(fields: Readonly<Record<string, unknown>>): ReportDelta {
  const ids = list(fields.ids ?? [], "ids", MAX_REPORT_ENDPOINTS).map((id) => name(id, "ids"));
  const size = ids.length;
  const counts = (key: string) => column(fields, key, size, 0);
  const refused = amount(fields.refused ?? 0, "refused");
  return {
    requests: amount(fields.requests ?? 0, "requests"),
    retriesWanted: amount(fields.retriesWanted ?? 0, "retriesWanted"),
    retries: amount(fields.retries ?? 0, "retries"),
    ...(refused > 0 && { refused }),
    ids,
    ok: counts("ok"),
    latencySumMs: counts("latencySumMs"),
    latencySquareSum: counts("latencySquareSum"),
    latencyMinMs: minima(fields, size),
    connectFailures: counts("connectFailures"),
    timeouts: counts("timeouts"),
    resets: counts("resets"),
    responses5xx: counts("responses5xx"),
    gateway5xx: counts("gateway5xx"),
    throttled: counts("throttled"),
    trailingFailures: counts("trailingFailures"),
    trailingGateway: counts("trailingGateway"),
    trailingLocal: counts("trailingLocal"),
    overdue: counts("overdue"),
    overdueAgeMs: counts("overdueAgeMs"),
    sketches: sketches(fields.sketches ?? [], size),
    probes: list(fields.probes ?? [], "probes", MAX_REPORT_ENDPOINTS).map(probe),
  };
}

function record(value: unknown, what: string): Readonly<Record<string, unknown>> {
  if (typeof value !== "object" || value === null || Array.isArray(value)) throw new Fault(`${what} is not an object`);
  return value as Record<string, unknown>;
}

function list(value: unknown, what: string, max: number): readonly unknown[] {
  if (!Array.isArray(value)) throw new Fault(`${what} is not a list`);
  if (value.length > max) throw new Fault(`${what} has ${value.length} entries, at most ${max} are taken`);
  // Lists cross a network with their holes, over which every loop of our own would pass.
  if (value.includes(undefined)) throw new Fault(`${what} has holes`);
  return value;
}

function name(value: unknown, what: string): string {
  if (typeof value !== "string" || value.length > MAX_NAME_LENGTH) {
    throw new Fault(`${what} is not a string of at most ${MAX_NAME_LENGTH} characters`);
  }
  return value;
}

/** A value as a message may show it: short, and without running any code of the value's own. */
function shown(value: unknown): string {
  if (typeof value === "string") return JSON.stringify(value.slice(0, MAX_NAME_LENGTH));
  return typeof value === "number" || typeof value === "boolean" ? String(value) : `a value of type ${typeof value}`;
}

function integer(fields: Readonly<Record<string, unknown>>, what: string): number {
  const value = fields[what];
  if (!Number.isSafeInteger(value) || (value as number) < 1) throw new Fault(`${what} is not an integer from 1`);
  return value as number;
}

function amount(value: unknown, what: string, max = MAX_AMOUNT): number {
  if (typeof value === "number" && value >= 0 && value <= max) return value;
  throw new Fault(`${what} has ${shown(value)} where a number from 0 to ${max} belongs`);
}

function column(fields: Readonly<Record<string, unknown>>, key: string, size: number, missing: number): number[] {
  const value = fields[key];
  if (value === undefined) return new Array<number>(size).fill(missing);
  const entries = list(value, key, MAX_REPORT_ENDPOINTS);
  if (entries.length !== size) throw new Fault(`${key} has ${entries.length} entries for ${size} ids`);
  return entries.map((entry) => amount(entry, key));
}

/** Infinity stands for "none", and JSON turns it into null. */
function minima(fields: Readonly<Record<string, unknown>>, size: number): number[] {
  const value = fields.latencyMinMs;
  if (value === undefined) return new Array<number>(size).fill(Number.POSITIVE_INFINITY);
  const entries = list(value, "latencyMinMs", MAX_REPORT_ENDPOINTS);
  if (entries.length !== size) throw new Fault(`latencyMinMs has ${entries.length} entries for ${size} ids`);
  return entries.map((entry) =>
    entry === null || entry === Number.POSITIVE_INFINITY ? Number.POSITIVE_INFINITY : amount(entry, "latencyMinMs"),
  );
}

function sketches(value: unknown, size: number): SketchColumns[] {
  const entries = list(value, "sketches", MAX_REPORT_ENDPOINTS);
  if (entries.length !== 0 && entries.length !== size) {
    throw new Fault(`sketches has ${entries.length} entries for ${size} ids`);
  }
  return entries.map((entry) => {
    const fields = record(entry, "sketch");
    const counts = list(fields.counts ?? [], "sketch.counts", MAX_SKETCH_BUCKETS);
    const firstBucket = fields.firstBucket ?? 0;
    if (!Number.isSafeInteger(firstBucket) || (firstBucket as number) < 0)
      throw new Fault("sketch.firstBucket is not an index");
    if ((firstBucket as number) + counts.length > MAX_SKETCH_BUCKETS)
      throw new Fault("sketch.counts runs past the last bucket");
    return {
      zeroCount: amount(fields.zeroCount ?? 0, "sketch.zeroCount"),
      firstBucket: firstBucket as number,
      counts: counts.map((count) => amount(count, "sketch.counts")),
    };
  });
}

function refusedMesh(value: unknown): NonNullable<Report["refusedMesh"]> {
  const { version, reason } = record(value, "refusedMesh");
  if (typeof reason !== "string") throw new Fault("refusedMesh.reason is not a string");
  return { version: name(version, "refusedMesh.version"), reason: reason.slice(0, MAX_REASON_LENGTH) };
}

function traffic(value: unknown): TrafficColumns {
  const fields = record(value, "traffic");
  const cells = requestCells(fields);
  const { durations, upstream, counters, snapshotAgeMs, unrouted } = fields;
  return {
    ...cells,
    seq: integer(fields, "seq"),
    durations: amounts(durations, "traffic.durations", cells.routes.length * (BUCKETS + 1)),
    upstream: amounts(upstream, "traffic.upstream", cells.endpoints.length * (BUCKETS + 1)),
    // A later version may count more than this one knows.
    counters: amounts(counters, "traffic.counters", 4 * COUNTERS.length),
    ...(snapshotAgeMs !== undefined && { snapshotAgeMs: amount(snapshotAgeMs, "traffic.snapshotAgeMs") }),
    ...(unrouted !== undefined && { unrouted: requestCells(record(unrouted, "traffic.unrouted")) }),
  };
}

function requestCells(fields: Readonly<Record<string, unknown>>): RequestCells {
  const names = (key: string, max: number) => list(fields[key], key, max).map((one) => name(one, key));
  const routes = names("routes", MAX_TALLY_ROUTES);
  const endpoints = names("endpoints", MAX_TALLY_ENDPOINTS);
  const count = amounts(fields.count, "traffic.count", MAX_TALLY_CELLS);
  // Positions in lists of words: a later version may have words that this one does not know.
  const positions = (key: string, max: number) => {
    const column = amounts(fields[key], key, MAX_TALLY_CELLS, max);
    if (column.length !== count.length)
      throw new Fault(`${key} has ${column.length} entries for ${count.length} cells`);
    if (!column.every(Number.isSafeInteger)) throw new Fault(`${key} has positions that are no integers`);
    return column;
  };
  return {
    routes,
    endpoints,
    route: positions("route", routes.length - 1),
    endpoint: positions("endpoint", endpoints.length - 1),
    method: positions("method", MAX_CODE),
    code: positions("code", MAX_CODE),
    flag: positions("flag", MAX_CODE),
    count,
  };
}

function amounts(value: unknown, what: string, maxLength: number, max = MAX_AMOUNT): number[] {
  return list(value ?? [], what, maxLength).map((entry) => amount(entry, what, max));
}

function probe(value: unknown): ProbeResult {
  const fields = record(value, "probe");
  const { ok, generation, scope } = fields;
  if (typeof ok !== "boolean") throw new Fault("probe.ok is not a boolean");
  if (!Number.isSafeInteger(generation)) throw new Fault("probe.generation is not an integer");
  if (scope !== "region" && scope !== "global") throw new Fault(`probe.scope ${shown(scope)} is unknown`);
  return { id: name(fields.id, "probe.id"), ok, generation: generation as number, scope };
}
