/**
 * What was counted of every endpoint: since the object's life began, for whoever watches a change, and over the last
 * minute, for people (minute.ts). Kept by regional objects; a region that is alone sends the root no counts.
 */
import { createSketch, mergeColumns, type Sketch, sketchToColumns } from "../load/sketch.ts";
import type { ReportDelta, SketchColumns } from "../protocol.ts";
import type { TallyColumns } from "../rollout/totals.ts";
import { addMinute, createMinute, type Minute } from "./minute.ts";

/** Counts only grow within one life; another life has counted from nothing. */
export interface EndpointTotals {
  readonly id: string;
  /** Attempts by outcome. */
  readonly ok: number;
  readonly connectFailures: number;
  readonly timeouts: number;
  readonly resets: number;
  readonly responses5xx: number;
  readonly throttled: number;
  /** Of ok answers; empty where isolates keep no sketches for the service. */
  readonly latency: SketchColumns;
  readonly latencySumMs: number;
}

export interface MonitorTotals {
  /** Random, another one for every life of the object. */
  readonly life: string;
  readonly sinceMs: number;
  readonly atMs: number;
  /** Requests that wanted the service, and those of them for which no endpoint was tried. */
  readonly requests: number;
  readonly refused: number;
  /** All endpoints together, those that have left included; its id is "". */
  readonly sum: EndpointTotals;
  /** Endpoints of the service now that were ever asked. */
  readonly endpoints: readonly EndpointTotals[];
  /**
   * `refused` and `sum` as they stood about ten minutes before `atMs`, in the same life: the difference is how it went
   * lately. Absent: the life is shorter than that, and all it counted is lately.
   */
  readonly past?: { readonly refused: number; readonly sum: EndpointTotals };
}

/** The counts of a delta, in the order in which they are kept. */
const COUNTS = ["ok", "connectFailures", "timeouts", "resets", "responses5xx", "throttled", "latencySumMs"] as const;
type Counted = Record<(typeof COUNTS)[number], number>;
const NO_SKETCH: SketchColumns = { zeroCount: 0, firstBucket: 0, counts: [] };
/** How often the sum is noted, and for how long notes are kept. */
const NOTE_MS = 60_000;
const PAST_MS = 600_000;

interface Counter {
  readonly counts: Float64Array;
  sketch: Sketch | null;
}

interface EndpointTraffic extends Counter {
  readonly minute: Minute;
}

/** Mutable; owned by one object. */
export interface Traffic {
  readonly sinceMs: number;
  requests: number;
  refused: number;
  readonly sum: Counter;
  readonly byId: Map<string, EndpointTraffic>;
  /** Oldest first; the first is of about ten minutes ago once there are so many. */
  readonly notes: { readonly atMs: number; readonly refused: number; readonly sum: EndpointTotals }[];
}

/** Nothing counted. */
export function createTraffic(nowMs: number): Traffic {
  const sum = { counts: new Float64Array(COUNTS.length), sketch: null };
  return { sinceMs: nowMs, requests: 0, refused: 0, sum, byId: new Map(), notes: [] };
}

/** Counts what reporters saw; of endpoints that are not the service's only the sum. Linear in the listed endpoints. */
export function addTraffic(
  traffic: Traffic,
  delta: ReportDelta,
  isKnown: (id: string) => boolean,
  nowMs: number,
): void {
  note(traffic, nowMs);
  traffic.requests += delta.requests;
  traffic.refused += delta.refused ?? 0;
  for (const [row, id] of delta.ids.entries()) {
    count(traffic.sum, delta, row);
    if (!isKnown(id)) continue;
    const known = endpointOf(traffic, id);
    count(known, delta, row);
    addMinute(known.minute, delta, row, nowMs);
  }
}

/** What was counted up to now is noted once a minute, before more is added. */
function note({ notes, refused, sum, sinceMs }: Traffic, nowMs: number): void {
  if (nowMs - (notes.at(-1)?.atMs ?? sinceMs) < NOTE_MS) return;
  notes.push({ atMs: nowMs, refused, sum: columnsOf("", sum) });
  while (notes.length > 1 && nowMs - notes[1]!.atMs >= PAST_MS) notes.shift();
}

function endpointOf({ byId }: Traffic, id: string): EndpointTraffic {
  let known = byId.get(id);
  if (known === undefined) {
    known = { counts: new Float64Array(COUNTS.length), sketch: null, minute: createMinute() };
    byId.set(id, known);
  }
  return known;
}

function count(counter: Counter, delta: ReportDelta, row: number): void {
  for (let i = 0; i < COUNTS.length; i++) counter.counts[i]! += delta[COUNTS[i]!][row]!;
  const sketch = delta.sketches[row];
  if (sketch === undefined || (sketch.counts.length === 0 && sketch.zeroCount === 0)) return;
  counter.sketch ??= createSketch();
  mergeColumns(counter.sketch, sketch);
}

function columnsOf(id: string, { counts, sketch }: Counter): EndpointTotals {
  const counted = Object.fromEntries(COUNTS.map((key, i) => [key, counts[i]!])) as Counted;
  return { id, ...counted, latency: sketch === null ? NO_SKETCH : sketchToColumns(sketch) };
}

/** Endpoints that have left are forgotten, but for the sum. Linear. */
export function forgetTraffic({ byId }: Traffic, isKnown: (id: string) => boolean): void {
  for (const id of byId.keys()) if (!isKnown(id)) byId.delete(id);
}

/** Everything counted in this life, as plain data. Linear in endpoints and sketches. A read. */
export function totalsOf(traffic: Traffic, life: string, nowMs: number): MonitorTotals {
  const { sinceMs, requests, refused, sum, byId, notes } = traffic;
  const past = notes.findLast(({ atMs }) => nowMs - atMs >= PAST_MS);
  return {
    life,
    sinceMs,
    atMs: nowMs,
    requests,
    refused,
    sum: columnsOf("", sum),
    endpoints: [...byId].map(([id, counter]) => columnsOf(id, counter)),
    ...(past !== undefined && { past: { refused: past.refused, sum: past.sum } }),
  };
}

/** All of it as a rollout judges it: every attempt is a request, and one that no endpoint was tried for failed. A read. */
export function tallyOf({ sum: { counts, sketch }, refused }: Traffic): TallyColumns {
  const [ok, connectFailures, timeouts, resets, responses5xx, throttled] = counts as unknown as readonly number[];
  return {
    good: ok! + throttled!,
    failed: refused + connectFailures! + timeouts! + resets! + responses5xx!,
    latency: sketch === null ? NO_SKETCH : sketchToColumns(sketch),
  };
}
