/** The compiled service that the simulator's scenarios run against: the product's defaults, with the simulator's origins. */
import type { RequestPolicy, Service } from "../../src/core/mesh.ts";

export interface SimEndpoint {
  readonly id: string;
  readonly cloud: string;
  readonly loc: number;
  readonly weight: number;
}

/** Time limits of the simulated request: as the reference policy's (attempt 1.5-2 s by measured latency, 5 s in all). */
export const SIM_POLICY: RequestPolicy = {
  requestTimeoutMs: 5_000,
  attemptTimeoutMs: 0,
  attemptTimeoutMinMs: 1_500,
  attemptTimeoutMaxMs: 2_000,
  retry: {
    attempts: 2,
    codes: [500, 502, 503, 504],
    onConnectFailure: true,
    onReset: true,
    onTimeout: true,
    methods: ["GET"],
    idempotencyKey: true,
    backoffBaseMs: 25,
    backoffMaxMs: 250,
    retryAfterMaxMs: 1_000,
    bufferBytes: 65_536,
  },
  hedge: null,
};

/** A service with every default resolved. `overrides` replaces whole sections. */
export function simService(endpoints: readonly SimEndpoint[], overrides: Partial<Service> = {}): Service {
  return {
    name: "sim",
    endpoints: endpoints.map(({ id, cloud, loc, weight }) => ({
      id,
      origin: `http://${id}.example`,
      basePath: "",
      weight,
      priority: 0,
      locality: { cloud, region: `loc-${loc}`, zone: "" },
      near: null,
      labels: {},
      headers: [],
      costPerGb: 0,
    })),
    loadBalancing: {
      policy: "adaptive",
      choiceCount: 2,
      activeRequestBias: 1,
      decayMs: 10_000,
      defaultLatencyMs: 30,
      failurePenaltyMs: 1_000,
      score: { latency: 1, load: 1, failureRate: 1, distance: 0, cost: 0 },
      hash: { on: [], tableSize: 65_537, minimumRingSize: 1_024, maximumRingSize: 8_388_608, balanceFactorPercent: 0 },
      overprovisioningPercent: 140,
    },
    healthChecks: [],
    outlierDetection: {
      enabled: false,
      consecutive5xx: 5,
      consecutiveGatewayFailure: 5,
      consecutiveLocalOriginFailure: 5,
      splitExternalLocalOriginErrors: false,
      enforcingConsecutive5xx: 100,
      enforcingConsecutiveGatewayFailure: 0,
      enforcingConsecutiveLocalOriginFailure: 100,
      intervalMs: 10_000,
      baseEjectionTimeMs: 2_000,
      maxEjectionTimeMs: 10_000,
      maxEjectionTimeJitterMs: 200,
      maxEjectionPercent: 50,
      minEjectionHosts: 1,
      successRateMinimumHosts: 5,
      successRateRequestVolume: 100,
      successRateStdevFactor: 1_900,
      enforcingSuccessRate: 100,
      failurePercentageThreshold: 85,
      failurePercentageMinimumHosts: 5,
      failurePercentageRequestVolume: 50,
      enforcingFailurePercentage: 0,
      successfulActiveHealthCheckUneject: true,
    },
    circuitBreaker: {
      enabled: true,
      normalFailureRatio: 0.1,
      brokenFailureRatio: 0.7,
      threshold: 12,
      probeIntervalMs: 250,
      probeTtlMs: 3_000,
      probesToClose: 3,
      localConsecutiveFailures: 3,
      localBaseMs: 1_000,
      localMaxMs: 15_000,
    },
    failover: {
      mode: "learning",
      failures: 3,
      windowMs: 10_000,
      quietMs: 30_000,
      explorationFloor: 0.002,
      priorities: "proportional",
      allOut: "panic",
    },
    retryBudget: { percent: 20 },
    hedgePercentile: 95,
    limits: { maxRequests: 0, maxRequestsPerEndpoint: 0, retryAfterMs: 1_000, requestClass: null },
    slowStart: null,
    panicThreshold: 50,
    fallback: [],
    ...overrides,
  };
}
