/**
 * The sum of report deltas, itself a delta: what a regional object sends on to the root object of its service instead of
 * every report. Counts and sums add, minima take the smaller, sketches merge, and a run of failures goes on where the
 * later delta had nothing else in it and starts anew where it had.
 */
import type { ProbeResult, ReportDelta } from "../protocol.ts";
import { createSketch, mergeColumns, type Sketch, sketchToColumns } from "./sketch.ts";

/** Mutable; owned by one object. Kept by id, so that it outlives a change of the mesh. */
export interface DeltaSum {
  requests: number;
  retriesWanted: number;
  retries: number;
  refused: number;
  readonly byId: Map<string, EndpointSum>;
  probes: ProbeResult[];
}

/** The columns of a report that simply add. */
export const SUMMED = [
  "ok",
  "latencySumMs",
  "latencySquareSum",
  "connectFailures",
  "timeouts",
  "resets",
  "responses5xx",
  "gateway5xx",
  "throttled",
  "overdue",
  "overdueAgeMs",
] as const;

type SummedColumn = (typeof SUMMED)[number];

interface EndpointSum {
  readonly sums: Record<SummedColumn, number>;
  latencyMinMs: number;
  trailingFailures: number;
  trailingGateway: number;
  trailingLocal: number;
  sketch: Sketch | null;
}

/** Nothing yet. */
export function createDeltaSum(): DeltaSum {
  return { requests: 0, retriesWanted: 0, retries: 0, refused: 0, byId: new Map(), probes: [] };
}

/**
 * Adds a delta. Linear in its endpoints and sketch buckets. Never throws.
 *
 * - `delta`: checked (health/report-check.ts), so its columns are as long as its ids.
 * - `probes`: which of its probe answers to pass on.
 */
export function addDelta(sum: DeltaSum, delta: ReportDelta, probes: readonly ProbeResult[]): void {
  sum.requests += delta.requests;
  sum.retriesWanted += delta.retriesWanted;
  sum.retries += delta.retries;
  sum.refused += delta.refused ?? 0;
  sum.probes.push(...probes);
  for (const [i, id] of delta.ids.entries()) {
    let endpoint = sum.byId.get(id);
    if (endpoint === undefined) {
      endpoint = emptyEndpoint();
      sum.byId.set(id, endpoint);
    }
    for (const column of SUMMED) endpoint.sums[column] += delta[column][i]!;
    endpoint.latencyMinMs = Math.min(endpoint.latencyMinMs, delta.latencyMinMs[i]!);
    addRuns(endpoint, delta, i);
    const columns = delta.sketches[i];
    if (columns !== undefined) {
      endpoint.sketch ??= createSketch();
      mergeColumns(endpoint.sketch, columns);
    }
  }
}

/** Failures in a row: `trailing` when something else came before them in this delta, else the former run and these. */
function addRuns(endpoint: EndpointSum, delta: ReportDelta, i: number): void {
  const local = delta.connectFailures[i]! + delta.timeouts[i]! + delta.resets[i]!;
  const good = delta.ok[i]! + delta.throttled[i]!;
  const other5xx = delta.responses5xx[i]! - delta.gateway5xx[i]!;
  const run = (former: number, trailing: number, broken: boolean) => (broken ? trailing : former + trailing);
  endpoint.trailingFailures = run(endpoint.trailingFailures, delta.trailingFailures[i]!, good > 0);
  endpoint.trailingGateway = run(endpoint.trailingGateway, delta.trailingGateway[i]!, good + other5xx > 0);
  endpoint.trailingLocal = run(
    endpoint.trailingLocal,
    Math.min(delta.trailingLocal[i]!, local),
    good + delta.responses5xx[i]! > 0,
  );
}

function emptyEndpoint(): EndpointSum {
  const sums = Object.fromEntries(SUMMED.map((column) => [column, 0])) as Record<SummedColumn, number>;
  return {
    sums,
    latencyMinMs: Number.POSITIVE_INFINITY,
    trailingFailures: 0,
    trailingGateway: 0,
    trailingLocal: 0,
    sketch: null,
  };
}

/** Whether there is nothing to send. */
export function isEmptySum(sum: DeltaSum): boolean {
  return (
    sum.requests === 0 && sum.refused === 0 && sum.retriesWanted === 0 && sum.byId.size === 0 && sum.probes.length === 0
  );
}

/** The sum as a delta to send, and empties it. Linear in the endpoints. */
export function takeDelta(sum: DeltaSum): ReportDelta {
  const endpoints = [...sum.byId.values()];
  const column = (name: SummedColumn) => endpoints.map((endpoint) => endpoint.sums[name]);
  const delta: ReportDelta = {
    requests: sum.requests,
    retriesWanted: sum.retriesWanted,
    retries: sum.retries,
    ...(sum.refused > 0 && { refused: sum.refused }),
    ids: [...sum.byId.keys()],
    ok: column("ok"),
    latencySumMs: column("latencySumMs"),
    latencySquareSum: column("latencySquareSum"),
    latencyMinMs: endpoints.map((endpoint) => endpoint.latencyMinMs),
    connectFailures: column("connectFailures"),
    timeouts: column("timeouts"),
    resets: column("resets"),
    responses5xx: column("responses5xx"),
    gateway5xx: column("gateway5xx"),
    throttled: column("throttled"),
    trailingFailures: endpoints.map((endpoint) => endpoint.trailingFailures),
    trailingGateway: endpoints.map((endpoint) => endpoint.trailingGateway),
    trailingLocal: endpoints.map((endpoint) => endpoint.trailingLocal),
    overdue: column("overdue"),
    overdueAgeMs: column("overdueAgeMs"),
    sketches: endpoints.some((endpoint) => endpoint.sketch !== null)
      ? endpoints.map((endpoint) => sketchToColumns(endpoint.sketch ?? createSketch()))
      : [],
    probes: sum.probes,
  };
  sum.requests = 0;
  sum.retriesWanted = 0;
  sum.retries = 0;
  sum.refused = 0;
  sum.byId.clear();
  sum.probes = [];
  return delta;
}
