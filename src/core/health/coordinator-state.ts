/** What a coordinator knows, and how it starts. The parts are explained in their own files; README.md has the whole. */

import { type ConcurrencyModel, createConcurrencyModel } from "../limit/adaptive-concurrency.ts";
import { createDecayedSums, type DecayedSums } from "../load/decayed-sum.ts";
import { createSketch, type Sketch } from "../load/sketch.ts";
import type { Service } from "../mesh.ts";
import type { HealthCode } from "../protocol.ts";
import type { Region } from "../region.ts";
import type { Rng } from "../rng.ts";
import { type AnomalyState, createAnomalyState } from "./anomaly/anomaly-state.ts";
import { type Breaker, type BreakerParams, closedBreaker } from "./breaker.ts";
import { type CapacityModel, createCapacityModel } from "./capacity.ts";
import { createFailureWindow, type FailureWindow } from "./failure-window.ts";
import type { HealthEvent } from "./health-event.ts";
import { createLatencyModel, type LatencyModel } from "./latency.ts";
import { createOutcomeCounts, type OutcomeCounts } from "./outcomes.ts";
import { createRetryCounts, type RetryCounts } from "./retry-budget.ts";
import { NO_SHEDDING, type Shedding } from "./shedding.ts";
import { createStall, type Stall } from "./stall.ts";
import { createSuspicion, type Suspicion } from "./suspicion.ts";

/** Milliseconds: requests and answers per second are measured over about this long. */
export const RATE_TAU_MS = 1_000;
/** Generations start at a random value below this: late answers of an earlier life of the object then mean nothing. */
const GENERATION_RANGE = 2 ** 30;

/** Mutable; owned by one Durable Object, or by the simulator. Cells are `region * size + endpoint`. */
export interface Coordinator {
  readonly service: Service;
  readonly regions: readonly Region[];
  readonly rng: Rng;
  readonly size: number;
  readonly indexOf: ReadonlyMap<string, number>;
  readonly ids: readonly string[];
  readonly clouds: readonly string[];
  readonly weights: Float64Array;
  /** What operators make of the weight: > 0, 1 when they said nothing. */
  readonly factors: Float64Array;
  /** By endpoint: position of its priority among those in use. */
  readonly priorities: { readonly levelOf: Uint8Array; readonly levelCount: number };
  readonly breakerParams: BreakerParams;
  /** Shared by all regions, by endpoint; and of one region's path, by cell. With one region only the first is used. */
  readonly breakers: Breaker[];
  readonly pathBreakers: Breaker[];
  readonly health: Uint8Array;
  /** When setHealth last said "healthy". */
  readonly healthyAtMs: Float64Array;
  /** What stands against it since its last good answer, from all reporters; see silence.ts. */
  readonly silenceScore: Float64Array;
  readonly latency: LatencyModel;
  readonly outcomes: OutcomeCounts;
  /** By cell: answers so far, good or bad, until they are enough to know the endpoint. */
  readonly answersMet: Float64Array;
  readonly suspicion: Suspicion;
  /** Only in failover mode time-window. */
  readonly failures: FailureWindow | null;
  readonly capacity: CapacityModel;
  /** Null where endpoints are not limited by it. */
  readonly concurrency: ConcurrencyModel | null;
  /** Null where nothing is watched for. */
  readonly anomaly: AnomalyState | null;
  /** Counts of requests by region, and of ok and throttled answers by endpoint. */
  readonly demand: DecayedSums;
  readonly delivered: DecayedSums;
  readonly throttled: DecayedSums;
  /** Attempts without an answer in time, or answered 502-504. */
  readonly timedOut: DecayedSums;
  readonly retries: RetryCounts;
  readonly answers: Sketch;
  /** Routing probabilities by cell, and the taps of the water-filling by endpoint. */
  readonly probability: Float64Array;
  readonly taps: Float64Array;
  shedding: Shedding;
  /** Answers per admitted request; 1 when all are answered. */
  goodputRatio: number;
  /** What is usually delivered, and whether all endpoints pause. */
  readonly stall: Stall;
  /** Spare capacity as a share of the demand. */
  slackRatio: number;
  hedgeDelayMs: number;
  /** Epoch of the first report, of the last control step, of the last decay of `answers`; -1 before. */
  firstReportAtMs: number;
  steppedAtMs: number;
  answersDecayedAtMs: number;
  readonly events: HealthEvent[];
  /** When a refusal to eject was last explained, by endpoint. */
  readonly refusalAtMs: Float64Array;
}

/**
 * A coordinator that has heard nothing: every endpoint is closed, unlimited, and gets its share by weight.
 *
 * - `regions`: those whose reports it merges; at least one. Reports name them by index.
 * - `rng`: for jitter and the first generation.
 * - `watches`: whether it looks for anomalies, where the service wants that. Default true.
 */
export function createCoordinator(input: {
  readonly service: Service;
  readonly regions: readonly Region[];
  readonly rng: Rng;
  readonly nowMs: number;
  readonly watches?: boolean;
}): Coordinator {
  const { service, regions, rng, nowMs, watches = true } = input;
  const size = service.endpoints.length;
  const cells = size * regions.length;
  const clouds = service.endpoints.map((endpoint) => endpoint.locality.cloud);
  const fresh = () => closedBreaker(Math.floor(rng() * GENERATION_RANGE));
  const { failover, circuitBreaker, loadBalancing, anomalyDetection } = service;
  const coordinator: Coordinator = {
    service,
    regions,
    rng,
    size,
    indexOf: new Map(service.endpoints.map((endpoint, index) => [endpoint.id, index])),
    ids: service.endpoints.map((endpoint) => endpoint.id),
    clouds,
    weights: Float64Array.from(service.endpoints, (endpoint) => endpoint.weight),
    priorities: prioritiesOf(service),
    factors: new Float64Array(size).fill(1),
    breakerParams: breakerParamsOf(service),
    breakers: Array.from({ length: size }, fresh),
    pathBreakers: Array.from({ length: cells }, fresh),
    health: new Uint8Array(size),
    healthyAtMs: new Float64Array(size).fill(Number.NEGATIVE_INFINITY),
    silenceScore: new Float64Array(size),
    latency: createLatencyModel(size, regions.length, loadBalancing.defaultLatencyMs),
    outcomes: createOutcomeCounts(size, regions.length),
    answersMet: new Float64Array(cells),
    suspicion: createSuspicion(regions.length, clouds, circuitBreaker),
    failures: failover.mode === "time-window" ? createFailureWindow(size, failover.windowMs) : null,
    capacity: createCapacityModel(size),
    concurrency:
      service.limits.adaptiveConcurrency === undefined
        ? null
        : createConcurrencyModel(service.limits.adaptiveConcurrency, size),
    anomaly:
      watches && anomalyDetection !== undefined ? createAnomalyState(anomalyDetection, size, regions.length) : null,
    demand: createDecayedSums(regions.length, RATE_TAU_MS),
    delivered: createDecayedSums(size, RATE_TAU_MS),
    throttled: createDecayedSums(size, RATE_TAU_MS),
    timedOut: createDecayedSums(size, RATE_TAU_MS),
    retries: createRetryCounts(),
    answers: createSketch(),
    probability: new Float64Array(cells),
    taps: new Float64Array(size).fill(1),
    shedding: NO_SHEDDING,
    goodputRatio: 1,
    stall: createStall(size),
    slackRatio: Number.POSITIVE_INFINITY,
    hedgeDelayMs: 0,
    firstReportAtMs: -1,
    steppedAtMs: nowMs,
    answersDecayedAtMs: nowMs,
    events: [],
    refusalAtMs: new Float64Array(size).fill(Number.NEGATIVE_INFINITY),
  };
  let weights = 0;
  for (const endpoint of service.endpoints) weights += endpoint.weight;
  for (let cell = 0; cell < cells; cell++) {
    coordinator.probability[cell] = service.endpoints[cell % size]!.weight / weights;
  }
  return coordinator;
}

function prioritiesOf({ endpoints }: Service): Coordinator["priorities"] {
  const used = [...new Set(endpoints.map(({ priority }) => priority))].sort((a, b) => a - b);
  return {
    levelOf: Uint8Array.from(endpoints, ({ priority }) => used.indexOf(priority)),
    levelCount: Math.max(1, used.length),
  };
}

/** In failover mode time-window an endpoint is out for exactly the quiet time, however often it failed. */
function breakerParamsOf(service: Service): BreakerParams {
  const { outlierDetection, circuitBreaker, failover } = service;
  const quiet = failover.mode === "time-window" ? failover.quietMs : null;
  return {
    baseEjectionTimeMs: quiet ?? outlierDetection.baseEjectionTimeMs,
    maxEjectionTimeMs: quiet ?? outlierDetection.maxEjectionTimeMs,
    maxEjectionTimeJitterMs: quiet === null ? outlierDetection.maxEjectionTimeJitterMs : 0,
    intervalMs: outlierDetection.intervalMs,
    probeIntervalMs: circuitBreaker.probeIntervalMs,
    probeTtlMs: circuitBreaker.probeTtlMs,
    probesToClose: Math.max(1, circuitBreaker.probesToClose),
  };
}

/** Whether what was observed, or what an operator said, lets an endpoint have requests. */
export function isServing(health: HealthCode | number): boolean {
  return health < 2;
}

/** Whether an operator took the endpoint out: then it does not exist, in panic neither. */
export function isBarred(health: HealthCode | number): boolean {
  return health >= 4;
}

/** Whether an endpoint may be routed to from a region: serving, and neither its breaker nor that of the path is open. */
export function isAvailable(c: Coordinator, region: number, endpoint: number): boolean {
  return (
    isServing(c.health[endpoint]!) &&
    c.breakers[endpoint]!.state === "closed" &&
    c.pathBreakers[region * c.size + endpoint]!.state === "closed"
  );
}
