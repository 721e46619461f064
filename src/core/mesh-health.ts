/** How a service's endpoints are judged, and what becomes of traffic then. Part of the mesh (mesh.ts). */

export type HealthCheck = {
  /** liveness: failing means dead; readiness: failing means no new requests. */
  readonly kind: "liveness" | "readiness";
  readonly intervalMs: number;
  /** While the verdict is changing. Default a quarter of the interval. */
  readonly edgeIntervalMs: number;
  readonly timeoutMs: number;
  /** Share of the interval added at random, 0..100. Default 10. */
  readonly jitterPercent: number;
  /** Successes in a row to come up, failures in a row to go down. Default 2 and 3. */
  readonly healthyThreshold: number;
  readonly unhealthyThreshold: number;
} & (
  | {
      readonly type: "http";
      readonly method: string;
      readonly path: string;
      readonly headers: readonly (readonly [name: string, value: string])[];
      /** Inclusive ranges. Default 200-399. */
      readonly expectedStatuses: readonly (readonly [from: number, to: number])[];
      /** Must occur in the first 8 KiB of the body; "" for any. */
      readonly expectedBody: string;
      /** Indices into Mesh.credentials, put on checks after the endpoint's own. Absent: none. */
      readonly credentials?: readonly number[];
    }
  | { readonly type: "tcp" }
);

/** Envoy's parameters under Envoy's names. A threshold of 0 switches its detector off. */
export interface OutlierDetection {
  readonly enabled: boolean;
  readonly consecutive5xx: number;
  readonly consecutiveGatewayFailure: number;
  readonly consecutiveLocalOriginFailure: number;
  readonly splitExternalLocalOriginErrors: boolean;
  readonly enforcingConsecutive5xx: number;
  readonly enforcingConsecutiveGatewayFailure: number;
  readonly enforcingConsecutiveLocalOriginFailure: number;
  readonly intervalMs: number;
  readonly baseEjectionTimeMs: number;
  readonly maxEjectionTimeMs: number;
  readonly maxEjectionTimeJitterMs: number;
  /** Percent of the endpoints (and of each cloud's, see failure domains) that may be out at once. Default 50. */
  readonly maxEjectionPercent: number;
  /** The same in hosts: at least this many may always be ejected. Default 1. */
  readonly minEjectionHosts: number;
  readonly successRateMinimumHosts: number;
  readonly successRateRequestVolume: number;
  /** In thousandths, as in Envoy: 1900 is 1.9 standard deviations. */
  readonly successRateStdevFactor: number;
  readonly enforcingSuccessRate: number;
  readonly failurePercentageThreshold: number;
  readonly failurePercentageMinimumHosts: number;
  readonly failurePercentageRequestVolume: number;
  readonly enforcingFailurePercentage: number;
  readonly successfulActiveHealthCheckUneject: boolean;
}

/** The breaker that merged evidence opens, and how it half-opens. */
export interface CircuitBreaker {
  readonly enabled: boolean;
  /** CUSUM: failure ratio that is normal (0.1), that is broken (0.7), and the score that trips (12). */
  readonly normalFailureRatio: number;
  readonly brokenFailureRatio: number;
  readonly threshold: number;
  /** Half-open: one probe is lent each interval (250 ms), valid for its ttl (3 s); so many successes close (3). */
  readonly probeIntervalMs: number;
  readonly probeTtlMs: number;
  readonly probesToClose: number;
  /** The isolate's own breaker: failures in a row that take an endpoint out for a moment. Default 3. */
  readonly localConsecutiveFailures: number;
  readonly localBaseMs: number;
  readonly localMaxMs: number;
}

/** Finds endpoints that become slower, or fail more often, than they used to. Absent from a service: none does. */
export interface AnomalyDetection {
  /** How much of a change counts: half of 20, 10 or 5 % is never one. Default medium. */
  readonly sensitivity: "low" | "medium" | "high";
  /** Most of a degrading endpoint's share that is moved away, 0..90; 0: events only. */
  readonly maxLeanPercent: number;
}

export interface Failover {
  /**
   * direct: a failed attempt moves to the next endpoint at once, nothing is remembered beyond the breaker.
   * time-window: an endpoint is left only after `failures` within `windowMs`, and is back only after `quietMs` without one.
   * learning: the adaptive policy's probabilities decide, never below `explorationFloor`.
   */
  readonly mode: "direct" | "time-window" | "learning";
  readonly failures: number;
  readonly windowMs: number;
  readonly quietMs: number;
  readonly explorationFloor: number;
  /** proportional: Envoy's spill by health; strict: a priority is used until none of it is available. */
  readonly priorities: "proportional" | "strict";
  /** What happens when nothing is available. panic: any endpoint; fail: 503 UH (then `fallback`); nextPriority: panic in the last priority only. */
  readonly allOut: "panic" | "fail" | "nextPriority";
}
