import type { Endpoint, Fallback, HealthCheck, LoadBalancing, RequestPolicy, Service } from "../../core/mesh.ts";
import { endpointsUnder } from "../../core/plaintext.ts";
import { durationMs } from "../duration.ts";
import type { ServiceConfig } from "../schema/mesh.ts";
import { nearestHint } from "./cloud-regions.ts";
import { boundsMs, headerPairs, splitHeaders, statusRange } from "./resolve.ts";
import { compileSlo } from "./slo.ts";

/** Indices into Mesh.services and Mesh.policies. */
export interface ServiceReference {
  readonly service: number;
  readonly policy: number;
}

/**
 * One service with every default resolved.
 *
 * - `policies`: those of the rules that lead here; they say which percentile of latency has to be known.
 * - `refer`: what a fallback to a service refers to. Every name is known: the decoder has seen to that.
 */
export function compileService(
  name: string,
  config: ServiceConfig,
  policies: readonly RequestPolicy[],
  refer: (service: string) => ServiceReference,
): Service {
  const endpoints = endpointsUnder(config.plaintext, config.endpoints.map(compileEndpoint));
  return {
    name,
    endpoints,
    loadBalancing: compileLoadBalancing(config.loadBalancing),
    healthChecks: config.healthChecks.map(compileHealthCheck),
    outlierDetection: compileOutlierDetection(config.outlierDetection),
    circuitBreaker: compileCircuitBreaker(config.circuitBreaker),
    ...compileAnomalyDetection(config.anomalyDetection),
    failover: compileFailover(config, endpoints.length),
    retryBudget: { percent: config.retry.budget.percent },
    hedgePercentile: Math.max(0, ...policies.map(({ hedge }) => hedge?.percentile ?? 0)),
    limits: compileLimits(config.limits),
    slowStart: compileSlowStart(config.slowStart),
    panicThreshold: config.panicThreshold,
    stateShards: config.stateShards,
    ...(config.slo.length > 0 && { slo: compileSlo(config.slo) }),
    ...(config.outcomeClassifier && { outcomeClassifier: config.outcomeClassifier }),
    ...(config.clientCertificate && { clientCertificate: config.clientCertificate }),
    // Endpoints of the config are as they should be; only those that are found are judged again.
    ...(config.discovery && config.plaintext !== "allow" && { plaintext: config.plaintext }),
    fallback: config.fallback.map((step) => compileFallback(step, refer)),
  };
}

function compileEndpoint(config: ServiceConfig["endpoints"][number]): Endpoint {
  const url = new URL(config.url);
  return {
    id: config.id,
    origin: url.origin,
    basePath: url.pathname.replace(/\/+$/, ""),
    weight: config.weight,
    priority: config.priority,
    locality: config.locality,
    near: nearestHint(config.locality.region),
    labels: config.labels,
    headers: splitHeaders(Object.entries(config.headers)).plain,
    costPerGb: config.costPerGb,
    ...(config.clientCertificate && { clientCertificate: config.clientCertificate }),
  };
}

function compileLoadBalancing(config: ServiceConfig["loadBalancing"]): LoadBalancing {
  const { decay, defaultLatency, failurePenalty, hash, extension, ...same } = config;
  return {
    ...same,
    ...(extension && { extension }),
    decayMs: durationMs(decay),
    defaultLatencyMs: durationMs(defaultLatency),
    failurePenaltyMs: durationMs(failurePenalty),
    hash: {
      ...hash,
      on: hash.on.map((on) => (on.type === "header" ? { ...on, name: on.name.toLowerCase() } : on)),
      minimumRingSize: hash.minimumRingSize ?? Math.min(1_024, hash.maximumRingSize ?? 1_024),
      maximumRingSize: hash.maximumRingSize ?? Math.max(65_536, hash.minimumRingSize ?? 0),
    },
  };
}

function compileHealthCheck(config: ServiceConfig["healthChecks"][number]): HealthCheck {
  const intervalMs = durationMs(config.interval);
  const common = {
    kind: config.kind,
    intervalMs,
    edgeIntervalMs: config.edgeInterval === undefined ? Math.max(100, intervalMs / 4) : durationMs(config.edgeInterval),
    timeoutMs: config.timeout === undefined ? Math.min(2_000, intervalMs) : durationMs(config.timeout),
    jitterPercent: config.jitterPercent,
    healthyThreshold: config.healthyThreshold,
    unhealthyThreshold: config.unhealthyThreshold,
  };
  if (config.type === "tcp") return { ...common, type: "tcp" };
  return {
    ...common,
    type: "http",
    method: config.method,
    path: config.path,
    headers: splitHeaders(Object.entries(config.headers)).plain,
    expectedStatuses: config.expectedStatuses.map(statusRange),
    expectedBody: config.expectedBody,
  };
}

function compileOutlierDetection(config: ServiceConfig["outlierDetection"]): Service["outlierDetection"] {
  const { interval, baseEjectionTime, maxEjectionTime, maxEjectionTimeJitter, ...same } = config;
  const [baseEjectionTimeMs, maxEjectionTimeMs] = boundsMs(baseEjectionTime, maxEjectionTime, [2_000, 10_000]);
  return {
    ...same,
    intervalMs: durationMs(interval),
    baseEjectionTimeMs,
    maxEjectionTimeMs,
    maxEjectionTimeJitterMs: durationMs(maxEjectionTimeJitter),
  };
}

function compileCircuitBreaker(config: ServiceConfig["circuitBreaker"]): Service["circuitBreaker"] {
  const { probeInterval, probeTtl, localBase, localMax, ...same } = config;
  const [localBaseMs, localMaxMs] = boundsMs(localBase, localMax, [1_000, 15_000]);
  return {
    ...same,
    probeIntervalMs: durationMs(probeInterval),
    probeTtlMs: durationMs(probeTtl),
    localBaseMs,
    localMaxMs,
  };
}

/** What is off is left out. */
function compileAnomalyDetection({
  enabled,
  ...anomalyDetection
}: ServiceConfig["anomalyDetection"]): Pick<Service, "anomalyDetection"> {
  return enabled ? { anomalyDetection } : {};
}

function compileFailover({ failover, loadBalancing }: ServiceConfig, endpoints: number): Service["failover"] {
  const { window, quiet, mode, explorationFloor, ...same } = failover;
  return {
    ...same,
    mode: mode ?? (loadBalancing.policy === "adaptive" ? "learning" : "direct"),
    windowMs: durationMs(window),
    quietMs: durationMs(quiet),
    // Floors of many endpoints together leave at least half of the traffic to the model.
    explorationFloor: Math.min(explorationFloor, 0.5 / endpoints),
  };
}

function compileLimits({
  retryAfter,
  requestClass,
  adaptiveConcurrency,
  ...same
}: ServiceConfig["limits"]): Service["limits"] {
  return {
    ...same,
    retryAfterMs: durationMs(retryAfter),
    requestClass:
      requestClass === undefined
        ? null
        : {
            header: requestClass.header.toLowerCase(),
            classes: requestClass.classes,
            defaultClass: requestClass.defaultClass ?? requestClass.classes.at(-1)!,
            ...(requestClass.trust === "mesh" && { trust: "mesh" as const }),
          },
    ...(adaptiveConcurrency?.enabled && {
      adaptiveConcurrency: {
        tolerance: adaptiveConcurrency.tolerance,
        minQueueMs: durationMs(adaptiveConcurrency.minQueue),
        minAdmitRatio: adaptiveConcurrency.minAdmitPercent / 100,
      },
    }),
  };
}

function compileSlowStart({ window, ...same }: ServiceConfig["slowStart"]): Service["slowStart"] {
  const windowMs = durationMs(window);
  return windowMs === 0 ? null : { windowMs, ...same };
}

function compileFallback(
  step: ServiceConfig["fallback"][number],
  refer: (service: string) => ServiceReference,
): Fallback {
  if ("service" in step) return { type: "service", ...refer(step.service) };
  if ("staleIfError" in step) return { type: "staleIfError", maxAgeMs: durationMs(step.staleIfError.maxAge) };
  const { status, headers, body } = step.response;
  return { type: "response", status, headers: headerPairs(headers), body };
}
