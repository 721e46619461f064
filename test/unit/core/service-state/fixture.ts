/** A service state with three endpoints in two clouds, and snapshots for it. Everything not said is healthy. */
import type { Service } from "../../../../src/core/mesh.ts";
import type { AttemptOutcome, OutcomeClass } from "../../../../src/core/outcome.ts";
import type { Snapshot } from "../../../../src/core/protocol.ts";
import { seededRng } from "../../../../src/core/rng.ts";
import {
  applySnapshot,
  createServiceState,
  onAttemptEnd,
  onAttemptStart,
  pickEndpoint,
  type ServiceState,
} from "../../../../src/core/service-state.ts";
import { simService } from "../../../simulation/sim-service.ts";

export const ENDPOINTS = [
  { id: "a1", cloud: "aws", loc: 0, weight: 1 },
  { id: "a2", cloud: "aws", loc: 1, weight: 1 },
  { id: "g1", cloud: "gcp", loc: 0, weight: 1 },
];

let stream = seededRng(11);
export const rng = (): number => stream();

/** Test files share this one: each begins with the same numbers, whichever ran before. */
export function restartChance(): void {
  stream = seededRng(11);
}

export function serviceWith(overrides: Partial<Service> = {}): Service {
  return simService(ENDPOINTS, overrides);
}

export function stateOf(overrides: Partial<Service> = {}): ServiceState {
  return createServiceState({ service: serviceWith(overrides), region: "weur", rng, nowMs: 0 });
}

export function snapshotOf(given: Partial<Snapshot> = {}): Snapshot {
  return {
    v: 1,
    service: "sim",
    meshVersion: "m",
    atMs: 1_000,
    memoryAgeMs: 60_000,
    reporters: 3,
    ids: ["a1", "a2", "g1"],
    probability: [0.5, 0.3, 0.2],
    breaker: [0, 0, 0],
    openForMs: [0, 0, 0],
    health: [1, 1, 1],
    weight: [1, 1, 1],
    latencyMs: [40, 50, 60],
    latencySamples: [100, 100, 100],
    failureRatio: [0.01, 0.01, 0.01],
    failureSamples: [100, 100, 100],
    inFlight: [0, 0, 0],
    load: [-1, -1, -1],
    retryAllow: 1,
    shed: 0,
    hedgeDelayMs: 0,
    alert: false,
    leases: [],
    ...given,
  };
}

/** A state with a fresh snapshot, received at 1,000 ms. */
export function informed(snapshot: Partial<Snapshot> = {}, overrides: Partial<Service> = {}): ServiceState {
  const state = stateOf(overrides);
  applySnapshot(state, snapshotOf(snapshot), 1_000);
  return state;
}

export const LOADBALANCING = serviceWith().loadBalancing;

export function pick(state: ServiceState, nowMs: number, tried: readonly number[] | null = null): number {
  return pickEndpoint(state, { nowMs, rng, hashKey: "", tried });
}

/** Share of each endpoint over many picks, none of which is carried out. */
export function shares(state: ServiceState, nowMs: number, picks = 2_000): number[] {
  const counts = [0, 0, 0];
  for (let i = 0; i < picks; i++) {
    const e = pick(state, nowMs);
    if (e >= 0) counts[e]! += 1 / picks;
  }
  return counts;
}

export function outcomeOf(outcome: OutcomeClass, nowMs: number, given: Partial<AttemptOutcome> = {}): AttemptOutcome {
  const status = outcome === "ok" ? 200 : outcome === "5xx" ? 500 : outcome === "throttled" ? 429 : 0;
  return { outcome, status, latencyMs: 40, nowMs, isRetry: false, isHedge: false, retryAfterMs: 0, ...given };
}

/** One whole attempt that ended as given. */
export function attempt(
  state: ServiceState,
  e: number,
  outcome: OutcomeClass,
  nowMs: number,
  given: Partial<AttemptOutcome> = {},
): void {
  const ended = outcomeOf(outcome, nowMs, given);
  onAttemptStart(state, e, nowMs - ended.latencyMs);
  onAttemptEnd(state, e, ended, null);
}
