/** What a region gets to see: the columns of a snapshot that the coordinator knows. Reads only. */

import { slowStartFactor } from "../balance/slow-start.ts";
import type { BreakerCode, HealthCode, Snapshot } from "../protocol.ts";
import { leanOf } from "./anomaly/watch.ts";
import { type Breaker, openForMs } from "./breaker.ts";
import type { Coordinator } from "./coordinator-state.ts";
import { estimateLatency } from "./latency.ts";
import { failureRatio } from "./outcomes.ts";
import { retryAllowance } from "./retry-budget.ts";
import { isSaturated } from "./routing-model.ts";
import { isNearlySuspected } from "./suspicion.ts";

/** Milliseconds after an ejection during which isolates report faster: the load is moving to the others. */
const ALERT_AFTER_EJECTION_MS = 10_000;

/** `ids` names the endpoints; the other arrays run parallel to it. */
export type RegionView = Pick<
  Snapshot,
  | "ids"
  | "probability"
  | "breaker"
  | "openForMs"
  | "health"
  | "weight"
  | "latencyMs"
  | "latencySamples"
  | "failureRatio"
  | "failureSamples"
  | "retryAllow"
  | "shed"
  | "hedgeDelayMs"
  | "alert"
  | "admitRatio"
>;

/**
 * The view of one region as of `nowMs`. Allocates its columns; changes nothing. `breaker` is the worse of the endpoint's
 * and the path's. Linear in regions × endpoints.
 */
export function projectRegion(c: Coordinator, region: number, nowMs: number): RegionView {
  const { size, service } = c;
  const breaker: BreakerCode[] = new Array(size);
  const openFor: number[] = new Array(size);
  const weight: number[] = new Array(size);
  const latencyMs: number[] = new Array(size);
  const latencySamples: number[] = new Array(size);
  const failed: number[] = new Array(size);
  const failureSamples: number[] = new Array(size);
  const probability: number[] = new Array(size);
  let alert = c.shedding.ratio > 0;
  for (let e = 0; e < size; e++) {
    const shared = c.breakers[e]!;
    const path = c.pathBreakers[region * size + e]!;
    const worse = shared.state === "closed" ? path : shared;
    breaker[e] = codeOf(worse);
    openFor[e] = openForMs(worse, nowMs);
    weight[e] = c.factors[e]! * leanOf(c, e) * Math.min(warmth(c, shared, nowMs), warmth(c, path, nowMs));
    probability[e] = c.probability[region * size + e]!;
    const latency = estimateLatency(c.latency, region, e, nowMs);
    latencyMs[e] = latency.ms;
    latencySamples[e] = latency.samples;
    const failure = failureRatio(c.outcomes, region, e, nowMs);
    failed[e] = failure.ratio;
    failureSamples[e] = failure.samples;
    alert ||=
      isSaturated(c, e, nowMs) ||
      isNearlySuspected(c.suspicion, e) ||
      (shared.state !== "closed" && nowMs - shared.sinceMs < ALERT_AFTER_EJECTION_MS) ||
      path.state !== "closed";
  }
  return {
    ids: c.ids,
    probability,
    breaker,
    openForMs: openFor,
    health: Array.from(c.health) as HealthCode[],
    weight,
    latencyMs,
    latencySamples,
    failureRatio: failed,
    failureSamples,
    retryAllow: retryAllowance(c.retries, service.retryBudget.percent, c.slackRatio, nowMs),
    // Endpoints that are limited one by one refuse by themselves.
    shed: c.concurrency === null ? c.shedding.ratio : 0,
    hedgeDelayMs: c.hedgeDelayMs,
    alert,
    ...(c.concurrency !== null && { admitRatio: Array.from(c.concurrency.admitRatio.subarray(0, size)) }),
  };
}

/** Slow start after a breaker closed. The adaptive policy has none: its capacity model starts low and listens. */
function warmth(c: Coordinator, breaker: Breaker, nowMs: number): number {
  if (breaker.state !== "closed" || c.service.loadBalancing.policy === "adaptive") return 1;
  return slowStartFactor(c.service.slowStart, nowMs - breaker.sinceMs);
}

function codeOf(breaker: Breaker): BreakerCode {
  switch (breaker.state) {
    case "closed":
      return 0;
    case "open":
      return 1;
    case "half-open":
      return 2;
  }
}
