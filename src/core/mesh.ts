/**
 * The compiled mesh: what the edge, the Durable Objects and the simulator run. Plain data, safe to pass as JSON; every
 * default is resolved, every reference is an index, every duration is in milliseconds. Made by src/config/compile.ts
 * and by nothing else. Field names follow the user's config (Gateway API for routes, Envoy for services).
 */
import type { Authentication } from "./mesh-authentication.ts";
import type { Authorization } from "./mesh-authorization.ts";
import type { MeshDiscovery, ServiceDiscovery } from "./mesh-discovery.ts";
import type { Guard } from "./mesh-guards.ts";
import type { NotificationTarget, ServiceHealing } from "./mesh-notifications.ts";
import type { OriginCredentialPlan, Plaintext } from "./mesh-origins.ts";
import type { RateLimit } from "./mesh-rate-limits.ts";
import type { RolloutPlan } from "./mesh-rollouts.ts";
import type { Automaton, Extension, HashOn, Listener, Route, RoutePrecedence } from "./mesh-routes.ts";
import type { TelemetrySettings } from "./mesh-telemetry.ts";
import type { Region } from "./region.ts";
import type { SloPlan } from "./slo/objective.ts";

export type * from "./mesh-authentication.ts";
export type * from "./mesh-authorization.ts";
export type * from "./mesh-bounds.ts";
export type * from "./mesh-discovery.ts";
export type * from "./mesh-guards.ts";
export type * from "./mesh-notifications.ts";
export type * from "./mesh-origins.ts";
export type * from "./mesh-rate-limits.ts";
export type * from "./mesh-rollouts.ts";
export type * from "./mesh-routes.ts";
export type * from "./mesh-telemetry.ts";

export const MESH_FORMAT = 2;

export interface Mesh {
  readonly format: typeof MESH_FORMAT;
  /** First 16 hex digits of the SHA-256 of everything else but `compiledAtMs`. */
  readonly version: string;
  /** Epoch. Of two meshes, the one compiled later is in force. */
  readonly compiledAtMs: number;
  readonly services: readonly Service[];
  /** Never empty. */
  readonly listeners: readonly Listener[];
  readonly precedence: RoutePrecedence;
  readonly routes: readonly Route[];
  /** Distinct regular expressions; matches refer to them by index. */
  readonly automata: readonly Automaton[];
  /** Distinct request policies; rules refer to them by index, so that 1,000 alike rules cost one. */
  readonly policies: readonly RequestPolicy[];
  /** Absent: none. */
  readonly rollouts?: readonly RolloutPlan[];
  /** Distinct guards; rules refer to them by index. Absent: none. */
  readonly guards?: readonly Guard[];
  /** Who may be believed to be whom. Absent: nobody is asked. */
  readonly authentication?: Authentication;
  /** Who may do what. Absent: everybody everything. */
  readonly authorization?: Authorization;
  /** What guards count requests by. Absent: nothing is counted. */
  readonly rateLimits?: readonly RateLimit[];
  /** How the mesh proves to origins who it is. Absent: it does not. */
  readonly credentials?: readonly OriginCredentialPlan[];
  /** What sources of endpoints share. Absent: no clusters, and nothing allowed. */
  readonly discovery?: MeshDiscovery;
  /** Who is told of what happens. Absent: nobody. */
  readonly notifications?: readonly NotificationTarget[];
  /** What is called when something is out. Absent: nothing. */
  readonly selfHealing?: readonly ServiceHealing[];
  readonly edge: EdgeSettings;
  /** What is told of single requests. Absent: nothing. */
  readonly telemetry?: TelemetrySettings;
}

// ---- requests ------------------------------------------------------------------------------------------------------

/** How one request is carried to one service: the service's settings with the rule's overrides applied. */
export interface RequestPolicy {
  /** Covers all attempts and waits; 0 none. Default 15 s (Envoy). */
  readonly requestTimeoutMs: number;
  /** To the first byte of one attempt; 0 adaptive (from measured latency, between the two bounds). */
  readonly attemptTimeoutMs: number;
  readonly attemptTimeoutMinMs: number;
  readonly attemptTimeoutMaxMs: number;
  readonly retry: RetryPolicy;
  readonly hedge: HedgePolicy | null;
}

export interface RetryPolicy {
  /** Further attempts after the first; 0 off. Default 2. */
  readonly attempts: number;
  /** Answers to try again; default 500, 502, 503, 504. */
  readonly codes: readonly number[];
  readonly onConnectFailure: boolean;
  readonly onReset: boolean;
  readonly onTimeout: boolean;
  /** Upper case. Default GET, HEAD, OPTIONS, PUT, DELETE, TRACE; "*" for all. */
  readonly methods: readonly string[];
  /** Whether a request with an Idempotency-Key header may be retried whatever its method. Default true. */
  readonly idempotencyKey: boolean;
  /** Full-jitter exponential: random in [0, min(max, base·2^n)). Default 25 ms, 250 ms; the first retry to another endpoint is immediate. */
  readonly backoffBaseMs: number;
  readonly backoffMaxMs: number;
  /** Waited before every retry, the first one elsewhere included, on top of what is drawn. Absent: 0. */
  readonly backoffMinMs?: number;
  /** A longer Retry-After is not waited for: the answer is passed on. Default 1 s. */
  readonly retryAfterMaxMs: number;
  /** Largest request body kept for a retry; larger ones stream once. Default 64 KiB. */
  readonly bufferBytes: number;
}

export interface HedgePolicy {
  /** Send a second attempt once the first took longer than this percentile of recent answers (50-99.9). */
  readonly percentile: number;
  /** Never sooner than this. Default 10 ms. */
  readonly minDelayMs: number;
  /** At most this share of requests is hedged, 0..100. Default 5. */
  readonly budgetPercent: number;
}

// ---- services --------------------------------------------------------------------------------------------------------

export interface Service {
  readonly name: string;
  readonly endpoints: readonly Endpoint[];
  readonly loadBalancing: LoadBalancing;
  readonly healthChecks: readonly HealthCheck[];
  readonly outlierDetection: OutlierDetection;
  readonly circuitBreaker: CircuitBreaker;
  /** Absent: off, as in meshes of before. */
  readonly anomalyDetection?: AnomalyDetection;
  readonly failover: Failover;
  readonly retryBudget: RetryBudget;
  /** Percentile of latency that has to be known: the highest that any rule to this service hedges at; 0 none does. */
  readonly hedgePercentile: number;
  /** It is a side of a rollout: its latencies have to be known by percentile whoever hedges. Absent: it is not. */
  readonly inRollout?: true;
  readonly limits: Limits;
  readonly slowStart: SlowStart | null;
  /** Judges answers, registered in code. Absent: by status. */
  readonly outcomeClassifier?: Extension;
  /** Percent of available endpoints below which availability is ignored (Envoy's panic); 0 never. Default 0. */
  readonly panicThreshold: number;
  /** Objects per region that take the isolates' reports; 1: the regional object itself. Absent in meshes of before: 1. */
  readonly stateShards?: number;
  /** What it promises. Absent: nothing. */
  readonly slo?: readonly SloPlan[];
  /** Where more endpoints are found. Absent: nowhere. */
  readonly discovery?: ServiceDiscovery;
  /** Indices into Mesh.credentials, put on requests in this order, to endpoints that have none of their own. Absent: none. */
  readonly credentials?: readonly number[];
  /** Name of the mTLS binding that endpoints without one of their own are asked through. Absent: the platform's fetch. */
  readonly clientCertificate?: string;
  /** For endpoints that are found: those listed here are as the config wants them. Absent: allow, as in meshes of before. */
  readonly plaintext?: Plaintext;
  /** Tried in order when no endpoint could answer. */
  readonly fallback: readonly Fallback[];
}

export interface Endpoint {
  readonly id: string;
  /** Scheme, host and port: "https://shop.aws.example.com:8443". */
  readonly origin: string;
  /** Base path without a trailing slash, put before the request's path; "" for none. */
  readonly basePath: string;
  /** > 0. Default 1. */
  readonly weight: number;
  /** 0 is tried first. */
  readonly priority: number;
  readonly locality: Locality;
  /** Where that is, as the edge sees the world; null when the config's region name is unknown to us. */
  readonly near: Region | null;
  readonly labels: Readonly<Record<string, string>>;
  /** Set on requests towards it; names in lower case. */
  readonly headers: readonly (readonly [name: string, value: string])[];
  /** Currency per GB, for the score policy; 0 unknown. */
  readonly costPerGb: number;
  /** As of the service, in place of the service's; empty: none. Absent: the service's. */
  readonly credentials?: readonly number[];
  readonly clientCertificate?: string;
}

export interface Locality {
  readonly cloud: string;
  readonly region: string;
  readonly zone: string;
}

export type PolicyName =
  | "adaptive"
  | "random"
  | "round-robin"
  | "weighted"
  | "least-request"
  | "peak-ewma"
  | "response-time"
  | "load"
  | "failure-rate"
  | "score"
  | "ring-hash"
  | "maglev"
  | "rendezvous"
  | "locality"
  /** Registered in code: LoadBalancing.extension says which. */
  | "extension";

export interface LoadBalancing {
  readonly policy: PolicyName;
  /** The policy from code. Absent: `policy` is built in. */
  readonly extension?: Extension;
  /** least-request: endpoints drawn. Default 2. */
  readonly choiceCount: number;
  /** least-request with unequal weights: weight / (active + 1)^bias. Default 1. */
  readonly activeRequestBias: number;
  /** peak-ewma, response-time: time constant of the average. Default 10 s. */
  readonly decayMs: number;
  /** Latency assumed for an endpoint never measured. Default 30 ms. */
  readonly defaultLatencyMs: number;
  /** What one failure costs in latency terms. Default 1 s. */
  readonly failurePenaltyMs: number;
  /** score: how much each aspect counts; only ratios matter. */
  readonly score: ScoreWeights;
  readonly hash: HashSettings;
  /** Healthy share is multiplied by this before traffic spills to the next priority or locality, percent. Default 140. */
  readonly overprovisioningPercent: number;
}

export interface ScoreWeights {
  readonly latency: number;
  readonly load: number;
  readonly failureRate: number;
  readonly distance: number;
  readonly cost: number;
}

export interface HashSettings {
  /** The first that the request has is the key; none gives a random endpoint. */
  readonly on: readonly HashOn[];
  /** Maglev: prime. Default 65537. */
  readonly tableSize: number;
  /** Ring: points in all, at least. Default 1024. */
  readonly minimumRingSize: number;
  readonly maximumRingSize: number;
  /** Bounded load: no endpoint gets more than this percent of the average; 0 off, else > 100. Default 0. */
  readonly balanceFactorPercent: number;
}

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

/** Retries as a share of requests over the whole mesh. No per-isolate minimum. */
export interface RetryBudget {
  /** Percent, 0..1000; 1000 is no budget. Default 20. */
  readonly percent: number;
}

export interface Limits {
  /** Concurrent requests of the service, over all isolates of the region as far as the snapshot knows; 0 none. */
  readonly maxRequests: number;
  readonly maxRequestsPerEndpoint: number;
  readonly retryAfterMs: number;
  /** Header that names a request's class; lowest classes are shed first. null: one class. */
  readonly requestClass: {
    readonly header: string;
    /** Most important first. */
    readonly classes: readonly string[];
    readonly defaultClass: string;
    /** Only what filters and providers of identity set counts, not what callers say. Absent: callers', as in meshes of before. */
    readonly trust?: "mesh";
  } | null;
  /** Limits each endpoint by what it makes of its requests, in place of shedding by known capacity. Absent: off. */
  readonly adaptiveConcurrency?: AdaptiveConcurrency;
}

export interface AdaptiveConcurrency {
  /** Latency that is tolerated, as a multiple of the latency without a queue; > 1. Default 1.5. */
  readonly tolerance: number;
  /** Queueing that is tolerated in any case. Default 50 ms. */
  readonly minQueueMs: number;
  /** The least share of requests that is let in, 0..1. Default 0.05. */
  readonly minAdmitRatio: number;
}

export interface SlowStart {
  readonly windowMs: number;
  /** Envoy: > 0, 1 is linear. */
  readonly aggression: number;
  readonly minWeightPercent: number;
}

export type Fallback =
  /** `policy` is that service's own: an index into Mesh.policies. */
  | { readonly type: "service"; readonly service: number; readonly policy: number }
  | { readonly type: "staleIfError"; readonly maxAgeMs: number }
  | {
      readonly type: "response";
      readonly status: number;
      readonly headers: readonly (readonly [name: string, value: string])[];
      readonly body: string;
    };

// ---- the edge --------------------------------------------------------------------------------------------------------

export interface EdgeSettings {
  /** Whether slashes in a row in a path are one. Default true. */
  readonly mergeSlashes: boolean;
  /** append: extend what came; replace: drop what came (untrusted); off: leave alone. Default replace. */
  readonly xForwarded: "append" | "replace" | "off";
  /** RFC 7239. Default off. */
  readonly forwarded: "append" | "replace" | "off";
  /** Add ourselves to Via, which also stops loops. Default true. */
  readonly via: boolean;
  /** Requests that passed this mesh more often are stopped. Default 3. */
  readonly maxHops: number;
  /** Send the remaining time to the endpoint in x-heddle-timeout-ms. Default true. */
  readonly timeoutHeader: boolean;
  /** Wait for a first snapshot in a cold isolate, at most. Default 50 ms. */
  readonly coldWaitMs: number;
  /** Bounds of the sync interval. Default 1 s and 5 s. */
  readonly syncMinMs: number;
  readonly syncMaxMs: number;
  /** Callers that may set time limits by headers; absent: nobody may. */
  readonly timeoutOverrides?: TimeoutOverrides;
}

export interface TimeoutOverrides {
  /** token: who sends the debug or the operator token in x-heddle-debug. anyone: every caller. */
  readonly from: "token" | "anyone";
  /** The longest time that may be asked for. */
  readonly maxMs: number;
}
