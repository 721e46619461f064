/** Envoy's timeouts and retry policy. */
import { boundedDuration } from "../proxy/bounded-duration.ts";
import type { Settings } from "../proxy/draft.ts";
import { readRetryConditions } from "../proxy/retry-conditions.ts";
import type { SourceNode } from "../proxy/source-node.ts";

/** Envoy's route timeout, which attempts share unless they have one of their own. */
export const DEFAULT_TIMEOUTS: Settings = { request: "15s", backendRequest: "0s" };
/** No retry policy, no retries. */
export const DEFAULT_RETRY: Settings = { attempts: 0 };

const DEFAULT_REQUEST_MS = 15_000;
const MAX_ATTEMPTS = 10;

export interface CarriedPolicies {
  readonly timeouts?: Settings;
  readonly retry?: Settings;
}

/**
 * What a route action says of them, where it differs from the defaults that services have.
 *
 * - `policy`: the route's retry policy, else the virtual host's.
 */
export function requestPolicies(action: SourceNode, policy: SourceNode | undefined): CarriedPolicies {
  const requestMs = action.durationMs("timeout") ?? DEFAULT_REQUEST_MS;
  const attemptMs = policy?.durationMs("per_try_timeout") ?? 0;
  const timeouts: Record<string, string> = {};
  if (requestMs !== DEFAULT_REQUEST_MS) timeouts.request = bounded(action, "timeout", requestMs, "1h");
  // Envoy, too, ignores a limit of one attempt that the whole request would reach first.
  if (policy !== undefined && attemptMs > 0 && (requestMs === 0 || attemptMs < requestMs)) {
    timeouts.backendRequest = bounded(policy, "per_try_timeout", attemptMs, "1h");
  }
  return {
    ...(Object.keys(timeouts).length > 0 && { timeouts }),
    ...(policy !== undefined && { retry: retry(policy) }),
  };
}

function retry(policy: SourceNode): Settings {
  const attempts = policy.number("num_retries") ?? 1;
  if (attempts > MAX_ATTEMPTS) policy.note("num_retries", `becomes ${MAX_ATTEMPTS}, the most there is`, "changed");
  const conditions = (policy.text("retry_on") ?? "").split(",").map((text) => text.trim());
  const read = readRetryConditions(
    conditions.filter((text) => text !== ""),
    policy.numbers("retriable_status_codes"),
  );
  for (const { condition, reason } of read.dropped) policy.note("retry_on", `${condition} ${reason}`);
  for (const reason of read.changed) policy.note("retry_on", reason, "changed");
  policy.drop("retriable_headers", "answers are not retried by their headers");
  policy.drop("retriable_request_headers", "whether a request is retried does not depend on its headers");
  policy.drop(
    "rate_limited_retry_back_off",
    "Retry-After is obeyed, up to retry.retryAfterMax; other headers are not read",
  );
  policy.drop("retry_priority", "a retry goes to an endpoint that was not tried, whatever its priority");
  policy.drop("per_try_idle_timeout", "bodies that flow are never cut");
  // A retry goes to an endpoint that was not tried, as long as there is one.
  policy.ignore("host_selection_retry_max_attempts", "retry_host_predicate", "retry_options_predicates");
  const backoff = policy.object("retry_back_off");
  const baseMs = backoff?.durationMs("base_interval") ?? 25;
  const maxMs = backoff?.durationMs("max_interval") ?? baseMs * 10;
  if (maxMs < baseMs) backoff?.invalid("max_interval", "has to be at least base_interval");
  return {
    attempts: Math.min(MAX_ATTEMPTS, Math.max(0, Math.trunc(attempts))),
    ...read.retry,
    backoff: bounded(backoff ?? policy, "base_interval", baseMs, "1m"),
    backoffMax: bounded(backoff ?? policy, "max_interval", maxMs, "10m"),
  };
}

function bounded(node: SourceNode, name: string, ms: number, max: string): string {
  const { text, changed } = boundedDuration(ms, { min: "0s", max });
  if (changed !== null) node.note(name, changed, "changed");
  return text;
}
