import type { RequestPolicy } from "../mesh.ts";

/**
 * A policy with the time limits that a trusted caller asks for.
 *
 * - `maxMs`: the longest that may be asked for; more is taken for that much.
 * - `request`, `attempt`: whole milliseconds from 1 as text; null, and what is no such number, leave the policy's own. An
 *   attempt never gets more than the request.
 *
 * The policy itself when nothing is asked for. Never throws. Constant time.
 *
 * Source: Envoy, x-envoy-upstream-rq-timeout-ms and x-envoy-upstream-rq-per-try-timeout-ms.
 */
export function overriddenTimeouts(
  policy: RequestPolicy,
  maxMs: number,
  request: string | null,
  attempt: string | null,
): RequestPolicy {
  const requestMs = askedMs(request, maxMs);
  const attemptMs = askedMs(attempt, maxMs);
  if (requestMs === 0 && attemptMs === 0) return policy;
  const requestTimeoutMs = requestMs === 0 ? policy.requestTimeoutMs : requestMs;
  const limitMs = requestTimeoutMs === 0 ? Number.POSITIVE_INFINITY : requestTimeoutMs;
  return {
    ...policy,
    requestTimeoutMs,
    attemptTimeoutMs: Math.min(limitMs, attemptMs === 0 ? policy.attemptTimeoutMs : attemptMs),
    attemptTimeoutMinMs: Math.min(limitMs, policy.attemptTimeoutMinMs),
    attemptTimeoutMaxMs: Math.min(limitMs, policy.attemptTimeoutMaxMs),
  };
}

/** 0: nothing. */
function askedMs(text: string | null, maxMs: number): number {
  return text !== null && /^[1-9][0-9]{0,8}$/.test(text) ? Math.min(Number(text), maxMs) : 0;
}
