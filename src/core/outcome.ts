/**
 * How one attempt at an endpoint ended, in the classes that health, retries and load treat differently.
 *
 * - `ok`: any answer that says nothing bad about the endpoint (1xx-4xx but the throttled ones).
 * - `connect-failure`: no connection, or Cloudflare's synthetic 52x/530 answer in place of one: the origin saw nothing.
 * - `timeout`: no first byte within the attempt's time.
 * - `reset`: the connection broke before the answer was complete.
 * - `5xx`: the origin answered 500-599 and did not ask for patience.
 * - `throttled`: 429, or 503 with Retry-After: the origin works and asks for less.
 * - `cancelled`: we or the downstream gave up for reasons that say nothing about the endpoint; never evidence.
 */
export type OutcomeClass = "ok" | "connect-failure" | "timeout" | "reset" | "5xx" | "throttled" | "cancelled";

export interface AttemptOutcome {
  readonly outcome: OutcomeClass;
  /** HTTP status the endpoint answered, 0 when it did not. */
  readonly status: number;
  /** From the start of the attempt to its first byte, or to the moment it was given up. */
  readonly latencyMs: number;
  readonly nowMs: number;
  /** Not the request's first attempt. */
  readonly isRetry: boolean;
  readonly isHedge: boolean;
  /** Whether the request may be sent again; one that may not wants no retry. Default true. */
  readonly isRepeatable?: boolean;
  /** What the endpoint asked for in Retry-After; 0 when it did not. */
  readonly retryAfterMs: number;
}

/** Whether the class is evidence against the endpoint's health. `throttled` is load, `cancelled` is nothing. */
export function isFailure(outcome: OutcomeClass): boolean {
  return outcome === "connect-failure" || outcome === "timeout" || outcome === "reset" || outcome === "5xx";
}

/** Whether Envoy would count it as a gateway failure: 502, 503, 504, or no answer at all. */
export function isGatewayFailure(outcome: OutcomeClass, status: number): boolean {
  if (outcome === "connect-failure" || outcome === "timeout" || outcome === "reset") return true;
  return outcome === "5xx" && status >= 502 && status <= 504;
}
