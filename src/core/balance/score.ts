/**
 * By a score the user composes from five aspects. Each is expressed as "times worse than the best candidate", so that
 * milliseconds and dollars can be added, and the sum, weighted as the user says, is compared softly (soft-choice.ts).
 *
 *     score = Σ weight × aspect / best aspect, over Σ weight          1 is the best there can be
 *
 * Why the ratio to the best and not min-max: stretching every aspect to 0..1 makes 10.0 against 10.1 ms as different as 10
 * against 500. Each aspect has a floor below which differences do not count. Latency includes what failures cost, so
 * that weighting latency alone does not reward failing fast.
 *
 * Latency and load swing with what everybody chooses, so their part of the weights bounds the preference; failures,
 * distance and cost do not.
 *
 * An endpoint without a known cost counts as the cheapest known one: no news is no reason to avoid it.
 */
import type { Service } from "../mesh.ts";
import { wastedPerAnswer } from "./failure-cost.ts";
import { createLoadCost, REFRESH_MS } from "./load-cost.ts";
import type { Candidates, EndpointColumns, PolicyFactory } from "./policy.ts";
import { regionDistance } from "./region-distance.ts";
import { createSoftPolicy } from "./soft-choice.ts";

/** Floors, added to the aspect: 1 ms; 2 % failures; a tenth of the way to the other side of the Earth. */
const LATENCY_FLOOR_MS = 1;
const FAILURE_FLOOR = 0.02;
const DISTANCE_FLOOR = 0.1;

/** Never throws. Constant time, but linear every 100 ms. */
export const scorePolicy: PolicyFactory = (service, { region }) => {
  const { score, defaultLatencyMs, failurePenaltyMs } = service.loadBalancing;
  const sum = score.latency + score.load + score.failureRate + score.distance + score.cost;
  const distance = Float64Array.from(service.endpoints, ({ near }) => DISTANCE_FLOOR + regionDistance(region, near));
  const price = pricesOf(service);
  const load = createLoadCost(service.endpoints.length);
  const best = { latency: 1, load: 1, failure: 1, distance: 1, price: 1 };
  let epoch = 0;
  let preparedAtMs = Number.NEGATIVE_INFINITY;

  function latencyOf(columns: EndpointColumns, endpoint: number): number {
    const latencyMs = columns.latencyMs[endpoint]!;
    const wastedMs = wastedPerAnswer(columns.failureRatio[endpoint]!) * failurePenaltyMs;
    return LATENCY_FLOOR_MS + (latencyMs > 0 ? latencyMs : defaultLatencyMs) + wastedMs;
  }

  function failureOf(columns: EndpointColumns, endpoint: number): number {
    return FAILURE_FLOOR + wastedPerAnswer(columns.failureRatio[endpoint]!);
  }

  function prepare(columns: EndpointColumns, candidates: Candidates, nowMs: number): void {
    if (candidates.epoch !== 0 && candidates.epoch === epoch && nowMs - preparedAtMs < REFRESH_MS) return;
    epoch = candidates.epoch;
    preparedAtMs = nowMs;
    load.prepare(columns, candidates, nowMs);
    best.latency = best.load = best.failure = best.distance = best.price = Number.POSITIVE_INFINITY;
    const averageWeight = averageOf(columns.weight, candidates);
    for (let position = 0; position < candidates.count; position++) {
      const endpoint = candidates.index[position]!;
      best.latency = Math.min(best.latency, latencyOf(columns, endpoint));
      best.load = Math.min(best.load, load.costOf(columns, endpoint, averageWeight));
      best.failure = Math.min(best.failure, failureOf(columns, endpoint));
      best.distance = Math.min(best.distance, distance[endpoint]!);
      best.price = Math.min(best.price, price[endpoint]!);
    }
  }

  function costOf(columns: EndpointColumns, endpoint: number, averageWeight: number): number {
    if (sum === 0) return 1;
    let worse = 0;
    if (score.latency > 0) worse += (score.latency * latencyOf(columns, endpoint)) / best.latency;
    if (score.load > 0) worse += (score.load * load.costOf(columns, endpoint, averageWeight)) / best.load;
    if (score.failureRate > 0) worse += (score.failureRate * failureOf(columns, endpoint)) / best.failure;
    if (score.distance > 0) worse += (score.distance * distance[endpoint]!) / best.distance;
    if (score.cost > 0) worse += (score.cost * price[endpoint]!) / best.price;
    return worse / sum;
  }

  const dynamic = sum === 0 ? 0 : (score.latency + score.load) / sum;
  return createSoftPolicy({ size: service.endpoints.length, costOf, prepare, dynamic });
};

function pricesOf({ endpoints }: Service): Float64Array {
  const known = endpoints.map(({ costPerGb }) => costPerGb).filter((cost) => cost > 0);
  const cheapest = known.length === 0 ? 1 : Math.min(...known);
  return Float64Array.from(endpoints, ({ costPerGb }) => (costPerGb > 0 ? costPerGb : cheapest));
}

function averageOf(weight: Float64Array, { index, count }: Candidates): number {
  let total = 0;
  for (let position = 0; position < count; position++) total += weight[index[position]!]!;
  return total / count;
}
