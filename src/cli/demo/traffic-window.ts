import { type LoadResult, percentile } from "../load/summary.ts";

/** What happened to the requests of the last moments. */
export interface TrafficView {
  readonly requestsPerSecond: number;
  readonly failed: number;
  readonly p50Ms: number;
  readonly p99Ms: number;
  readonly byEndpoint: ReadonlyMap<string, EndpointTraffic>;
  /** Attempts that failed, by endpoint, whether or not another one then succeeded. */
  readonly failedAttempts: ReadonlyMap<string, number>;
}

export interface EndpointTraffic {
  readonly requests: number;
  /** Of the requests that were answered, 0..1. */
  readonly share: number;
  readonly p50Ms: number;
}

export interface TrafficWindow {
  /** How far back it looks. */
  readonly seconds: number;
  onResult(result: LoadResult): void;
  /** The results that came in during the `widthMs` before `nowMs`; older ones are forgotten. */
  project(nowMs: number): TrafficView;
}

/** - `widthMs`: how far back it looks, > 0. Times are in the clock of `LoadResult.doneAtMs`. */
export function createTrafficWindow(widthMs: number): TrafficWindow {
  let results: LoadResult[] = [];
  return {
    seconds: widthMs / 1_000,
    onResult: (result) => void results.push(result),
    project(nowMs) {
      results = results.filter(({ doneAtMs }) => doneAtMs > nowMs - widthMs);
      return viewOf(results, widthMs);
    },
  };
}

function viewOf(results: readonly LoadResult[], widthMs: number): TrafficView {
  const latencies = new Map<string, number[]>();
  const failedAttempts = new Map<string, number>();
  let answered = 0;
  for (const { status, endpoint, latencyMs, attempts } of results) {
    for (const [id, outcome] of readAttempts(attempts)) {
      if (outcome !== "ok") failedAttempts.set(id, (failedAttempts.get(id) ?? 0) + 1);
    }
    if (status === 0 || endpoint === "") continue;
    answered++;
    latencies.set(endpoint, [...(latencies.get(endpoint) ?? []), latencyMs]);
  }
  const all = sorted(results.filter(({ ok }) => ok).map(({ latencyMs }) => latencyMs));
  return {
    requestsPerSecond: (results.length * 1_000) / widthMs,
    failed: results.filter(({ ok }) => !ok).length,
    p50Ms: percentile(all, 50),
    p99Ms: percentile(all, 99),
    byEndpoint: new Map(
      [...latencies].map(([endpoint, values]) => [
        endpoint,
        { requests: values.length, share: values.length / answered, p50Ms: percentile(sorted(values), 50) },
      ]),
    ),
    failedAttempts,
  };
}

/** `"aws:timeout,gcp:ok"` as pairs. */
export function readAttempts(header: string): (readonly [endpoint: string, outcome: string])[] {
  if (header === "") return [];
  return header.split(",").map((attempt) => {
    const colon = attempt.lastIndexOf(":");
    return [attempt.slice(0, colon).trim(), attempt.slice(colon + 1).trim()];
  });
}

function sorted(values: readonly number[]): number[] {
  return [...values].sort((a, b) => a - b);
}
