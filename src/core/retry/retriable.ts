/**
 * Whether a failed attempt may be tried again. Three things must agree: the request can be repeated, the failure is one
 * the policy retries, and attempts are left; the budget (retry/budget.ts) and the deadline are asked afterwards.
 */
import type { RetryPolicy } from "../mesh.ts";
import type { OutcomeClass } from "../outcome.ts";

/**
 * Whether sending the request twice is allowed: an idempotent method, or a key by which the origin tells repeats.
 *
 * - `method`: upper case.
 * - `hasIdempotencyKey`: the request carries an Idempotency-Key header.
 *
 * Never throws. Source: RFC 9110 §9.2.2; draft-ietf-httpapi-idempotency-key-header.
 */
export function isRepeatable(policy: RetryPolicy, method: string, hasIdempotencyKey: boolean): boolean {
  if (policy.methods.includes(method) || policy.methods.includes("*")) return true;
  return hasIdempotencyKey && policy.idempotencyKey;
}

export interface FailedAttempt {
  readonly outcome: OutcomeClass;
  /** HTTP status answered, 0 none. */
  readonly status: number;
  /** The origin certainly never saw the request (a refused or failed connection): repeating it is safe for any method. */
  readonly neverSent: boolean;
}

/**
 * Whether the policy retries this failure of a request.
 *
 * - `repeatable`: from `isRepeatable`. A request that is not is retried only when the origin certainly never saw it.
 *
 * Never throws. Constant time.
 */
export function isRetriable(policy: RetryPolicy, repeatable: boolean, attempt: FailedAttempt): boolean {
  if (!repeatable && !attempt.neverSent) return false;
  switch (attempt.outcome) {
    case "connect-failure":
      return policy.onConnectFailure;
    case "reset":
      return policy.onReset;
    case "timeout":
      return policy.onTimeout;
    case "ok":
    case "5xx":
    case "throttled":
      return policy.codes.includes(attempt.status);
    case "cancelled":
      return false;
  }
}
