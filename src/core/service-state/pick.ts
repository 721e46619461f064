/** Which endpoint takes a request, or its next attempt. */

import { type Level, levelAt } from "../balance/candidates.ts";
import { hashPoint } from "../balance/hash-key.ts";
import type { Candidates } from "../balance/policy.ts";
import { excludeTried } from "../balance/retry-candidates.ts";
import type { Rng } from "../rng.ts";
import { findOverdue } from "./own-evidence.ts";
import { settle } from "./settle.ts";
import type { ServiceState } from "./state.ts";

/** What `pickEndpoint` returns when no endpoint may be used. */
export const NO_ENDPOINT = -1;

export interface PickRequest {
  readonly nowMs: number;
  readonly rng: Rng;
  readonly hashKey: string;
  /** Endpoints that this request has attempted, in order; null for none. */
  readonly tried: readonly number[] | null;
  /** How important it is (limit/rank.ts); default 0, which is let in everywhere. */
  readonly rank?: number;
  /** Whether this request may be spent on a probe; default true. Not, where a failure could not be mended by a retry. */
  readonly mayProbe?: boolean;
}

/**
 * The endpoint for the next attempt, or NO_ENDPOINT.
 *
 * Sets `state.pickedLease` to the lent probe that the attempt answers for, and `state.pickedInPanic` when availability
 * was ignored. A first attempt uses up a lease if one is held. A further one goes to an endpoint not tried yet, in
 * another failure domain where there is one.
 *
 * Never throws. Does not allocate but when availability changed.
 */
export function pickEndpoint(state: ServiceState, request: PickRequest): number {
  const { nowMs, tried } = request;
  state.pickedLease = null;
  state.pickedInPanic = false;
  if (nowMs >= state.settleAtMs) settle(state, nowMs);
  if (nowMs >= state.own.nextOverdueAtMs) findOverdue(state, nowMs);
  const first = tried === null || tried.length === 0;
  if (first && state.leases.length > 0 && request.mayProbe !== false) {
    const endpoint = useLease(state, nowMs);
    if (endpoint !== NO_ENDPOINT) return endpoint;
  }
  let candidates: Candidates | null;
  if (first) {
    const level = levelFor(state, request);
    candidates = level === null ? null : level.candidates;
    state.pickedInPanic = level?.panic ?? false;
  } else {
    candidates = excludeTried(state.levels, tried, state.retryScratch);
    state.pickedInPanic = candidates !== null && state.levels.available[candidates.index[0]!] === 0;
  }
  if (candidates === null) return NO_ENDPOINT;
  const endpoint = state.policy.pick(state.columns, candidates, request);
  return isFull(state, endpoint, request.rank) ? pickRoomy(state, candidates, request) : endpoint;
}

function levelFor(state: ServiceState, request: PickRequest): Level | null {
  const { levels } = state;
  if (levels.routed.length <= 1) return levels.routed[0] ?? null;
  // By the key, where there is one: a key that is drawn anew would wander between the priorities.
  return levelAt(levels, request.hashKey === "" ? request.rng() : hashPoint(request.hashKey));
}

/** The first lease that is still valid; expired ones are dropped. */
function useLease(state: ServiceState, nowMs: number): number {
  for (;;) {
    const held = state.leases.shift();
    if (held === undefined) return NO_ENDPOINT;
    if (held.expiresAtMs < nowMs || state.barred[held.endpoint] === 1) continue;
    state.pickedLease = held.lease;
    return held.endpoint;
  }
}

/** Whether an endpoint has as many requests as it may, or takes none of this rank now; false where there is no limit. */
export function isFull(state: ServiceState, endpoint: number, rank = 0): boolean {
  const { admitRatio } = state;
  if (admitRatio !== null && rank >= admitRatio[endpoint]!) return true;
  const most = state.service.limits.maxRequestsPerEndpoint;
  return most > 0 && state.columns.inFlight[endpoint]! >= most;
}

/** A pick among the candidates that have room; NO_ENDPOINT when none has. */
function pickRoomy(state: ServiceState, candidates: Candidates, request: PickRequest): number {
  const { roomy } = state;
  roomy.count = 0;
  for (let at = 0; at < candidates.count; at++) {
    const endpoint = candidates.index[at]!;
    if (!isFull(state, endpoint, request.rank)) roomy.index[roomy.count++] = endpoint;
  }
  return roomy.count === 0 ? NO_ENDPOINT : state.policy.pick(state.columns, roomy, request);
}

/** Whether no endpoint that requests are routed to has room for one of this rank. Linear; false where there is no limit. */
export function areEndpointsFull(state: ServiceState, rank = 0): boolean {
  if (state.service.limits.maxRequestsPerEndpoint <= 0 && state.admitRatio === null) return false;
  for (const { candidates } of state.levels.routed) {
    for (let at = 0; at < candidates.count; at++) if (!isFull(state, candidates.index[at]!, rank)) return false;
  }
  return state.levels.routed.length > 0;
}
