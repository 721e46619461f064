/**
 * What happens between a failed attempt and the next one, and which requests may find out whether an endpoint is well
 * again. The edge and the simulator ask the same functions; whether a failure is of a kind that is tried again at all is
 * in retriable.ts.
 */
import type { RetryPolicy } from "../mesh.ts";
import { mayRetry } from "../service-state/record.ts";
import type { ServiceState } from "../service-state/state.ts";
import { backoffMs } from "./backoff.ts";

/** Less time than this is not worth another attempt, ms. */
const WORTHWHILE_MS = 5;
/** Without a request that could be repeated for so long, others answer for lent probes too, ms. */
const REPEATABLE_LATELY_MS = 5_000;

export interface FailedTry {
  /** Of the failed attempt; 1 for the request's first. */
  readonly number: number;
  /** Endpoints of the service that the request has attempted, the failed one included. */
  readonly tried: number;
  /** The attempt was a lent probe. */
  readonly hadLease: boolean;
  /** What the endpoint asked for in Retry-After; 0 when it did not. */
  readonly retryAfterMs: number;
  readonly nowMs: number;
  /** Epoch by which the downstream must have an answer's head; Infinity for none. */
  readonly deadlineMs: number;
}

/**
 * Time to wait before another attempt, ms; -1 when there is to be none: attempts, time or budget are used up, or the only
 * endpoint asks for more patience than the policy has. Takes from the budgets when it is not -1.
 *
 * Constant time. Never throws.
 */
export function nextWaitMs(state: ServiceState, policy: RetryPolicy, failed: FailedTry): number {
  const { number, hadLease, retryAfterMs, nowMs, deadlineMs } = failed;
  // The retry of a lent probe is free: the user must not pay for our finding out.
  if (number > policy.attempts + (hadLease ? 1 : 0)) return -1;
  const elsewhere = failed.tried < state.size;
  if (!elsewhere && retryAfterMs > policy.retryAfterMaxMs) return -1;
  const waitMs = backoffMs(policy, number, elsewhere, retryAfterMs, state.rng);
  if (deadlineMs - nowMs < waitMs + WORTHWHILE_MS) return -1;
  if (!mayRetry(state, { nowMs, rng: state.rng, hadLease })) return -1;
  return waitMs;
}

/** When the service last had a request that could have been repeated elsewhere, epoch. Mutable. */
export interface RepeatableLately {
  repeatableAtMs: number;
}

/**
 * Whether this request may be spent on finding out whether an endpoint is well again. One that could not be repeated
 * elsewhere should not be, unless the service gets no others: then its endpoints would never come back.
 *
 * Notes the request in `lately` when it can be repeated. Constant time.
 */
export function mayProbe(lately: RepeatableLately, mayRepeat: boolean, nowMs: number): boolean {
  if (mayRepeat) {
    lately.repeatableAtMs = nowMs;
    return true;
  }
  return nowMs - lately.repeatableAtMs > REPEATABLE_LATELY_MS;
}
