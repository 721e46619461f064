/**
 * Whether a request may come in at all: limits of concurrency first, then shedding by class.
 *
 * A limit is soft: it holds for what this isolate has in flight and what the last snapshot says the others have.
 */
import type { Refusal } from "../refusal.ts";
import { depositRequest } from "../retry/budget.ts";
import type { Rng } from "../rng.ts";
import { areEndpointsFull } from "../service-state/pick.ts";
import { settle } from "../service-state/settle.ts";
import type { ServiceState } from "../service-state/state.ts";
import { drawRank } from "./rank.ts";
import { classIndex, shedProbability } from "./shed-by-class.ts";

export interface AdmitRequest {
  readonly nowMs: number;
  readonly rng: Rng;
  /** From `rankOf`. Default 0. */
  readonly rank?: number;
  /** The class the request names; "" and unknown ones count as the default. */
  readonly requestClass: string;
}

/**
 * How important a request is among those that the service gets: to be drawn once, before `admit`, and said with every pick.
 * 0, without a number of chance, where endpoints are not limited by it.
 */
export function rankOf(state: ServiceState, requestClass: string, rng: Rng): number {
  if (state.admitRatio === null) return 0;
  return drawRank(state.classes, classIndex(state.classes, requestClass), rng);
}

/**
 * The refusal, or null to let the request in. Counts the request, its class, and its part of the retry budget: call it
 * once per request.
 *
 * Uses a number of chance only while shedding. Allocates only a refusal. Never throws.
 */
export function admit(state: ServiceState, request: AdmitRequest): Refusal | null {
  if (request.nowMs >= state.settleAtMs) settle(state, request.nowMs);
  state.reporting.requests += 1;
  depositRequest(state.bucket, request.nowMs);
  const { limits, name } = state.service;
  const { retryAfterMs } = limits;
  const index = limits.requestClass === null ? 0 : classIndex(state.classes, request.requestClass);
  state.classes.counts[index]! += 1;

  if (limits.maxRequests > 0 && state.othersInFlight + state.columns.adaptive.ownInFlight >= limits.maxRequests) {
    return { reason: "overflow", service: name, limit: "maxRequests", retryAfterMs };
  }
  if (areEndpointsFull(state, request.rank)) {
    if (!areEndpointsFull(state)) {
      return { reason: "shed", service: name, requestClass: state.classes.classes[index]!, retryAfterMs };
    }
    return { reason: "overflow", service: name, limit: "maxRequestsPerEndpoint", retryAfterMs };
  }
  if (state.shed <= 0) return null;
  const probability = shedProbability(state.classes, index, state.shed);
  if (probability <= 0 || request.rng() >= probability) return null;
  return { reason: "shed", service: name, requestClass: state.classes.classes[index]!, retryAfterMs };
}
