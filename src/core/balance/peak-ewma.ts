/**
 * The cheaper of two by peak EWMA × (pending + 1): Finagle's and Tower's rule, from what this isolate saw itself.
 *
 *     on an answer: longer than the average → the average becomes it; else average × w + answer × (1 − w)
 *     on a read:    average × w                w = exp(−elapsed / decay)
 *
 * It believes a slow answer at once and forgets it slowly; an idle endpoint gets cheaper until it is tried again.
 *
 * Failures: recorded as at least the penalty (and the Retry-After asked for) and never as an improvement; the shared
 * failure ratio is added as what it wastes. Without that a fast-failing origin would be the best of all. Throttled answers
 * count like failures here: they are as fast, and ask for less.
 *
 * The two are distinct and drawn by weight; a tie goes to the first, so equal costs leave the weights. Comparing hard is
 * safe, unlike with shared numbers: every isolate has an average of its own.
 *
 * Never measured: the shared estimate, else the default.
 *
 * Source: twitter/finagle PeakEwma.scala; tower-rs/tower load/peak_ewma.rs; linkerd2-proxy load-biaser (penalty).
 */
import { isFailure } from "../outcome.ts";
import { wastedPerAnswer } from "./failure-cost.ts";
import type { EndpointColumns, PolicyFactory } from "./policy.ts";
import { createWeightTables, drawOtherPosition, drawPosition, weightTableOf } from "./weight-table.ts";

/** A longer Retry-After counts as this. Source: Linkerd's LoadBiaser. */
const RETRY_AFTER_MAX_MS = 300_000;

/** Never throws. Constant time for equal weights, else logarithmic. Cost in ms. */
export const peakEwmaPolicy: PolicyFactory = (service) => {
  const size = service.endpoints.length;
  const { decayMs, defaultLatencyMs, failurePenaltyMs } = service.loadBalancing;
  const tables = createWeightTables(size);
  /** 0: never measured. */
  const averageMs = new Float64Array(size);
  const measuredAtMs = new Float64Array(size);

  function decayed(endpoint: number, nowMs: number): number {
    const elapsed = nowMs - measuredAtMs[endpoint]!;
    return elapsed > 0 ? averageMs[endpoint]! * Math.exp(-elapsed / decayMs) : averageMs[endpoint]!;
  }

  function costOf(columns: EndpointColumns, endpoint: number, nowMs: number): number {
    const shared = columns.latencyMs[endpoint]!;
    const unmeasured = shared > 0 ? shared : defaultLatencyMs;
    const latencyMs = averageMs[endpoint]! > 0 ? decayed(endpoint, nowMs) : unmeasured;
    const wastedMs = wastedPerAnswer(columns.failureRatio[endpoint]!) * failurePenaltyMs;
    return (latencyMs + wastedMs) * (columns.ownInFlight[endpoint]! + 1);
  }

  return {
    memory: [averageMs, measuredAtMs],
    pick(columns, candidates, { nowMs, rng }) {
      const { index, count } = candidates;
      if (count === 1) return index[0]!;
      const table = weightTableOf(tables, columns.weight, candidates);
      const position = drawPosition(table, rng);
      const first = index[position]!;
      const second = index[drawOtherPosition(table, position, rng)]!;
      return costOf(columns, first, nowMs) <= costOf(columns, second, nowMs) ? first : second;
    },
    onOutcome(endpoint, { outcome, latencyMs, nowMs, retryAfterMs }) {
      if (outcome === "cancelled") return;
      const before = decayed(endpoint, nowMs);
      let observed = latencyMs;
      if (isFailure(outcome) || outcome === "throttled") {
        observed = Math.max(latencyMs, failurePenaltyMs, Math.min(retryAfterMs, RETRY_AFTER_MAX_MS), before);
      }
      const kept = Math.exp(-Math.max(0, nowMs - measuredAtMs[endpoint]!) / decayMs);
      // An average of 0 means never measured, so an answer in no time counts as a microsecond.
      const next = observed >= before ? observed : averageMs[endpoint]! * kept + observed * (1 - kept);
      averageMs[endpoint] = Math.max(next, 0.001);
      measuredAtMs[endpoint] = nowMs;
    },
    explain: (columns, _candidates, endpoint, nowMs) => ({ cost: costOf(columns, endpoint, nowMs) }),
  };
};
