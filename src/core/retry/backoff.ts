/**
 * How long to wait before a retry: exponential with full jitter, so that retries of many isolates never march in step.
 *
 * Envoy's code and its documentation disagree on the range; this is the code's: random in [0, base·2^n) up to the cap.
 * Source: Brooker, "Exponential Backoff And Jitter", AWS Architecture Blog, 2015; envoy backoff_strategy.cc.
 */
import type { RetryPolicy } from "../mesh.ts";
import type { Rng } from "../rng.ts";

/**
 * Time to wait before the next attempt, ms.
 *
 * - `retry`: 1 for the first retry, 2 for the second …
 * - `elsewhere`: the next attempt goes to an endpoint not tried yet; the first such retry waits for the policy's minimum
 *   only, since nothing is known against the endpoint it goes to.
 * - `retryAfterMs`: what the failed endpoint asked for, 0 nothing. Honoured only when the same endpoint is asked again.
 *
 * Never throws. Constant time.
 */
export function backoffMs(
  policy: RetryPolicy,
  retry: number,
  elsewhere: boolean,
  retryAfterMs: number,
  rng: Rng,
): number {
  const minMs = policy.backoffMinMs ?? 0;
  if (elsewhere && retry === 1) return minMs;
  const jittered = minMs + rng() * Math.min(policy.backoffMaxMs, policy.backoffBaseMs * 2 ** (retry - 1));
  return elsewhere ? jittered : Math.max(jittered, retryAfterMs);
}
