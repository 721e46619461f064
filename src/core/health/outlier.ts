/**
 * Envoy's passive outlier detection, under Envoy's names and with Envoy's defaults in the config, on merged counts.
 *
 * Envoy sees one response after the other; we see deltas of many isolates. A run of failures is continued by a delta with
 * nothing but failures and restarted at the delta's own trailing run by any other, which is what one proxy would have
 * counted had it seen the deltas one after the other. Rates are over one interval, as in Envoy.
 *
 * The detectors only say "eject, because"; ceilings, ejection times and the way back are the coordinator's.
 *
 * Source: envoyproxy/envoy source/common/upstream/outlier_detection_impl.cc; outlier_detection.proto.
 */
import type { OutlierDetection } from "../mesh.ts";
import type { ReportDelta } from "../protocol.ts";
import type { Rng } from "../rng.ts";
import { type OriginRate, outliersByRate } from "./outlier-rate.ts";

export type OutlierDetector =
  | "consecutive_5xx"
  | "consecutive_gateway_failure"
  | "consecutive_local_origin_failure"
  | "success_rate"
  | "failure_percentage";

/** What a detector found. `enforced` false: found, but the enforcing percentage said to let it pass this time. */
export interface OutlierFinding {
  readonly endpoint: number;
  readonly detector: OutlierDetector;
  readonly enforced: boolean;
  /** For people, with the figures. */
  readonly cause: string;
}

/** Mutable; owned by one coordinator object. Columns by endpoint index. */
export interface OutlierState {
  readonly params: OutlierDetection;
  readonly consecutive5xx: Float64Array;
  readonly consecutiveGateway: Float64Array;
  readonly consecutiveLocal: Float64Array;
  /** Answers of this interval, and how many of them were good. Not split: attempts without an answer are among them. */
  readonly total: Float64Array;
  readonly good: Float64Array;
  /** Split mode: attempts, and how many got any answer. */
  readonly localTotal: Float64Array;
  readonly localGood: Float64Array;
  intervalStartMs: number;
}

/** Nothing counted. `size` is the number of endpoints. */
export function createOutlierState(params: OutlierDetection, size: number, nowMs: number): OutlierState {
  const zeros = () => new Float64Array(size);
  return {
    params,
    consecutive5xx: zeros(),
    consecutiveGateway: zeros(),
    consecutiveLocal: zeros(),
    total: zeros(),
    good: zeros(),
    localTotal: zeros(),
    localGood: zeros(),
    intervalStartMs: nowMs,
  };
}

/**
 * Counts row `row` of a delta for an endpoint and returns what the consecutive detectors found, or null.
 *
 * - `ejected`: an endpoint that is out is not counted, and starts from zero when it is back.
 * - `rng`: for the enforcing percentages; only drawn when something was found.
 *
 * At most one finding: 5xx before gateway before local. A detector with threshold 0 is off. Constant time. Never throws.
 */
export function onOutlierDelta(
  state: OutlierState,
  endpoint: number,
  delta: ReportDelta,
  row: number,
  ejected: boolean,
  rng: Rng,
): OutlierFinding | null {
  if (!state.params.enabled) return null;
  if (ejected) {
    resetOutlier(state, endpoint);
    return null;
  }
  countRates(state, endpoint, delta, row);
  countRuns(state, endpoint, delta, row);
  return findRun(state, endpoint, rng);
}

/** Forgets the runs of an endpoint: it has come back. */
export function resetOutlier(state: OutlierState, endpoint: number): void {
  state.consecutive5xx[endpoint] = 0;
  state.consecutiveGateway[endpoint] = 0;
  state.consecutiveLocal[endpoint] = 0;
}

function localFailures(delta: ReportDelta, row: number): number {
  return delta.connectFailures[row]! + delta.timeouts[row]! + delta.resets[row]!;
}

function countRates(state: OutlierState, endpoint: number, delta: ReportDelta, row: number): void {
  const local = localFailures(delta, row);
  const good = delta.ok[row]! + delta.throttled[row]!;
  const answers = good + delta.responses5xx[row]!;
  state.good[endpoint]! += good;
  if (state.params.splitExternalLocalOriginErrors) {
    state.total[endpoint]! += answers;
    state.localTotal[endpoint]! += answers + local;
    state.localGood[endpoint]! += answers;
  } else {
    state.total[endpoint]! += answers + local;
  }
}

function countRuns(state: OutlierState, endpoint: number, delta: ReportDelta, row: number): void {
  const local = localFailures(delta, row);
  const fivexx = delta.responses5xx[row]!;
  const gateway = delta.gateway5xx[row]!;
  const good = delta.ok[row]! + delta.throttled[row]!;
  const split = state.params.splitExternalLocalOriginErrors;
  // Split: attempts without an answer neither count for the run of 5xx nor break it.
  const failures = split ? fivexx : fivexx + local;
  const trailing = split
    ? Math.min(fivexx, delta.trailingFailures[row]! - Math.min(delta.trailingFailures[row]!, delta.trailingLocal[row]!))
    : delta.trailingFailures[row]!;
  const trailingGateway = split
    ? Math.min(gateway, delta.trailingGateway[row]! - Math.min(delta.trailingGateway[row]!, delta.trailingLocal[row]!))
    : delta.trailingGateway[row]!;
  extend(state.consecutive5xx, endpoint, failures, trailing, good > 0);
  extend(
    state.consecutiveGateway,
    endpoint,
    split ? gateway : gateway + local,
    trailingGateway,
    good + fivexx - gateway > 0,
  );
  if (split) extend(state.consecutiveLocal, endpoint, local, delta.trailingLocal[row]!, good + fivexx > 0);
}

function extend(runs: Float64Array, endpoint: number, failures: number, trailing: number, broken: boolean): void {
  if (broken) runs[endpoint] = trailing;
  else runs[endpoint]! += failures;
}

/** A run fires when it reaches its threshold, and then starts anew, so that it can fire again without a success between. */
function findRun(state: OutlierState, endpoint: number, rng: Rng): OutlierFinding | null {
  const { params } = state;
  return (
    fire(
      state.consecutive5xx,
      endpoint,
      params.consecutive5xx,
      params.enforcingConsecutive5xx,
      "consecutive_5xx",
      rng,
    ) ??
    fire(
      state.consecutiveGateway,
      endpoint,
      params.consecutiveGatewayFailure,
      params.enforcingConsecutiveGatewayFailure,
      "consecutive_gateway_failure",
      rng,
    ) ??
    fire(
      state.consecutiveLocal,
      endpoint,
      params.consecutiveLocalOriginFailure,
      params.enforcingConsecutiveLocalOriginFailure,
      "consecutive_local_origin_failure",
      rng,
    )
  );
}

function fire(
  runs: Float64Array,
  endpoint: number,
  threshold: number,
  enforcingPercent: number,
  detector: OutlierDetector,
  rng: Rng,
): OutlierFinding | null {
  const run = runs[endpoint]!;
  if (threshold <= 0 || run < threshold) return null;
  runs[endpoint] = 0;
  const cause = `${detector}: ${run} in a row, at most ${threshold - 1} allowed`;
  return { endpoint, detector, enforced: rng() * 100 < enforcingPercent, cause };
}

/**
 * At the end of an interval, what the rate detectors found; starts the next one. Before its end: nothing.
 *
 * - `isEjected`: endpoints that are out are neither judged nor part of the mean.
 *
 * An endpoint found by both detectors is listed once. Never throws. Linear in the endpoints.
 */
export function onOutlierInterval(
  state: OutlierState,
  isEjected: (endpoint: number) => boolean,
  nowMs: number,
  rng: Rng,
): readonly OutlierFinding[] {
  const { params } = state;
  if (!params.enabled || nowMs - state.intervalStartMs < params.intervalMs) return [];
  state.intervalStartMs = nowMs;
  const rates = (total: Float64Array, good: Float64Array): OriginRate[] =>
    Array.from(total, (volume, endpoint) => ({
      endpoint,
      volume,
      percent: volume > 0 ? (100 * good[endpoint]!) / volume : 100,
    })).filter(({ endpoint, volume }) => volume > 0 && !isEjected(endpoint));
  const findings = outliersByRate(params, rates(state.total, state.good), rng);
  const local = params.splitExternalLocalOriginErrors
    ? outliersByRate(params, rates(state.localTotal, state.localGood), rng)
    : [];
  for (const column of [state.total, state.good, state.localTotal, state.localGood]) column.fill(0);
  const seen = new Set(findings.filter((finding) => finding.enforced).map((finding) => finding.endpoint));
  return [...findings, ...local.filter((finding) => !seen.has(finding.endpoint))];
}
