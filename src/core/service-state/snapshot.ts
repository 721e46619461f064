/** Takes a snapshot in: the columns are swapped, and availability is settled anew. */

import { forgetClasses } from "../limit/shed-by-class.ts";
import type { Snapshot } from "../protocol.ts";
import { dropSent } from "./own-evidence.ts";
import { noteReference, settle } from "./settle.ts";
import type { HeldLease, ServiceState } from "./state.ts";

/** Reports that one object answers in a second, at most: the platform's own estimate is 500 to 1,000. */
const OBJECT_RPS = 1_000;
/** Leases held at once; an object lends a handful. */
const MAX_LEASES = 64;

/**
 * Puts a snapshot in force. Endpoints are matched by id: ones the snapshot does not know keep what was known of them,
 * ones that we do not know are ignored. A snapshot older than the one in force is ignored but for its leases, which are
 * ours alone.
 *
 * - `nowMs`: when it was received; for one from a cache, when it was put there.
 *
 * Linear in the endpoints. Never throws on columns that are too short.
 */
export function applySnapshot(state: ServiceState, snapshot: Snapshot, nowMs: number): void {
  takeLeases(state, snapshot, nowMs);
  if (state.snapshot !== null && snapshot.atMs < state.snapshot.atMs) return;
  state.snapshot = snapshot;
  state.snapshotAtMs = nowMs;
  dropSent(state);
  const { shared, columns, reporting } = state;
  let others = 0;
  const { ids } = snapshot;
  for (let i = 0; i < ids.length; i++) {
    const id = ids[i]!;
    const e = state.service.endpoints[i]?.id === id ? i : state.indexOf.get(id);
    if (e === undefined) continue;
    columns.adaptive.probability[e] = snapshot.probability[i] ?? 0;
    shared.breaker[e] = snapshot.breaker[i] ?? 0;
    shared.health[e] = snapshot.health[i] ?? 0;
    shared.weight[e] = weightOf(snapshot.weight[i]);
    shared.latencyMs[e] = positiveOr(snapshot.latencyMs[i], shared.latencyMs[e]!);
    shared.latencySamples[e] = positiveOr(snapshot.latencySamples[i], 1);
    shared.failureRatio[e] = snapshot.failureRatio[i] ?? 0;
    shared.failureSamples[e] = positiveOr(snapshot.failureSamples[i], 1);
    const load = snapshot.load[i] ?? -1;
    columns.load[e] = load < 0 ? Number.NaN : load;
    const theirs = Math.max(0, (snapshot.inFlight[i] ?? 0) - reporting.reportedInFlight[e]!);
    columns.inFlight[e] = theirs + columns.ownInFlight[e]!;
    others += theirs;
    if (state.admitRatio !== null) state.admitRatio[e] = snapshot.admitRatio?.[i] ?? 1;
  }
  state.othersInFlight = others;
  state.retryAllow = snapshot.retryAllow;
  state.shed = snapshot.shed;
  state.sharedHedgeDelayMs = snapshot.hedgeDelayMs;
  state.alert = snapshot.alert;
  state.paceMs = paceFor(snapshot.reporters / (state.service.stateShards ?? 1), state.syncMaxMs);
  columns.adaptive.epoch++;
  forgetClasses(state.classes);
  noteReference(state);
  settle(state, nowMs);
}

/** So many reporters of one object are heard each in turn within what it can answer, and no later than the quietest. */
function paceFor(reporters: number, syncMaxMs: number): number {
  return reporters > 0 ? Math.min(syncMaxMs, (1_000 * reporters) / OBJECT_RPS) : 0;
}

/** 0 says something: no new requests. */
function weightOf(value: number | undefined): number {
  return value !== undefined && value >= 0 ? value : 1;
}

function positiveOr(value: number | undefined, otherwise: number): number {
  return value !== undefined && value > 0 ? value : otherwise;
}

function takeLeases(state: ServiceState, snapshot: Snapshot, nowMs: number): void {
  for (const lease of snapshot.leases) {
    const endpoint = state.indexOf.get(lease.id);
    if (endpoint === undefined || state.leases.length >= MAX_LEASES) continue;
    const held: HeldLease = { endpoint, lease, expiresAtMs: nowMs + lease.ttlMs };
    state.leases.push(held);
  }
}
