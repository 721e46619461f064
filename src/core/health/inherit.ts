/**
 * A coordinator that takes over from another one of the same regions, because the service has other endpoints or settings
 * now: what is known of endpoints that stay goes on as if nothing had happened. Saving and loading (stored-endpoint.ts) keeps
 * what matters after an eviction; here nothing has to be lost, and with discovery endpoints change every few seconds.
 */
import type { DecayedSums } from "../load/decayed-sum.ts";
import { mergeColumns, sketchToColumns } from "../load/sketch.ts";
import { cellColumns, endpointColumns } from "./anomaly/anomaly-state.ts";
import type { Coordinator } from "./coordinator-state.ts";
import { copyFailures } from "./failure-window.ts";
import { copyBuckets } from "./latency.ts";

type Column = Float64Array | Uint8Array;

/** What is known of the service as a whole. Both have the same regions. */
export function inheritService(to: Coordinator, from: Coordinator): void {
  to.demand.sums.set(from.demand.sums);
  to.demand.atMs.set(from.demand.atMs);
  to.retries.counts.sums.set(from.retries.counts.sums);
  to.retries.counts.atMs.set(from.retries.counts.atMs);
  mergeColumns(to.answers, sketchToColumns(from.answers));
  to.shedding = from.shedding;
  to.goodputRatio = from.goodputRatio;
  to.stall.sinceMs = from.stall.sinceMs;
  to.stall.lastMs = from.stall.lastMs;
  to.stall.finishedAtMs = from.stall.finishedAtMs;
  to.slackRatio = from.slackRatio;
  to.hedgeDelayMs = from.hedgeDelayMs;
  to.firstReportAtMs = from.firstReportAtMs;
  to.answersDecayedAtMs = from.answersDecayedAtMs;
  // Shares of other endpoints are other shares: the next control step is due at once.
  to.steppedAtMs = Number.NEGATIVE_INFINITY;
}

/** What is known of one endpoint, by its index in each. Linear in the regions. */
export function inheritEndpoint(to: Coordinator, endpoint: number, from: Coordinator, before: number): void {
  const breaker = from.breakers[before]!;
  const longestMs = to.breakerParams.maxEjectionTimeMs + to.breakerParams.maxEjectionTimeJitterMs;
  to.breakers[endpoint] =
    breaker.state === "open"
      ? { ...breaker, untilMs: Math.min(breaker.untilMs, breaker.sinceMs + longestMs) }
      : breaker;
  copyAll(ofEndpoint(to), endpoint, ofEndpoint(from), before);
  copyBuckets(from.latency, before, to.latency, endpoint);
  if (to.failures !== null && from.failures !== null) copyFailures(from.failures, before, to.failures, endpoint);
  inheritAnomaly(to, endpoint, from, before);
  const cells = [ofPath(to), ofPath(from)] as const;
  for (let r = 0; r < to.regions.length; r++) {
    to.pathBreakers[r * to.size + endpoint] = from.pathBreakers[r * from.size + before]!;
    copyAll(cells[0], r * to.size + endpoint, cells[1], r * from.size + before);
  }
}

/** What was learned of an endpoint goes on; a lean within the bounds that hold now. */
function inheritAnomaly(to: Coordinator, endpoint: number, from: Coordinator, before: number): void {
  if (to.anomaly === null || from.anomaly === null) return;
  copyAll(endpointColumns(to.anomaly), endpoint, endpointColumns(from.anomaly), before);
  to.anomaly.lean[endpoint] = Math.max(to.anomaly.lean[endpoint]!, 1 - to.anomaly.maxLeanRatio);
  const cells = [cellColumns(to.anomaly), cellColumns(from.anomaly)] as const;
  for (let r = 0; r < to.regions.length; r++) {
    copyAll(cells[0], r * to.size + endpoint, cells[1], r * from.size + before);
  }
}

/** Columns by endpoint. */
function ofEndpoint(c: Coordinator): readonly Column[] {
  const { latency, outcomes, suspicion, capacity, stall } = c;
  return [
    c.health,
    c.healthyAtMs,
    c.silenceScore,
    c.taps,
    c.refusalAtMs,
    ...sumsOf(c.delivered, c.throttled, c.timedOut, outcomes.totalEverywhere, outcomes.failedEverywhere),
    latency.unloadedMs,
    latency.comparableMs,
    latency.lastOkAtMs,
    suspicion.everywhere,
    suspicion.ejectedAtMs,
    capacity.allowedRps,
    capacity.knownRps,
    capacity.variance,
    capacity.queueMs,
    capacity.congested,
    capacity.holdUntilMs,
    capacity.calmSeconds,
    capacity.usualRps,
    capacity.queueSinceMs,
    stall.usualRps,
  ];
}

/** Columns by cell: one region's way to one endpoint. */
function ofPath({ latency, outcomes, suspicion, probability, answersMet }: Coordinator): readonly Column[] {
  const { slowSamples, slowSumMs, fastSamples, fastSumMs, floorMs, floorAtMs } = latency;
  return [
    probability,
    answersMet,
    ...sumsOf(slowSamples, slowSumMs, fastSamples, fastSumMs, outcomes.total, outcomes.failed),
    floorMs,
    floorAtMs,
    suspicion.regional,
    suspicion.okSince,
    suspicion.failedSince,
  ];
}

function sumsOf(...all: readonly DecayedSums[]): readonly Column[] {
  return all.flatMap(({ sums, atMs }) => [sums, atMs]);
}

function copyAll(to: readonly Column[], at: number, from: readonly Column[], before: number): void {
  for (let i = 0; i < to.length; i++) to[i]![at] = from[i]![before]!;
}
