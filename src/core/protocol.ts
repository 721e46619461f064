/**
 * What isolates and Durable Objects say to each other: `sync(report) → snapshot`.
 *
 * Both are values in columns: `ids` names the endpoints, every other array runs parallel to it. Columns cost a third of
 * objects to clone and half to read. Unknown fields are ignored and missing ones have a stated meaning, so that old
 * and new peers understand each other while a deployment rolls out.
 *
 * A report is a delta since the reporter's last one: sums and counts only, so that merging is addition and any order
 * of any number of reporters gives the same state. `(reporter, seq)` makes a repeated delivery count once.
 */
import type { DecisionSample } from "./decision-sample.ts";
import type { EndpointSet } from "./endpoint-set.ts";
import type { Region } from "./region.ts";
import type { RolloutWord } from "./rollout/word.ts";

export const PROTOCOL_VERSION = 1;

/** Bounds of what a peer may send; more is refused whole, never truncated silently. */
export const MAX_REPORT_ENDPOINTS = 1_000;
export const MAX_SKETCH_BUCKETS = 512;

/** A quantile sketch on the wire: `counts[i]` values fell into bucket `firstBucket + i`. See load/sketch.ts. */
export interface SketchColumns {
  readonly zeroCount: number;
  readonly firstBucket: number;
  readonly counts: readonly number[];
}

/** The answer to one lent probe. `scope` says which breaker lent it. */
export interface ProbeResult {
  readonly id: string;
  readonly ok: boolean;
  readonly generation: number;
  readonly scope: LeaseScope;
}

export type LeaseScope = "region" | "global";

/** The right to send one request to an endpoint whose breaker is open. The first request after receipt uses it. */
export interface ProbeLease {
  readonly id: string;
  readonly generation: number;
  readonly scope: LeaseScope;
  /** Valid for this long after receipt. */
  readonly ttlMs: number;
}

/** What happened since the last report, by endpoint. Only endpoints with something to say are listed. */
export interface ReportDelta {
  /** Requests that wanted the service (first attempts and sheds). */
  readonly requests: number;
  /** First attempts that failed in a way a retry could mend, whether or not one was made. */
  readonly retriesWanted: number;
  readonly retries: number;
  /** Requests that no endpoint was tried for: none was available, or a limit was reached. Absent: none. */
  readonly refused?: number;
  readonly ids: readonly string[];
  readonly ok: readonly number[];
  /** Over `ok` answers: sum, sum of squares and minimum of latency. Minimum is Infinity for none. */
  readonly latencySumMs: readonly number[];
  readonly latencySquareSum: readonly number[];
  readonly latencyMinMs: readonly number[];
  readonly connectFailures: readonly number[];
  readonly timeouts: readonly number[];
  readonly resets: readonly number[];
  readonly responses5xx: readonly number[];
  /** Part of `responses5xx` that was 502, 503 or 504. */
  readonly gateway5xx: readonly number[];
  readonly throttled: readonly number[];
  /** Failures in a row at the end of the period, of any class, and of the gateway and local (no answer) classes. */
  readonly trailingFailures: readonly number[];
  readonly trailingGateway: readonly number[];
  readonly trailingLocal: readonly number[];
  /** Requests still unanswered for much longer than expected, reported once each: number and summed age. */
  readonly overdue: readonly number[];
  readonly overdueAgeMs: readonly number[];
  /** Latency sketch of `ok` answers; an empty array where sketches are off. */
  readonly sketches: readonly SketchColumns[];
  readonly probes: readonly ProbeResult[];
}

/** Finished requests by what they are told apart by; parallel columns. Numbers are positions in lists: traffic/labels.ts. */
export interface RequestCells {
  /** Names that the columns refer to. The first stands for all that were too many to be told apart. */
  readonly routes: readonly string[];
  /** The same, and "" is none. */
  readonly endpoints: readonly string[];
  readonly route: readonly number[];
  readonly endpoint: readonly number[];
  readonly method: readonly number[];
  readonly code: readonly number[];
  readonly flag: readonly number[];
  readonly count: readonly number[];
}

/** What an isolate counted since its last block, for metrics: sums only. */
export interface TrafficColumns extends RequestCells {
  /** 1, 2, 3 … per reporter and service, apart from the report's: a block goes along with reports until one is answered. */
  readonly seq: number;
  /** By `routes`: 16 buckets and the sum in ms of each, one after the other. Missing at the end: zeros. */
  readonly durations: readonly number[];
  /** By `endpoints`, of attempts that brought an answer. */
  readonly upstream: readonly number[];
  /** As COUNTERS of traffic/tally.ts lists them. Missing at the end: zeros. */
  readonly counters: readonly number[];
  /** Of the snapshot that the last requests were decided by. Absent: there was none. */
  readonly snapshotAgeMs?: number;
  /** Requests that met no service. Absent: none. */
  readonly unrouted?: RequestCells;
}

export interface Report extends ReportDelta {
  readonly v: number;
  readonly service: string;
  /** Version of the mesh the reporter runs. */
  readonly meshVersion: string;
  readonly region: Region;
  /** Random, chosen once per isolate. */
  readonly reporter: string;
  /** 1, 2, 3 … per reporter and service. */
  readonly seq: number;
  /** Requests in flight right now (absolute, not a delta), parallel to `ids`. Endpoints not listed have none. */
  readonly inFlight: readonly number[];
  /** Revision of the discovered endpoints that the reporter runs. Absent: none. */
  readonly endpointsRevision?: number;
  /** A mesh version that the reporter was offered and could not run, and why. Absent: none. */
  readonly refusedMesh?: { readonly version: string; readonly reason: string };
  /** For people who look: MAX_SAMPLES at most. Absent: none were asked for. */
  readonly decisions?: readonly DecisionSample[];
  /** For metrics only. Absent: nothing was counted. */
  readonly traffic?: TrafficColumns;
}

/** 0 closed · 1 open · 2 half-open (lent probes only). Numbers on the wire, for columns. */
export type BreakerCode = 0 | 1 | 2;

/** 0 unknown · 1 healthy · 2 unhealthy (liveness) · 3 not ready · 4 drained by an operator · 5 disabled by an operator */
export type HealthCode = 0 | 1 | 2 | 3 | 4 | 5;

export interface Snapshot {
  readonly v: number;
  readonly service: string;
  /** Version of the mesh the object runs; newer than the isolate's means there is something to fetch. */
  readonly meshVersion: string;
  /**
   * `compiledAtMs` of that mesh as it was accepted, which orders meshes: a rollback brings an old digest with a later time.
   * Absent: unknown, and the compiled text says it.
   */
  readonly meshAtMs?: number;
  /** The object's clock when this was made. Only for telling newer from older. */
  readonly atMs: number;
  /** How long the object has been learning without a break; small right after a restart. */
  readonly memoryAgeMs: number;
  /** Distinct reporters heard lately. */
  readonly reporters: number;
  readonly ids: readonly string[];
  /** Probability of each endpoint for this region, from the adaptive model; empty when there is none. */
  readonly probability: readonly number[];
  readonly breaker: readonly BreakerCode[];
  /** Time until a breaker may let a probe pass, counted from `atMs`; 0 unless open. */
  readonly openForMs: readonly number[];
  readonly health: readonly HealthCode[];
  /**
   * Multiplies the configured weight, ≥ 0: slow start's 0..1, times an operator's 0..10. With 0 an endpoint keeps its sessions
   * and gets no other requests.
   */
  readonly weight: readonly number[];
  /** Estimated latency of an answer, and how many samples (decayed) stand behind it. */
  readonly latencyMs: readonly number[];
  readonly latencySamples: readonly number[];
  /** Estimated share of failures 0..1, and how many samples (decayed) stand behind it. */
  readonly failureRatio: readonly number[];
  readonly failureSamples: readonly number[];
  /** Requests in flight, over all reporters of the region. */
  readonly inFlight: readonly number[];
  /** Utilisation told by the endpoint itself 0..1 (or more, when overloaded); -1 unknown. */
  readonly load: readonly number[];
  /** Probability that a wanted retry may be made, 0..1: the global retry budget. */
  readonly retryAllow: number;
  /** Probability that a request is refused at the edge, 0..1. */
  readonly shed: number;
  /**
   * Share of the requests for each endpoint that it takes, 0..1, those of the smallest rank (limit/rank.ts). Absent: all, as where
   * missing at the end.
   */
  readonly admitRatio?: readonly number[];
  /** After how long to hedge, from the configured percentile of all answers; 0 unknown. */
  readonly hedgeDelayMs: number;
  /** Something is changing: sync faster. */
  readonly alert: boolean;
  /** Probes lent to this reporter only; never shared with other isolates. */
  readonly leases: readonly ProbeLease[];
  /** Weights of the rollouts that the service is a side of. Absent: none was heard of. */
  readonly rollouts?: readonly RolloutWord[];
  /** Somebody looks: bring so many sampled decisions with the next report, MAX_SAMPLES at most. Absent: none. */
  readonly sampleDecisions?: number;
}

/** What a peer answers when it cannot take a report. Never thrown: errors lose their class across RPC. */
export type SyncReply =
  | {
      readonly ok: true;
      readonly snapshot: Snapshot;
      /** Sent when the reporter runs another revision than the object. */
      readonly endpoints?: EndpointSet;
    }
  | {
      readonly ok: false;
      readonly error: "unknown_service" | "invalid_report" | "not_configured";
      readonly detail: string;
    };
