/**
 * Carries a request to one service: pick, attempt, and while it fails and may be tried again, pick another.
 */
import { admit, rankOf } from "../core/limit/admit.ts";
import type { Refusal } from "../core/refusal.ts";
import { mayProbe, nextWaitMs } from "../core/retry/next-attempt.ts";
import { isRetriable } from "../core/retry/retriable.ts";
import { NO_ENDPOINT, onRefused, pickEndpoint, pinTo } from "../core/service-state.ts";
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
import type { NeverSent } from "./never-sent.ts";

/** The service gave no answer that can be passed on with a clear conscience. */
export interface Unanswered {
  readonly refusal: Refusal;
  /** The last attempt, when it did bring an answer, if a bad one. Its body is still open. */
  readonly failed: AttemptResult | null;
  /** Every attempt that the policy allows was made. */
  readonly exhausted: boolean;
}

/**
 * Carries it, and goes on with what came of it: here and not behind a `then`, which would cost every request another promise.
 *
 * - `answered`: gets an answer to pass on; `response` is never null.
 * - `unanswered`: gets why there is none.
 *
 * Rejects only for bugs.
 */
export async function carry<T>(
  carried: Carried,
  answered: (carried: Carried, result: AttemptResult) => T,
  unanswered: (carried: Carried, why: Unanswered) => T | Promise<T>,
): Promise<T> {
  const { service, isolate, policy } = carried;
  const { state } = service;
  const { rng } = isolate;
  const { requestClass } = carried;
  const rank = rankOf(state, requestClass, rng);
  const refused = admit(state, { nowMs: carried.startedAtMs, rng, rank, requestClass });
  if (refused !== null) {
    onRefused(state);
    return unanswered(carried, { refusal: refused, failed: null, exhausted: false });
  }

  for (let number = 1; ; number += 1) {
    const nowMs = number === 1 ? carried.startedAtMs : Date.now();
    const { hashKey, tried } = carried;
    const probes = mayProbe(service, mayRepeat(carried), nowMs);
    const isPinned = number === 1 && carried.session !== null && carried.session.pinned !== NO_ENDPOINT;
    const endpoint = isPinned
      ? pinTo(state, carried.session!.pinned)
      : pickEndpoint(state, { nowMs, rng, rank, hashKey, tried, mayProbe: probes });
    if (endpoint === NO_ENDPOINT) {
      if (number === 1) onRefused(state);
      return unanswered(carried, { refusal: noEndpoint(carried), failed: null, exhausted: number > 1 });
    }
    const lease = state.pickedLease;
    const options: AttemptOptions = { endpoint, number, lease, isHedge: false, nowMs, abort: null };
    let result: AttemptResult;
    if (!isPinned && mayHedge(carried, options)) {
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
      if (result.response !== null) return answered(carried, result);
      noteTried(carried, result.endpoint, result.outcome);
      return unanswered(carried, { refusal: refusalOf(carried, result, number), failed: null, exhausted: false });
    }
    const waitMs = waitBeforeNext(carried, result, number, lease !== null);
    if (waitMs < 0) {
      const exhausted = number > policy.retry.attempts;
      return unanswered(carried, { refusal: refusalOf(carried, result, number), failed: result, exhausted });
    }
    if (result.response !== null) discard(result.response);
    if (waitMs > 0) await scheduler.wait(waitMs);
  }
}

/** Whether the request can be sent once more: a stream that was sent is gone, whether or not it arrived. */
export function mayRepeat(carried: Carried): boolean {
  return carried.repeatable && carried.body.kind !== "stream";
}

/** Time to wait before another attempt; -1 when there is to be none. Counts the failed endpoint as tried. */
function waitBeforeNext(carried: Carried, result: AttemptResult, number: number, hadLease: boolean): number {
  const { policy, service, deadlineMs } = carried;
  noteTried(carried, result.endpoint, result.outcome);
  const tried = carried.tried!.length;
  const { unsent, retryAfterMs } = result;
  if (unsent !== null && isHopeless(unsent, tried, service.state.size)) return -1;
  if (unsent === null && carried.body.kind === "stream") return -1;
  const failed = { number, tried, hadLease: hadLease || unsent !== null, retryAfterMs, nowMs: Date.now(), deadlineMs };
  return nextWaitMs(service.state, policy.retry, failed);
}

/** The same endpoint would get no more of the same request, and of what its rule lacks no other one either. */
function isHopeless({ of }: NeverSent, tried: number, size: number): boolean {
  return size === 1 || of === "rule" || (of === "body" && tried >= size);
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
      if (result.unsent !== null) return refusalOfUnsent(service, result.unsent);
      return { reason: "upstream_connect_failure", service, attempts };
    case "ok":
    case "5xx":
    case "throttled":
    case "reset":
      return { reason: "upstream_reset", service, attempts };
    case "cancelled":
      if (carried.body.kind === "stream" && carried.body.meter?.breach) {
        const { routeName: route, ruleName: rule } = carried;
        return { reason: "out_of_bounds", route, rule, ...carried.body.meter.breach };
      }
      return { reason: carried.body.kind === "stream" ? "body_broken_off" : "upstream_reset", service, attempts };
  }
}

function refusalOfUnsent(service: string, { of, message }: NeverSent): Refusal {
  return { reason: of === "body" ? "body_not_signable" : "not_sent", service, why: message };
}
