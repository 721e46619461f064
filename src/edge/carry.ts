/**
 * Carries a request to one service: pick, attempt, and while it fails and may be tried again, pick another.
 */
import { admit } from "../core/limit/admit.ts";
import type { Refusal } from "../core/refusal.ts";
import { backoffMs } from "../core/retry/backoff.ts";
import { isRetriable } from "../core/retry/retriable.ts";
import { mayRetry, NO_ENDPOINT, pickEndpoint } from "../core/service-state.ts";
import {
  type AttemptOptions,
  type AttemptResult,
  beginAttempt,
  discard,
  endAttempt,
  flightSettled,
  rearmed,
} from "./attempt.ts";
import { type Carried, noteTried } from "./carried.ts";
import { hedgedAttempt, mayHedge } from "./hedge.ts";

/** Less time than this is not worth another attempt, ms. */
const WORTHWHILE_MS = 5;

/** The service gave no answer that can be passed on with a clear conscience. */
export interface Unanswered {
  readonly refusal: Refusal;
  /** The last attempt, when it did bring an answer, if a bad one. Its body is still open. */
  readonly failed: AttemptResult | null;
  /** Every attempt that the policy allows was made. */
  readonly exhausted: boolean;
}

/** An answer to pass on (`response` is never null), or why there is none. Rejects only for bugs. */
export async function carry(carried: Carried): Promise<AttemptResult | Unanswered> {
  const { service, isolate, policy } = carried;
  const { state } = service;
  const { rng } = isolate;
  const refused = admit(state, { nowMs: carried.startedAtMs, rng, requestClass: carried.requestClass });
  if (refused !== null) return { refusal: refused, failed: null, exhausted: false };

  for (let number = 1; ; number += 1) {
    const nowMs = number === 1 ? carried.startedAtMs : Date.now();
    const { hashKey, tried } = carried;
    const endpoint = pickEndpoint(state, { nowMs, rng, hashKey, tried, mayProbe: mayProbe(carried, nowMs) });
    if (endpoint === NO_ENDPOINT) return { refusal: noEndpoint(carried), failed: null, exhausted: number > 1 };
    const lease = state.pickedLease;
    const options: AttemptOptions = { endpoint, number, lease, isHedge: false, nowMs, abort: null };
    let result: AttemptResult;
    if (mayHedge(carried, options)) {
      result = await hedgedAttempt(carried, options);
    } else {
      // As `attempt` does; written out because one async function less is a hundredth of a request.
      const flight = beginAttempt(carried, options);
      let settled = await flightSettled(flight);
      while (settled === "rearm") settled = await rearmed(carried, flight);
      result = endAttempt(carried, flight, settled);
    }
    carried.mayHaveArrived ||= !result.neverSent;

    if (!isRetriable(policy.retry, mayRepeat(carried), result)) {
      if (result.response !== null) return result;
      noteTried(carried, result.endpoint, result.outcome);
      return { refusal: refusalOf(carried, result, number), failed: null, exhausted: false };
    }
    const waitMs = nextWaitMs(carried, result, number, lease !== null);
    if (waitMs < 0) {
      const exhausted = number > policy.retry.attempts;
      return { refusal: refusalOf(carried, result, number), failed: result, exhausted };
    }
    if (result.response !== null) discard(result.response);
    if (waitMs > 0) await scheduler.wait(waitMs);
  }
}

/** Without a request that could be repeated for so long, others answer for lent probes too, ms. */
const REPEATABLE_LATELY_MS = 5_000;

/**
 * Whether this request may be spent on finding out whether an endpoint is well again. One that could not be repeated
 * elsewhere should not be, unless the service gets no others: then its endpoints would never come back.
 */
function mayProbe(carried: Carried, nowMs: number): boolean {
  if (mayRepeat(carried)) {
    carried.service.repeatableAtMs = nowMs;
    return true;
  }
  return nowMs - carried.service.repeatableAtMs > REPEATABLE_LATELY_MS;
}

/** Whether the request can be sent once more: a stream that was sent is gone, whether or not it arrived. */
export function mayRepeat(carried: Carried): boolean {
  return carried.repeatable && carried.body.kind !== "stream";
}

/** Time to wait before another attempt; -1 when there is to be none. Counts the failed endpoint as tried. */
function nextWaitMs(carried: Carried, result: AttemptResult, number: number, hadLease: boolean): number {
  const { policy, service, isolate } = carried;
  noteTried(carried, result.endpoint, result.outcome);
  if (carried.body.kind === "stream") return -1;
  // The retry of a lent probe is free: the user must not pay for our finding out.
  if (number > policy.retry.attempts + (hadLease ? 1 : 0)) return -1;

  const nowMs = Date.now();
  const elsewhere = carried.tried!.length < service.state.service.endpoints.length;
  if (!elsewhere && result.retryAfterMs > policy.retry.retryAfterMaxMs) return -1;
  const waitMs = backoffMs(policy.retry, number, elsewhere, result.retryAfterMs, isolate.rng);
  if (carried.deadlineMs - nowMs < waitMs + WORTHWHILE_MS) return -1;
  if (!mayRetry(service.state, { nowMs, rng: isolate.rng, hadLease })) return -1;
  return waitMs;
}

function noEndpoint(carried: Carried): Refusal {
  return { reason: "no_healthy_endpoint", service: carried.service.state.service.name };
}

function refusalOf(carried: Carried, result: AttemptResult, attempts: number): Refusal {
  const service = carried.service.state.service.name;
  switch (result.outcome) {
    case "timeout":
      return Date.now() >= carried.deadlineMs
        ? { reason: "request_timeout", service, timeoutMs: carried.policy.requestTimeoutMs, attempts }
        : { reason: "upstream_timeout", service, timeoutMs: carried.policy.attemptTimeoutMs, attempts };
    case "connect-failure":
      return { reason: "upstream_connect_failure", service, attempts };
    case "ok":
    case "5xx":
    case "throttled":
    case "reset":
    case "cancelled":
      return { reason: "upstream_reset", service, attempts };
  }
}
