/** What an isolate writes down of attempts, and what it allows on the strength of it. */

import type { RequestPolicy } from "../mesh.ts";
import { type AttemptOutcome, isFailure } from "../outcome.ts";
import type { ProbeLease } from "../protocol.ts";
import { withdrawRetry } from "../retry/budget.ts";
import type { Rng } from "../rng.ts";
import { noteEnd, noteFailure, noteOk, noteStart } from "./own-evidence.ts";
import { countFailure, countOk, countThrottled, uncountOk } from "./report-deltas.ts";
import { settle } from "./settle.ts";
import type { ServiceState } from "./state.ts";

/** An attempt may take so many times the expected latency: with a coefficient of variation of 1, its 99.97th percentile. */
const TIMEOUT_RATIO = 8;
/** Hedges that may be saved up. */
const MAX_HEDGE_TOKENS = 10;

/**
 * An attempt is being sent.
 *
 * - `isUpload`: its body streams up at the downstream's pace, so that it cannot be called overdue.
 */
export function onAttemptStart(state: ServiceState, endpoint: number, nowMs: number, isUpload = false): void {
  const { columns } = state;
  columns.ownInFlight[endpoint]! += 1;
  columns.inFlight[endpoint]! += 1;
  columns.adaptive.ownInFlight += 1;
  noteStart(state, endpoint, isUpload ? Number.POSITIVE_INFINITY : nowMs);
  state.policy.onStart?.(endpoint, nowMs);
}

/**
 * An attempt is over. Call it once for every started attempt, cancelled ones included.
 *
 * - `lease`: the lent probe it was, as `pickedLease` said; its answer goes into the next report. A throttled probe counts
 *   as failed: an endpoint that asks for less is not ready for more.
 */
export function onAttemptEnd(
  state: ServiceState,
  endpoint: number,
  outcome: AttemptOutcome,
  lease: ProbeLease | null,
): void {
  const { columns, reporting } = state;
  const { nowMs, latencyMs } = outcome;
  columns.ownInFlight[endpoint]! -= 1;
  columns.inFlight[endpoint]! -= 1;
  columns.adaptive.ownInFlight -= 1;
  noteEnd(state, endpoint, nowMs - latencyMs, nowMs);
  if (outcome.isHedge) state.hedgeTokens -= 1;
  state.policy.onOutcome?.(endpoint, outcome);
  if (outcome.outcome === "cancelled") return;
  if (lease !== null) {
    const { id, generation, scope } = lease;
    reporting.probes.push({ id, ok: outcome.outcome === "ok", generation, scope });
    reporting.urgent = true;
  }
  if (outcome.outcome === "ok") {
    countOk(reporting, endpoint, latencyMs);
    noteOk(state, endpoint, latencyMs, nowMs);
  } else if (isFailure(outcome.outcome)) {
    countFailure(reporting, endpoint, outcome);
    noteFailure(state, endpoint, nowMs);
    if (!outcome.isRetry && !outcome.isHedge && outcome.isRepeatable !== false) reporting.retriesWanted += 1;
  } else {
    countThrottled(reporting, endpoint);
  }
}

/**
 * An answer broke off in the middle. Its attempt has ended, and was counted as an answer when the head came: that is taken
 * back, as far as it was not reported yet, and counts as a reset. The downstream has seen it, so no retry was wanted.
 */
export function onAnswerBroken(state: ServiceState, endpoint: number, nowMs: number): void {
  if (state.heir !== null) {
    const at = state.heir.at[endpoint]!;
    if (at >= 0) onAnswerBroken(state.heir.state, at, nowMs);
    return;
  }
  const outcome: AttemptOutcome = {
    outcome: "reset",
    status: 0,
    latencyMs: 0,
    nowMs,
    isRetry: true,
    isHedge: false,
    retryAfterMs: 0,
  };
  uncountOk(state.reporting, endpoint);
  countFailure(state.reporting, endpoint, outcome);
  noteFailure(state, endpoint, nowMs);
  state.policy.onOutcome?.(endpoint, outcome);
}

/**
 * An attempt, which has ended as cancelled, was never sent for want of something that this isolate lacks: it keeps away from
 * the endpoint as after a failure, and nobody else hears of it.
 */
export function onUnsent(state: ServiceState, endpoint: number, nowMs: number): void {
  if (state.heir !== null) {
    const at = state.heir.at[endpoint]!;
    if (at >= 0) onUnsent(state.heir.state, at, nowMs);
  } else noteFailure(state, endpoint, nowMs);
}

/** A request found no endpoint to try, or was not let in. Call it once for a request that no attempt was made for. */
export function onRefused(state: ServiceState): void {
  if (state.heir !== null) onRefused(state.heir.state);
  else state.reporting.refused += 1;
}

/**
 * Whether a failed attempt may be tried again, by the budgets; takes from them when it may.
 *
 * - `hadLease`: the attempt was a lent probe. Its retry is free: the user must not pay for our finding out.
 */
export function mayRetry(
  state: ServiceState,
  request: { readonly nowMs: number; readonly rng: Rng; readonly hadLease: boolean },
): boolean {
  if (!request.hadLease) {
    if (state.retryAllow < 1 && request.rng() >= state.retryAllow) return false;
    if (!withdrawRetry(state.bucket)) return false;
  }
  state.reporting.retries += 1;
  return true;
}

/** Estimated latency of an answer, ms: the snapshot's and our own evidence together. */
export function expectedLatencyMs(state: ServiceState, endpoint: number): number {
  return state.columns.latencyMs[endpoint]!;
}

/** Time to the first byte that an attempt is given: as configured, or a multiple of the expected latency, within bounds. */
export function attemptTimeoutMs(state: ServiceState, endpoint: number, policy: RequestPolicy): number {
  if (policy.attemptTimeoutMs > 0) return policy.attemptTimeoutMs;
  const wanted = TIMEOUT_RATIO * state.columns.latencyMs[endpoint]!;
  return Math.min(policy.attemptTimeoutMaxMs, Math.max(policy.attemptTimeoutMinMs, wanted));
}

/**
 * After how long to send a second attempt beside the first, ms; 0 not at all.
 *
 * Every call puts the budget's share of one request in, so call it once per request; every attempt that ends as a hedge
 * takes one out.
 */
export function hedgeDelayMs(state: ServiceState, policy: RequestPolicy, nowMs: number): number {
  const { hedge } = policy;
  if (hedge === null) return 0;
  if (nowMs >= state.settleAtMs) settle(state, nowMs);
  state.hedgeTokens = Math.min(MAX_HEDGE_TOKENS, state.hedgeTokens + hedge.budgetPercent / 100);
  if (state.hedgeTokens < 1 || state.sharedHedgeDelayMs <= 0) return 0;
  return Math.max(hedge.minDelayMs, state.sharedHedgeDelayMs);
}
