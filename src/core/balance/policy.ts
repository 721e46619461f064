/**
 * What a balancing policy is: a small file that turns the columns of a service into one endpoint.
 *
 * Availability, priorities, panic, exclusions of a retry and slow start are settled before a policy is asked
 * (balance/candidates.ts): a policy only chooses among the candidates it is given, by their effective weights.
 */
import type { Service } from "../mesh.ts";
import type { AttemptOutcome } from "../outcome.ts";
import type { Region } from "../region.ts";
import type { Rng } from "../rng.ts";
import type { AdaptiveColumns } from "./adaptive/own-evidence.ts";

/** What is known of a service's endpoints, by endpoint index. Policies read it and never write. */
export interface EndpointColumns {
  readonly size: number;
  /** Configured weight × slow start × an operator's, > 0 for candidates. */
  readonly weight: Float64Array;
  /** Requests in flight: this isolate's own, exact. */
  readonly ownInFlight: Int32Array;
  /** Requests in flight over all isolates: the snapshot's, with our own share replaced by the exact one. */
  readonly inFlight: Float64Array;
  /** Estimated latency of an answer, snapshot and own evidence together. */
  readonly latencyMs: Float64Array;
  /** Estimated share of failures, 0..1. */
  readonly failureRatio: Float64Array;
  /** Utilisation told by the endpoint, 0..; NaN unknown. */
  readonly load: Float64Array;
  /** What only the adaptive policy reads. Absent: it decides as one isolate alone. */
  readonly adaptive?: AdaptiveColumns;
}

/** The endpoints that may take this request. Never empty when a policy is asked. */
export interface Candidates {
  /** Endpoint indices, ascending; only the first `count` count. */
  readonly index: Uint16Array;
  readonly count: number;
  /**
   * Changes whenever `index` or any candidate's weight changed: what a policy cached per epoch stays valid. Several
   * epochs are in use at once when traffic is split over priorities. 0: made for one pick (a retry), cache nothing.
   */
  readonly epoch: number;
}

export interface PickInput {
  readonly nowMs: number;
  readonly rng: Rng;
  /** Text to hash for affinity policies; "" when the request has none. */
  readonly hashKey: string;
}

export interface Policy {
  /**
   * What it remembers of each endpoint, as columns: copied when the service gets other endpoints, to a policy of the same
   * name. Absent: nothing worth keeping.
   */
  readonly memory?: readonly (Float64Array | Uint8Array)[];
  /** Returns one of the candidates. Never throws. */
  pick(columns: EndpointColumns, candidates: Candidates, input: PickInput): number;
  /** An attempt started. Only for policies with memory of their own. */
  onStart?(endpoint: number, nowMs: number): void;
  onOutcome?(endpoint: number, outcome: AttemptOutcome): void;
  /**
   * What the policy thinks of an endpoint, for `explain`: lower `cost` is better (unitless or ms), `share` is the
   * probability that the next pick is this one, where that can be said without picking.
   */
  explain?(columns: EndpointColumns, candidates: Candidates, endpoint: number, nowMs: number): PolicyView;
}

export interface PolicyView {
  readonly cost?: number;
  readonly share?: number;
}

/** Makes the policy's state for one service in one isolate. */
export type PolicyFactory = (service: Service, context: PolicyContext) => Policy;

export interface PolicyContext {
  /** Where this isolate runs, for distance. */
  readonly region: Region;
  readonly rng: Rng;
  /** What the config tells a policy from code; absent for the built-in ones. */
  readonly settings?: unknown;
}

/** Policies that are registered in code. */
export interface CustomPolicies {
  readonly byName: ReadonlyMap<string, PolicyFactory>;
  /** One of them threw, or returned what is no candidate. */
  readonly onFault: (name: string, fault: unknown) => void;
}
