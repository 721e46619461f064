/**
 * All that one isolate knows of one service, in columns by endpoint index. Mutable and owned by one isolate; the files
 * beside this one change it, each for one reason.
 */
import { costMs } from "../balance/adaptive/own-evidence.ts";
import { type Levels, partition } from "../balance/candidates.ts";
import type { CustomPolicies, EndpointColumns, Policy } from "../balance/policy.ts";
import { createPolicy } from "../balance/registry.ts";
import { createRetryScratch, type RetryScratch } from "../balance/retry-candidates.ts";
import { createFailureWindow, type FailureWindow } from "../health/failure-window.ts";
import { type ClassShares, createClassShares } from "../limit/shed-by-class.ts";
import type { EdgeSettings, Service } from "../mesh.ts";
import type { ProbeLease, Snapshot } from "../protocol.ts";
import type { Region } from "../region.ts";
import { createRetryBucket, type RetryBucket } from "../retry/budget.ts";
import type { Rng } from "../rng.ts";
import { createReportDeltas, type ReportDeltas } from "./report-deltas.ts";

/** Samples that the configured default latency counts for, before anything is known. */
const DEFAULT_PRIOR_SAMPLES = 1;
/** Failure prior before anything is known: 1 % of 2 samples. */
const DEFAULT_FAILURE_RATIO = 0.01;
const DEFAULT_FAILURE_SAMPLES = 2;

/** A lent probe that this isolate holds. */
export interface HeldLease {
  readonly endpoint: number;
  readonly lease: ProbeLease;
  readonly expiresAtMs: number;
}

/** The columns of the snapshot in force, by endpoint. */
export interface SnapshotColumns {
  readonly breaker: Uint8Array;
  readonly health: Uint8Array;
  readonly weight: Float64Array;
  readonly latencyMs: Float64Array;
  readonly latencySamples: Float64Array;
  readonly failureRatio: Float64Array;
  readonly failureSamples: Float64Array;
}

/** Answers and failures of our own that no snapshot covers yet; and the part that was reported and is on its way. */
export interface OwnEvidence {
  readonly ok: Float64Array;
  readonly latencySumMs: Float64Array;
  readonly failed: Float64Array;
  readonly sentOk: Float64Array;
  readonly sentLatencySumMs: Float64Array;
  readonly sentFailed: Float64Array;
  foldedAtMs: number;
  /** Failures in a row, and when the last one was. */
  readonly consecutive: Int32Array;
  readonly lastFailureAtMs: Float64Array;
  /** Our own breaker: until when the endpoint is out. 0 in. */
  readonly outUntilMs: Float64Array;
  /** About when the oldest request in flight began; meaningless when there is none. */
  readonly oldestStartMs: Float64Array;
  /** When a request may become overdue at the earliest, over all endpoints. */
  nextOverdueAtMs: number;
}

export interface ServiceState {
  readonly service: Service;
  readonly region: Region;
  readonly rng: Rng;
  readonly size: number;
  readonly indexOf: ReadonlyMap<string, number>;
  /** Replaced once at most: by one that hands on what it hears, when the state gets an heir. */
  policy: Policy;
  /** The policy is adaptive and the failover mode lets probabilities decide: own evidence is soft. */
  readonly learning: boolean;
  readonly columns: EndpointColumns & { readonly adaptive: NonNullable<EndpointColumns["adaptive"]> };
  /** Configured weights. */
  readonly weights: Float64Array;
  /** What took this state's place, and its index by endpoint, -1 for those that are gone. Null: it is in force. See heir.ts. */
  heir: { readonly state: ServiceState; readonly at: Int32Array } | null;

  /** Of the last pick: the lease it uses up, and whether availability was ignored for it. */
  pickedLease: ProbeLease | null;
  pickedInPanic: boolean;

  snapshot: Snapshot | null;
  /** It is young enough to route by. */
  trusted: boolean;
  /** -Infinity before the first. */
  snapshotAtMs: number;
  readonly shared: SnapshotColumns;
  retryAllow: number;
  shed: number;
  /** Share of its requests that each endpoint takes, 0..1; null where endpoints are not limited by it. */
  readonly admitRatio: Float64Array | null;
  sharedHedgeDelayMs: number;
  alert: boolean;
  leases: HeldLease[];

  levels: Levels;
  readonly available: Uint8Array;
  readonly barred: Uint8Array;
  /** When availability has to be settled anew, at the latest. */
  settleAtMs: number;
  readonly retryScratch: RetryScratch;
  readonly roomy: { index: Uint16Array; count: number; epoch: number };

  readonly own: OwnEvidence;
  readonly failures: FailureWindow | null;
  /** In flight over all endpoints: the others' by the last snapshot, and ours. */
  othersInFlight: number;
  /** Shared with the former state, as are the class shares. */
  bucket: RetryBucket;
  hedgeTokens: number;
  classes: ClassShares;
  readonly reporting: ReportDeltas;
  readonly syncMinMs: number;
  readonly syncMaxMs: number;
  /** Time between two reports that the object can bear, with as many reporters as it has; 0 before it said. */
  paceMs: number;
}

export interface ServiceStateInput {
  readonly service: Service;
  readonly region: Region;
  readonly rng: Rng;
  readonly nowMs: number;
  /** Bounds of the sync interval. Default 1 s and 5 s. */
  readonly edge?: Pick<EdgeSettings, "syncMinMs" | "syncMaxMs">;
  /** Balancing policies from code. Default none. */
  readonly policies?: CustomPolicies;
}

/** A state that has heard nothing: every endpoint is available, at its configured weight and the default latency. */
export function createServiceState(input: ServiceStateInput): ServiceState {
  const { service, region, rng, nowMs } = input;
  const size = service.endpoints.length;
  const { policy, defaultLatencyMs, failurePenaltyMs } = service.loadBalancing;
  const zeros = () => new Float64Array(size);
  const filled = (value: number) => new Float64Array(size).fill(value);
  const weights = Float64Array.from(service.endpoints, ({ weight }) => weight);
  const available = new Uint8Array(size).fill(1);
  return {
    service,
    region,
    rng,
    size,
    indexOf: new Map(service.endpoints.map(({ id }, index) => [id, index])),
    policy: createPolicy(service, { region, rng }, input.policies),
    learning: policy === "adaptive" && service.failover.mode === "learning",
    columns: {
      size,
      weight: weights.slice(),
      ownInFlight: new Int32Array(size),
      inFlight: zeros(),
      latencyMs: filled(defaultLatencyMs),
      failureRatio: filled(DEFAULT_FAILURE_RATIO),
      load: filled(Number.NaN),
      adaptive: {
        probability: zeros(),
        referenceMs: filled(costMs(defaultLatencyMs, DEFAULT_FAILURE_RATIO, failurePenaltyMs)),
        coolUntilMs: zeros(),
        overdueSinceMs: filled(Number.POSITIVE_INFINITY),
        expectedMs: filled(defaultLatencyMs),
        delayMs: zeros(),
        delayAtMs: zeros(),
        epoch: 0,
        trusted: false,
        ownInFlight: 0,
      },
    },
    weights,
    heir: null,
    pickedLease: null,
    pickedInPanic: false,
    snapshot: null,
    trusted: false,
    snapshotAtMs: Number.NEGATIVE_INFINITY,
    shared: {
      breaker: new Uint8Array(size),
      health: new Uint8Array(size),
      weight: filled(1),
      latencyMs: filled(defaultLatencyMs),
      latencySamples: filled(DEFAULT_PRIOR_SAMPLES),
      failureRatio: filled(DEFAULT_FAILURE_RATIO),
      failureSamples: filled(DEFAULT_FAILURE_SAMPLES),
    },
    retryAllow: 1,
    shed: 0,
    admitRatio: service.limits.adaptiveConcurrency === undefined ? null : filled(1),
    sharedHedgeDelayMs: 0,
    alert: false,
    leases: [],
    levels: partition({ service, available, weight: weights }),
    available,
    barred: new Uint8Array(size),
    settleAtMs: Number.POSITIVE_INFINITY,
    retryScratch: createRetryScratch(service),
    roomy: { index: new Uint16Array(size), count: 0, epoch: 0 },
    own: {
      ok: zeros(),
      latencySumMs: zeros(),
      failed: zeros(),
      sentOk: zeros(),
      sentLatencySumMs: zeros(),
      sentFailed: zeros(),
      foldedAtMs: nowMs,
      consecutive: new Int32Array(size),
      lastFailureAtMs: filled(Number.NEGATIVE_INFINITY),
      outUntilMs: zeros(),
      oldestStartMs: zeros(),
      nextOverdueAtMs: Number.POSITIVE_INFINITY,
    },
    failures: service.failover.mode === "time-window" ? createFailureWindow(size, service.failover.windowMs) : null,
    othersInFlight: 0,
    bucket: createRetryBucket(service.retryBudget.percent, nowMs),
    hedgeTokens: 0,
    classes: createClassShares(
      service.limits.requestClass?.classes ?? [],
      service.limits.requestClass?.defaultClass ?? "",
    ),
    reporting: createReportDeltas(size, nowMs),
    syncMinMs: input.edge?.syncMinMs ?? 1_000,
    syncMaxMs: input.edge?.syncMaxMs ?? 5_000,
    paceMs: 0,
  };
}
