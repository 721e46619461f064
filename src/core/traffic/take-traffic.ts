/** What a monitor makes of a report for its series. */
import type { ReportDelta, RequestCells, TrafficColumns } from "../protocol.ts";
import { BUCKETS } from "./buckets.ts";
import { CODE_CLASSES, FLAGS, METHODS } from "./labels.ts";
import { OTHER } from "./names.ts";
import { addCount, addHistogram, type Series } from "./series.ts";
import { COUNTERS } from "./tally.ts";

/** Reporters whose last block is remembered; beyond it the longest silent is forgotten. */
const MAX_REPORTERS = 10_000;
/** A snapshot's age is told for so long, ms. */
const AGE_MEMORY_MS = 60_000;
const STRIDE = BUCKETS + 1;

/** Mutable; owned by one object. Who said what last; not stored. */
export interface TrafficWindow {
  /** By reporter, in order of the last block, oldest first. */
  readonly heard: Map<string, { readonly seq: number; readonly atMs: number; readonly snapshotAgeMs: number }>;
}

export function createTrafficWindow(): TrafficWindow {
  return { heard: new Map() };
}

/**
 * Adds a reporter's block, once however often it is told. Blocks of one reporter come in order: it tells one at a time.
 * Linear in the block. Never throws for a block that was checked.
 */
export function takeTraffic(
  series: Series,
  { heard }: TrafficWindow,
  reporter: string,
  traffic: TrafficColumns,
  nowMs: number,
): void {
  const last = heard.get(reporter);
  if (last !== undefined && traffic.seq <= last.seq) return;
  heard.delete(reporter);
  heard.set(reporter, { seq: traffic.seq, atMs: nowMs, snapshotAgeMs: traffic.snapshotAgeMs ?? 0 });
  if (heard.size > MAX_REPORTERS) heard.delete(heard.keys().next().value!);
  if (traffic.seq === 1) addCount(series, "events", ["coldStarts"], 1, nowMs);
  for (const [values, count] of cellsOf(traffic)) addCount(series, "requests", values, count, nowMs);
  const { routes, endpoints, durations, upstream, counters, unrouted } = traffic;
  for (const [i, route] of routes.entries()) addHistogram(series, "durations", [route], durations, i * STRIDE, nowMs);
  for (const [i, id] of endpoints.entries()) addHistogram(series, "upstream", [id], upstream, i * STRIDE, nowMs);
  for (const [i, name] of COUNTERS.entries()) addCount(series, "events", [name], counters[i] ?? 0, nowMs);
  if (unrouted === undefined) return;
  for (const [[route, , ...rest], count] of cellsOf(unrouted)) {
    addCount(series, "unrouted", [route!, ...rest], count, nowMs);
  }
}

/** Adds what a report says of attempts. A report that is delivered twice is not to be added twice. Linear. */
export function takeAttempts(series: Series, delta: ReportDelta, nowMs: number): void {
  for (const [row, id] of delta.ids.entries()) {
    for (const [outcome, column] of ATTEMPTS) addCount(series, "attempts", [id, outcome], delta[column][row]!, nowMs);
  }
  addCount(series, "events", ["retries"], delta.retries, nowMs);
  addCount(series, "events", ["retriesWanted"], delta.retriesWanted, nowMs);
  for (const { id, ok } of delta.probes) addCount(series, "lentProbes", [id, ok ? "ok" : "failed"], 1, nowMs);
}

const ATTEMPTS = [
  ["ok", "ok"],
  ["connect_failure", "connectFailures"],
  ["timeout", "timeouts"],
  ["reset", "resets"],
  ["5xx", "responses5xx"],
  ["throttled", "throttled"],
] as const;

/** Age of the oldest snapshot that a reporter went by in the last minute, ms; 0 when nobody said. Linear in the reporters. */
export function oldestSnapshotMs({ heard }: TrafficWindow, nowMs: number): number {
  let oldest = 0;
  for (const { atMs, snapshotAgeMs } of heard.values()) {
    if (nowMs - atMs <= AGE_MEMORY_MS) oldest = Math.max(oldest, snapshotAgeMs);
  }
  return oldest;
}

function cellsOf(cells: RequestCells): (readonly [values: readonly string[], count: number])[] {
  return cells.count.map((count, i) => [
    [
      cells.routes[cells.route[i]!] ?? OTHER,
      cells.endpoints[cells.endpoint[i]!] ?? OTHER,
      METHODS[cells.method[i]!] ?? OTHER,
      CODE_CLASSES[cells.code[i]!] ?? OTHER,
      FLAGS[cells.flag[i]!] ?? OTHER,
    ],
    count,
  ]);
}
