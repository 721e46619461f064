/**
 * How loaded an endpoint is, for comparing candidates.
 *
 * Where endpoints tell their utilisation, that is it; those that do not tell count as the median of those that do, as in
 * Envoy's client-side weighting by ORCA reports. Failures add what they waste (ORCA's error penalty, but steeper).
 *
 * Where none tells, requests in flight over all isolates stand in, per weight. A fast-failing origin has little in flight,
 * so in proportion to its failures it counts as busy as the average.
 *
 * Medians and averages are those of at most 100 ms ago: the numbers behind them change once a second.
 */
import { wastedPerAnswer } from "./failure-cost.ts";
import type { Candidates, EndpointColumns } from "./policy.ts";

export interface LoadCost {
  /** Refreshes what depends on all candidates. Linear, at most every 100 ms for the same epoch. */
  prepare(columns: EndpointColumns, candidates: Candidates, nowMs: number): void;
  /** > 0, lower is better. `averageWeight` is that of the candidates. */
  costOf(columns: EndpointColumns, endpoint: number, averageWeight: number): number;
}

export const REFRESH_MS = 100;

/** Utilisation below which differences do not matter: without it 1 % against 2 % would be twice as loaded. */
const IDLE = 0.1;

/** For a service of `size` endpoints. Never throws. */
export function createLoadCost(size: number): LoadCost {
  const told = new Float64Array(size);
  let epoch = 0;
  let preparedAtMs = Number.NEGATIVE_INFINITY;
  /** NaN: none tells. */
  let median = Number.NaN;
  let averageInFlight = 0;

  return {
    prepare(columns, candidates, nowMs) {
      if (candidates.epoch !== 0 && candidates.epoch === epoch && nowMs - preparedAtMs < REFRESH_MS) return;
      epoch = candidates.epoch;
      preparedAtMs = nowMs;
      let known = 0;
      let inFlight = 0;
      for (let position = 0; position < candidates.count; position++) {
        const endpoint = candidates.index[position]!;
        const load = columns.load[endpoint]!;
        if (load >= 0) told[known++] = load;
        inFlight += columns.inFlight[endpoint]!;
      }
      averageInFlight = inFlight / candidates.count;
      median = known === 0 ? Number.NaN : medianOf(told.subarray(0, known));
    },
    costOf(columns, endpoint, averageWeight) {
      const ratio = columns.failureRatio[endpoint]!;
      const wasted = wastedPerAnswer(ratio);
      if (median >= 0) {
        const load = columns.load[endpoint]!;
        return IDLE + (load >= 0 ? load : median) + wasted;
      }
      const busy = (columns.inFlight[endpoint]! / columns.weight[endpoint]!) * averageWeight;
      return (1 + (ratio > 0 ? Math.max(busy, averageInFlight * ratio) : busy)) * (1 + wasted);
    },
  };
}

/** Sorts in place. Of an even number, the upper one of the middle. */
function medianOf(values: Float64Array): number {
  values.sort();
  return values[values.length >> 1]!;
}
