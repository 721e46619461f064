/**
 * Which endpoints are available to this isolate now: the worse of what the snapshot says and what it found itself.
 *
 * A snapshot is distrusted with age: after 5 s its probabilities, budgets and estimates; after 10 s its breakers and
 * observed health too, since an endpoint may have recovered with nobody to tell us. What an operator took out stays out.
 */
import { costMs } from "../balance/adaptive/own-evidence.ts";
import { partition } from "../balance/candidates.ts";
import { isBarred, isServing } from "../health/coordinator-state.ts";
import { estimateColumns, fold } from "./own-evidence.ts";
import type { ServiceState } from "./state.ts";

/** Milliseconds after which a snapshot is too old to route by: five sync intervals. */
export const DISTRUST_MS = 5_000;
/** Milliseconds after which its breakers mean nothing any more: about one ejection. */
export const FORGET_MS = 10_000;

/** Brings availability, trust and levels up to date. Linear in the endpoints; called when something changed. */
export function settle(state: ServiceState, nowMs: number): void {
  fold(state, nowMs);
  const { shared, own, columns, service } = state;
  const age = nowMs - state.snapshotAtMs;
  const trusted = age <= DISTRUST_MS;
  const { adaptive } = columns;
  state.trusted = trusted;
  if (adaptive.trusted !== (trusted && hasProbability(state))) {
    adaptive.trusted = !adaptive.trusted;
    adaptive.epoch++;
  }
  const believed = age <= FORGET_MS;
  const hard = !(state.learning && adaptive.trusted);
  let settleAtMs = Number.POSITIVE_INFINITY;
  if (trusted) settleAtMs = state.snapshotAtMs + DISTRUST_MS + 1;
  else if (believed) settleAtMs = state.snapshotAtMs + FORGET_MS + 1;

  const { available, barred, levels } = state;
  let changed = false;
  for (let e = 0; e < state.size; e++) {
    const health = shared.health[e]!;
    const out = hard && nowMs < own.outUntilMs[e]!;
    if (out) settleAtMs = Math.min(settleAtMs, own.outUntilMs[e]!);
    const ejected = believed && (shared.breaker[e] !== 0 || !isServing(health));
    // A weight of 0 is an operator's word as a drain is: it stays in force however old the snapshot is.
    const isOut = isBarred(health) || shared.weight[e] === 0 ? 1 : 0;
    const isIn = out || ejected || isOut === 1 ? 0 : 1;
    const weight = state.weights[e]! * (believed ? shared.weight[e]! : 1);
    changed ||= barred[e] !== isOut || available[e] !== isIn || columns.weight[e] !== weight;
    barred[e] = isOut;
    available[e] = isIn;
    columns.weight[e] = weight;
  }
  state.settleAtMs = settleAtMs;
  // Most snapshots change none of these, and the policies' tables are kept by the level.
  if (changed) state.levels = partition({ service, available, barred, weight: columns.weight, previous: levels });
  if (!trusted) {
    state.retryAllow = 1;
    state.shed = 0;
    state.admitRatio?.fill(1);
    state.alert = false;
    state.sharedHedgeDelayMs = 0;
  }
  estimateColumns(state);
}

function hasProbability(state: ServiceState): boolean {
  const { probability } = state.columns.adaptive;
  for (let e = 0; e < probability.length; e++) if (probability[e]! > 0) return true;
  return false;
}

/** What the endpoint costs by the snapshot alone, for the own-evidence factor. */
export function noteReference(state: ServiceState): void {
  const { shared, columns, service } = state;
  const { failurePenaltyMs } = service.loadBalancing;
  for (let e = 0; e < state.size; e++) {
    columns.adaptive.expectedMs[e] = shared.latencyMs[e]!;
    columns.adaptive.referenceMs[e] = costMs(shared.latencyMs[e]!, shared.failureRatio[e]!, failurePenaltyMs);
  }
}
