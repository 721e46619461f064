/**
 * Maps the product's modules onto the simulator's PolicyDef: one service state per isolate, one coordinator over the six
 * edge regions. Nothing is decided here.
 */
import { createCoordinator, lendProbes, mergeReport, projectRegion } from "../../src/core/health/coordinator.ts";
import type { OutcomeClass } from "../../src/core/outcome.ts";
import { PROTOCOL_VERSION, type ProbeLease, type ReportDelta, type Snapshot } from "../../src/core/protocol.ts";
import { REGIONS } from "../../src/core/region.ts";
import { backoffMs } from "../../src/core/retry/backoff.ts";
import {
  admit,
  applySnapshot,
  attemptTimeoutMs,
  createServiceState,
  mayRetry,
  onAttemptEnd,
  onAttemptStart,
  pickEndpoint,
  syncDelayMs,
  takeReport,
} from "../../src/core/service-state.ts";
import { SIM_POLICY, type SimEndpoint, simService } from "./sim-service.ts";

interface SimContext {
  readonly region: number;
  readonly endpoints: readonly SimEndpoint[];
  readonly rng: () => number;
  readonly env: { now(): number };
  readonly R?: number;
}

interface SimRequest {
  readonly attempts: number;
  /** Ours: endpoints tried in order, the lease held, and the endpoint it is for. */
  tried?: number[];
  lease?: ProbeLease | null;
  leaseFor?: number;
}

interface SimOutcome {
  readonly ok: boolean;
  readonly kind: "ok" | "error" | "refused" | "timeout" | "ctimeout" | "overflow" | "cancelled";
  readonly latencyMs: number;
  readonly now: number;
  readonly retry: boolean;
  readonly hedge: boolean;
  readonly req: SimRequest;
}

/** The product's default, which the unit tests leave out. */
const ANOMALIES = { anomalyDetection: { sensitivity: "medium", maxLeanPercent: 50 } } as const;

const OUTCOMES: Record<SimOutcome["kind"], OutcomeClass> = {
  ok: "ok",
  error: "5xx",
  refused: "connect-failure",
  timeout: "timeout",
  ctimeout: "timeout",
  overflow: "5xx",
  cancelled: "cancelled",
};

const STATUS: Record<SimOutcome["kind"], number> = {
  ok: 200,
  error: 500,
  refused: 0,
  timeout: 0,
  ctimeout: 0,
  overflow: 503,
  cancelled: 0,
};

/** The policy under the given name. */
export function heddlePolicy(name = "heddle") {
  return { name, scope: "isolate", opts: {}, make: makeIsolate, makeCoordinator };
}

function makeIsolate(context: SimContext) {
  const { rng } = context;
  const state = createServiceState({
    service: simService(context.endpoints),
    region: REGIONS[context.region]!,
    rng,
    nowMs: context.env.now(),
  });
  return {
    pick({ now, req, attempt }: { now: number; req: SimRequest; attempt: number }) {
      if (attempt === 0 && admit(state, { nowMs: now, rng, requestClass: "" }) !== null) return -1;
      const endpoint = pickEndpoint(state, { nowMs: now, rng, hashKey: "", tried: req.tried ?? null });
      req.lease = state.pickedLease;
      req.leaseFor = endpoint;
      return endpoint;
    },
    onStart(e: number, now: number, req: SimRequest) {
      req.tried ??= [];
      req.tried.push(e);
      onAttemptStart(state, e, now);
    },
    onResult(e: number, o: SimOutcome) {
      const lease = o.req.leaseFor === e ? (o.req.lease ?? null) : null;
      const { latencyMs, now: nowMs, retry: isRetry, hedge: isHedge } = o;
      const outcome = OUTCOMES[o.kind];
      const status = STATUS[o.kind];
      onAttemptEnd(state, e, { outcome, status, latencyMs, nowMs, isRetry, isHedge, retryAfterMs: 0 }, lease);
    },
    shouldRetry({ now, req }: { now: number; req: SimRequest }) {
      if (req.attempts > SIM_POLICY.retry.attempts) return false;
      return mayRetry(state, { nowMs: now, rng, hadLease: req.lease != null && req.attempts === 1 });
    },
    retryDelayMs: (req: SimRequest) => backoffMs(SIM_POLICY.retry, req.attempts, true, 0, rng),
    attemptTimeoutMs: (e: number) => attemptTimeoutMs(state, e, SIM_POLICY),
    wantsSync(now: number, why: "pick" | "result" | "failure", busy: boolean) {
      if (why === "pick" && busy) return false;
      const delayMs = syncDelayMs(state, now, why === "pick" ? "request" : why);
      return delayMs < 0 ? false : delayMs === 0 ? true : delayMs;
    },
    flushNeeded: () => true,
    buildReport: (now: number) => takeReport(state, now),
    onSnapshot: (snapshot: Snapshot, now: number) => applySnapshot(state, snapshot, now),
    // Isolates of one colo share snapshots through its cache; leases are never shared.
    onColoSnapshot(snapshot: Snapshot, now: number) {
      if (state.snapshot === null || snapshot.atMs > state.snapshot.atMs) {
        applySnapshot(state, { ...snapshot, leases: [] }, Math.min(now, snapshot.atMs));
      }
    },
  };
}

function makeCoordinator(context: SimContext) {
  const coordinator = createCoordinator({
    service: simService(context.endpoints, ANOMALIES),
    regions: REGIONS.slice(0, context.R ?? 6),
    rng: context.rng,
    nowMs: context.env.now(),
  });
  return {
    /** For looking into a run. */
    coordinator,
    onReport(report: ReportDelta & { inFlight: readonly number[] }, from: { region: number; now: number }): Snapshot {
      mergeReport(coordinator, from.region, report, from.now);
      const view = projectRegion(coordinator, from.region, from.now);
      const size = view.ids.length;
      return {
        v: PROTOCOL_VERSION,
        service: "sim",
        meshVersion: "sim",
        atMs: from.now,
        memoryAgeMs: from.now,
        reporters: 1,
        inFlight: new Array<number>(size).fill(0),
        load: new Array<number>(size).fill(-1),
        leases: lendProbes(coordinator, from.region, from.now),
        ...view,
      };
    },
  };
}
