/**
 * What happened since the last report, by endpoint. Sums and counts only; taking a report empties them, and a report
 * that could not be delivered is added back.
 */
import { createSketch, recordSketch, resetSketch, type Sketch, sketchToColumns } from "../load/sketch.ts";
import type { Endpoint } from "../mesh.ts";
import { type AttemptOutcome, isGatewayFailure } from "../outcome.ts";
import type { ProbeResult, ReportDelta, SketchColumns } from "../protocol.ts";

const NO_SKETCH: SketchColumns = { zeroCount: 0, firstBucket: 0, counts: [] };

/** Mutable; columns by endpoint. */
export interface ReportDeltas {
  requests: number;
  retriesWanted: number;
  retries: number;
  refused: number;
  readonly ok: Float64Array;
  readonly latencySumMs: Float64Array;
  readonly latencySquareSum: Float64Array;
  readonly latencyMinMs: Float64Array;
  readonly connectFailures: Float64Array;
  readonly timeouts: Float64Array;
  readonly resets: Float64Array;
  readonly responses5xx: Float64Array;
  readonly gateway5xx: Float64Array;
  readonly throttled: Float64Array;
  readonly trailingFailures: Float64Array;
  readonly trailingGateway: Float64Array;
  readonly trailingLocal: Float64Array;
  readonly overdue: Float64Array;
  readonly overdueAgeMs: Float64Array;
  /** Made when an endpoint first answers: 4 KiB each. */
  readonly sketches: (Sketch | null)[];
  probes: ProbeResult[];
  /** In flight as of the last report taken. */
  readonly reportedInFlight: Int32Array;
  takenAtMs: number;
  /** Something happened that the others should know at once. */
  urgent: boolean;
  /** Requests per second, smoothed. */
  requestRps: number;
}

/** Nothing has happened yet. */
export function createReportDeltas(size: number, nowMs: number): ReportDeltas {
  const zeros = () => new Float64Array(size);
  return {
    requests: 0,
    retriesWanted: 0,
    retries: 0,
    refused: 0,
    ok: zeros(),
    latencySumMs: zeros(),
    latencySquareSum: zeros(),
    latencyMinMs: zeros().fill(Number.POSITIVE_INFINITY),
    connectFailures: zeros(),
    timeouts: zeros(),
    resets: zeros(),
    responses5xx: zeros(),
    gateway5xx: zeros(),
    throttled: zeros(),
    trailingFailures: zeros(),
    trailingGateway: zeros(),
    trailingLocal: zeros(),
    overdue: zeros(),
    overdueAgeMs: zeros(),
    sketches: new Array<Sketch | null>(size).fill(null),
    probes: [],
    reportedInFlight: new Int32Array(size),
    takenAtMs: nowMs,
    urgent: false,
    // A new isolate is taken for a busy one: what it sees first should not wait for long.
    requestRps: 1,
  };
}

/** Counts one answer that was no failure. Allocates once per endpoint. */
export function countOk(deltas: ReportDeltas, e: number, latencyMs: number): void {
  deltas.ok[e]! += 1;
  deltas.latencySumMs[e]! += latencyMs;
  deltas.latencySquareSum[e]! += latencyMs * latencyMs;
  if (latencyMs < deltas.latencyMinMs[e]!) deltas.latencyMinMs[e] = latencyMs;
  recordSketch(sketchOf(deltas.sketches, e), latencyMs);
  endRuns(deltas, e);
}

/** Takes back one answer that was counted and turned out to be none. Its latency is not known any more: the mean goes. */
export function uncountOk(deltas: ReportDeltas, e: number): void {
  const ok = deltas.ok[e]!;
  if (ok < 1) return;
  const kept = (ok - 1) / ok;
  deltas.ok[e] = ok - 1;
  deltas.latencySumMs[e]! *= kept;
  deltas.latencySquareSum[e]! *= kept;
  if (kept === 0) deltas.latencyMinMs[e] = Number.POSITIVE_INFINITY;
}

function sketchOf(sketches: (Sketch | null)[], e: number): Sketch {
  const known = sketches[e]!;
  if (known !== null) return known;
  const sketch = createSketch();
  sketches[e] = sketch;
  return sketch;
}

/** Counts one throttled answer: the endpoint works, so it ends runs of failures. */
export function countThrottled(deltas: ReportDeltas, e: number): void {
  deltas.throttled[e]! += 1;
  endRuns(deltas, e);
}

function endRuns(deltas: ReportDeltas, e: number): void {
  deltas.trailingFailures[e] = 0;
  deltas.trailingGateway[e] = 0;
  deltas.trailingLocal[e] = 0;
}

/** Counts one failure by its class. */
export function countFailure(deltas: ReportDeltas, e: number, outcome: AttemptOutcome): void {
  const gateway = isGatewayFailure(outcome.outcome, outcome.status);
  deltas.trailingFailures[e]! += 1;
  deltas.trailingGateway[e] = gateway ? deltas.trailingGateway[e]! + 1 : 0;
  switch (outcome.outcome) {
    case "connect-failure":
      deltas.connectFailures[e]! += 1;
      break;
    case "timeout":
      deltas.timeouts[e]! += 1;
      break;
    case "reset":
      deltas.resets[e]! += 1;
      break;
    default:
      deltas.responses5xx[e]! += 1;
      if (gateway) deltas.gateway5xx[e]! += 1;
      deltas.trailingLocal[e] = 0;
      return;
  }
  deltas.trailingLocal[e]! += 1;
}

function hasNews(deltas: ReportDeltas, e: number, inFlight: Int32Array): boolean {
  return (
    deltas.ok[e]! +
      deltas.connectFailures[e]! +
      deltas.timeouts[e]! +
      deltas.resets[e]! +
      deltas.responses5xx[e]! +
      deltas.throttled[e]! +
      deltas.overdue[e]! +
      inFlight[e]! >
    0
  );
}

/** The deltas as plain columns; they start from zero. Lists only endpoints with something to say. */
export function takeDeltas(
  deltas: ReportDeltas,
  endpoints: readonly Endpoint[],
  inFlight: Int32Array,
): ReportDelta & { readonly inFlight: readonly number[] } {
  const listed: number[] = [];
  for (let e = 0; e < endpoints.length; e++) if (hasNews(deltas, e, inFlight)) listed.push(e);
  const take = (column: Float64Array, empty = 0) =>
    listed.map((e) => {
      const value = column[e]!;
      column[e] = empty;
      return value;
    });
  const { requests, retriesWanted, retries, refused, probes, sketches } = deltas;
  deltas.requests = 0;
  deltas.retriesWanted = 0;
  deltas.retries = 0;
  deltas.refused = 0;
  deltas.probes = [];
  return {
    requests,
    retriesWanted,
    retries,
    ...(refused > 0 && { refused }),
    ids: listed.map((e) => endpoints[e]!.id),
    ok: take(deltas.ok),
    latencySumMs: take(deltas.latencySumMs),
    latencySquareSum: take(deltas.latencySquareSum),
    latencyMinMs: take(deltas.latencyMinMs, Number.POSITIVE_INFINITY),
    connectFailures: take(deltas.connectFailures),
    timeouts: take(deltas.timeouts),
    resets: take(deltas.resets),
    responses5xx: take(deltas.responses5xx),
    gateway5xx: take(deltas.gateway5xx),
    throttled: take(deltas.throttled),
    trailingFailures: take(deltas.trailingFailures),
    trailingGateway: take(deltas.trailingGateway),
    trailingLocal: take(deltas.trailingLocal),
    overdue: take(deltas.overdue),
    overdueAgeMs: take(deltas.overdueAgeMs),
    sketches: listed.map((e) => takeSketch(sketches[e]!)),
    probes,
    inFlight: listed.map((e) => inFlight[e]!),
  };
}

function takeSketch(sketch: Sketch | null): SketchColumns {
  if (sketch === null || sketch.total === 0) return NO_SKETCH;
  const columns = sketchToColumns(sketch);
  resetSketch(sketch);
  return columns;
}
