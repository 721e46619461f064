/** Istio's timeouts and retries, with its defaults. */
import { boundedDuration } from "../proxy/bounded-duration.ts";
import type { Settings } from "../proxy/draft.ts";
import { readRetryConditions } from "../proxy/retry-conditions.ts";
import type { SourceNode } from "../proxy/source-node.ts";

/** Istio has no timeout unless one is set, and attempts share what there is. */
export const DEFAULT_TIMEOUTS: Settings = { request: "0s", backendRequest: "0s" };

/**
 * Two retries of requests that reached nobody. Answers of 503 are not among them since Istio 1.24, which found that
 * unsafe; the gRPC statuses `unavailable` and `cancelled`, which are, cannot be told from the HTTP status.
 *
 * Source: istio.io/api networking/v1/virtual_service.proto, HTTPRetry; release notes of Istio 1.24.
 */
export const DEFAULT_RETRY: Settings = {
  attempts: 2,
  ...readRetryConditions(["connect-failure", "refused-stream"], []).retry,
  backoff: "25ms",
  backoffMax: "250ms",
};

const MAX_ATTEMPTS = 10;
const UP_TO_AN_HOUR = { min: "0s", max: "1h" };

export interface CarriedPolicies {
  readonly timeouts?: Settings;
  readonly retry?: Settings;
}

/** What a route says of timeouts and retries, where it differs from the defaults that its services have. */
export function requestPolicies(http: SourceNode): CarriedPolicies {
  const retries = http.object("retries");
  const requestMs = http.durationMs("timeout") ?? 0;
  const attemptMs = retries?.durationMs("perTryTimeout") ?? 0;
  const timeouts: Record<string, string> = {};
  if (requestMs > 0) timeouts.request = duration(http, "timeout", requestMs);
  // Envoy, too, ignores a limit of one attempt that the whole request would reach first.
  if (retries !== undefined && attemptMs > 0 && (requestMs === 0 || attemptMs < requestMs)) {
    timeouts.backendRequest = duration(retries, "perTryTimeout", attemptMs);
  }
  return {
    ...(Object.keys(timeouts).length > 0 && { timeouts }),
    ...(retries !== undefined && { retry: retry(retries) }),
  };
}

function retry(node: SourceNode): Settings {
  const said = node.number("attempts");
  // An empty list is the default, as in Istio.
  const retryOn = (node.text("retryOn") ?? "").split(",").map((text) => text.trim());
  const conditions = retryOn.filter((text) => text !== "");
  const attempts = said ?? 2;
  if (!Number.isInteger(attempts) || attempts < 0) node.invalid("attempts", "has to be a whole number");
  if (attempts > MAX_ATTEMPTS) node.note("attempts", `becomes ${MAX_ATTEMPTS}, the most there is`, "changed");
  if (node.flag("retryIgnorePreviousHosts") === false) {
    node.note("retryIgnorePreviousHosts", "a retry goes to an endpoint that was not tried, as long as there is one");
  }
  node.ignore("retryRemoteLocalities");
  const backoffMs = node.durationMs("backoff");
  const backoff: Settings =
    backoffMs === undefined
      ? {}
      : {
          backoff: bounded(node, "backoff", backoffMs, "1m"),
          backoffMax: bounded(node, "backoff", backoffMs * 10, "10m"),
        };
  const kept = { attempts: Math.min(MAX_ATTEMPTS, Math.max(0, Math.trunc(attempts))), ...backoff };
  if (conditions.length === 0) return kept;
  const read = readRetryConditions(conditions, []);
  for (const { condition, reason } of read.dropped) node.note("retryOn", `${condition} ${reason}`);
  for (const reason of read.changed) node.note("retryOn", reason, "changed");
  return { ...kept, ...read.retry };
}

function duration(node: SourceNode, name: string, ms: number): string {
  return bounded(node, name, ms, UP_TO_AN_HOUR.max);
}

function bounded(node: SourceNode, name: string, ms: number, max: string): string {
  const { text, changed } = boundedDuration(ms, { min: "0s", max });
  if (changed !== null) node.note(name, changed, "changed");
  return text;
}
