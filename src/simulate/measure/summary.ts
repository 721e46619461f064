/** The recorder's counts as the result that people and tools read. */
import { createSketch, mergeColumns, quantile, sketchToColumns } from "../../core/load/sketch.ts";
import type { EndpointSummary, SimulationResult, Timeline, WindowSummary } from "../result.ts";
import type { Station } from "../world/station.ts";
import type { Recorder, Tally } from "./recorder.ts";

/** The four windows. */
export function windowsOf(recorder: Recorder): SimulationResult["windows"] {
  const { before, during, after, faultMs, calmMs, durationMs } = recorder;
  return {
    before: summaryOf(before, 0, faultMs),
    during: summaryOf(during, faultMs, calmMs),
    after: summaryOf(after, calmMs, durationMs),
    whole: summaryOf(together([before, during, after]), 0, durationMs),
  };
}

function summaryOf(tally: Tally, fromMs: number, toMs: number): WindowSummary {
  const { requests, ok, withinSlo, retries, shed } = tally;
  return {
    fromMs,
    toMs,
    requests,
    success: ok / requests,
    withinSlo: withinSlo / requests,
    p50Ms: latencyAt(tally, 0.5),
    p99Ms: latencyAt(tally, 0.99),
    p999Ms: latencyAt(tally, 0.999),
    retriesPerRequest: retries / requests,
    shed: shed / requests,
  };
}

function latencyAt({ latency }: Tally, q: number): number {
  return latency.total === 0 ? Number.NaN : quantile(latency, q);
}

function together(tallies: readonly Tally[]): Tally {
  const sum: Tally = { requests: 0, ok: 0, withinSlo: 0, shed: 0, retries: 0, latency: createSketch() };
  for (const tally of tallies) {
    for (const key of ["requests", "ok", "withinSlo", "shed", "retries"] as const) sum[key] += tally[key];
    mergeColumns(sum.latency, sketchToColumns(tally.latency));
  }
  return sum;
}

/** The timeline, bucket by bucket. */
export function timelineOf({ bucketMs, buckets, endpoints, attemptsByBucket }: Recorder): Timeline {
  return {
    bucketMs,
    atMs: buckets.map((_, b) => b * bucketMs),
    requests: buckets.map(({ requests }) => requests),
    failed: buckets.map(({ requests, ok }) => requests - ok),
    retries: buckets.map(({ retries }) => retries),
    shed: buckets.map(({ shed }) => shed),
    p50Ms: buckets.map((tally) => latencyAt(tally, 0.5)),
    p90Ms: buckets.map((tally) => latencyAt(tally, 0.9)),
    p99Ms: buckets.map((tally) => latencyAt(tally, 0.99)),
    attempts: Array.from({ length: endpoints }, (_, e) => buckets.map((_, b) => attemptsByBucket[b * endpoints + e]!)),
  };
}

/** The endpoints, in the order of their rows. Their work has been accounted for up to the end of the run. */
export function endpointsOf(
  { attemptsByWindow, endpoints, durationMs }: Recorder,
  shown: readonly { readonly station: Station; readonly isFaulty: boolean }[],
): EndpointSummary[] {
  const shareIn = (window: number, row: number) => {
    const { service } = shown[row]!.station;
    const peers = shown.flatMap(({ station }, r) => (station.service === service ? [r] : []));
    const total = peers.reduce((sum, r) => sum + attemptsByWindow[window * endpoints + r]!, 0);
    return attemptsByWindow[window * endpoints + row]! / total;
  };
  return shown.map(({ station, isFaulty }, row) => ({
    id: station.id,
    service: station.service,
    cloud: station.cloud,
    region: station.region,
    isFaulty,
    share: { before: shareIn(0, row), during: shareIn(1, row), after: shareIn(2, row) },
    utilisation: station.busyMs / station.servers / durationMs,
  }));
}
