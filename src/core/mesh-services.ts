/** Services and their endpoints. Part of the mesh (mesh.ts). */
import type { ServiceDiscovery } from "./mesh-discovery.ts";
import type { AnomalyDetection, CircuitBreaker, Failover, HealthCheck, OutlierDetection } from "./mesh-health.ts";
import type { Plaintext } from "./mesh-origins.ts";
import type { Extension, HashOn } from "./mesh-routes.ts";
import type { Region } from "./region.ts";
import type { SloPlan } from "./slo/objective.ts";

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
