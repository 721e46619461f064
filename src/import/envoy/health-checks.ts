/** Envoy's active health checks. */
import { healthCheckSchema } from "../../config/schema/health-checks.ts";
import { boundedDuration } from "../proxy/bounded-duration.ts";
import { faultsOf, type Settings } from "../proxy/draft.ts";
import type { SourceNode } from "../proxy/source-node.ts";
import { mutationsOf } from "./header-mutations.ts";

const INTERVAL = { min: "100ms", max: "1h" };

/** The check as Heddle's; none when it cannot be carried over, which is noted. */
export function healthChecks(node: SourceNode): readonly Settings[] {
  const http = node.object("http_health_check");
  const tcp = node.object("tcp_health_check");
  if (http === undefined && tcp === undefined) {
    for (const name of ["grpc_health_check", "custom_health_check"]) {
      node.drop(name, "checks are HTTP requests or TCP connections; this one is left out");
    }
    node.pass();
    return [];
  }
  const intervalMs = node.durationMs("interval") ?? 0;
  const time = (name: string, ms: number, bounds: { readonly min: string; readonly max: string }) => {
    const { text, changed } = boundedDuration(ms, bounds);
    if (changed !== null) node.note(name, changed, "changed");
    return text;
  };
  if (intervalMs <= 0) node.invalid("interval", "is required");
  const timeoutMs = node.durationMs("timeout") ?? 0;
  if (timeoutMs <= 0) node.invalid("timeout", "is required");
  // Envoy may wait for an answer longer than until the next check; here the two never overlap.
  if (timeoutMs > intervalMs) node.note("timeout", "is cut to the interval", "changed");
  const edgeMs = node.durationMs("unhealthy_edge_interval") ?? intervalMs;
  node.drop("interval_jitter", "jitter is a share of the interval: interval_jitter_percent");
  for (const name of [
    "no_traffic_interval",
    "unhealthy_interval",
    "healthy_edge_interval",
    "no_traffic_healthy_interval",
  ]) {
    node.drop(name, "there is one interval, and one for while the verdict changes");
  }
  node.drop("initial_jitter", "the first checks are spread over an interval");
  node.ignore(
    "reuse_connection",
    "event_log_path",
    "event_logger",
    "always_log_health_check_failures",
    "always_log_health_check_success",
    "alt_port",
  );
  const common = {
    interval: time("interval", intervalMs, INTERVAL),
    edgeInterval: time("unhealthy_edge_interval", Math.min(edgeMs, intervalMs), INTERVAL),
    timeout: time("timeout", Math.min(timeoutMs, intervalMs), { min: "10ms", max: "1m" }),
    jitterPercent: node.number("interval_jitter_percent") ?? 0,
    healthyThreshold: node.number("healthy_threshold") ?? 1,
    unhealthyThreshold: node.number("unhealthy_threshold") ?? 1,
  };
  const check = http === undefined ? { type: "tcp", ...common } : { ...readHttp(http), ...common };
  if (tcp?.has("send") === true || tcp?.has("receive") === true) {
    tcp.note("", "the connection is opened and closed, nothing is sent", "changed");
    tcp.pass();
  }
  const fault = faultsOf(healthCheckSchema, check)[0];
  if (fault === undefined) return [check];
  node.note("", `${fault.path} ${fault.message}; the check is left out`);
  return [];
}

function readHttp(http: SourceNode): Settings {
  http.drop("host", "a check has the host of the endpoint's URL");
  http.drop("service_name_matcher", "who answers a check is not looked at");
  http.drop("retriable_statuses", "every failure counts towards the threshold");
  http.drop("receive", "expectedBody is text; what Envoy compares are bytes");
  http.drop("send", "a check has no body");
  http.ignore("codec_client_type", "response_buffer_size");
  const ranges = http.objects("expected_statuses").map((range) => {
    const start = range.number("start") ?? 200;
    // Envoy's ranges are without their ends.
    const last = (range.number("end") ?? start + 1) - 1;
    return last === start ? start : `${start}-${last}`;
  });
  const { request } = mutationsOf(http);
  const headers = request.flatMap((operation) =>
    operation.type === "remove" ? [] : [[operation.name, operation.value] as const],
  );
  return {
    type: "http",
    method: http.text("method") ?? "GET",
    path: http.text("path") ?? "/",
    expectedStatuses: ranges.length === 0 ? [200] : ranges,
    ...(headers.length > 0 && { headers: Object.fromEntries(headers) }),
  };
}
