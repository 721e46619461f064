/** A cluster's settings as a service's, with Envoy's defaults written out where Heddle has others. */
import { limitsSchema } from "../../config/schema/limits.ts";
import { outlierDetectionSchema } from "../../config/schema/outlier-detection.ts";
import { boundedDuration } from "../proxy/bounded-duration.ts";
import { fitting, type Settings } from "../proxy/draft.ts";
import type { SourceNode } from "../proxy/source-node.ts";
import { healthChecks } from "./health-checks.ts";
import { loadBalancing } from "./load-balancing.ts";
import { DEFAULT_RETRY, DEFAULT_TIMEOUTS } from "./retry-policy.ts";

/** Envoy's, for each of its processes. */
const MAX_REQUESTS = 1_024;

/** How a cluster is called and found, which is the platform's here. */
const UNSEEN = [
  "name",
  "alt_stat_name",
  "type",
  "dns_lookup_family",
  "dns_refresh_rate",
  "dns_failure_refresh_rate",
  "respect_dns_ttl",
  "dns_jitter",
  "typed_dns_resolver_config",
  "connect_timeout",
  "per_connection_buffer_limit_bytes",
  "typed_extension_protocol_options",
  "http2_protocol_options",
  "http_protocol_options",
  "common_http_protocol_options",
  "upstream_connection_options",
  "protocol_selection",
  "cleanup_interval",
  "metadata",
  "wait_for_warm_on_init",
  "track_cluster_stats",
];

/** - `hashOn`: what routes to the cluster hash. */
export function clusterSettings(
  cluster: SourceNode | undefined,
  hashOn: readonly Settings[],
  overprovisioning: number | undefined,
): Settings {
  cluster?.ignore(...UNSEEN);
  cluster?.drop("eds_cluster_config", "endpoints that are fetched at run time are not in the document");
  cluster?.drop("lrs_server", "loads are shared by Heddle's own state plane");
  readSubsets(cluster?.object("lb_subset_config"));
  const common = cluster?.object("common_lb_config");
  const panic = panicThreshold(common);
  readCommon(common);
  const checks = (cluster?.objects("health_checks") ?? []).flatMap(healthChecks);
  const outlier = cluster?.object("outlier_detection");
  const balancing = loadBalancing(cluster, hashOn);
  const { limits, retryPercent } = readLimits(cluster?.object("circuit_breakers"));
  return {
    loadBalancing: {
      ...balancing.loadBalancing,
      ...(overprovisioning !== undefined && { overprovisioningPercent: overprovisioning }),
    },
    ...(checks.length > 0 && { healthChecks: checks }),
    outlierDetection: outlier === undefined ? { enabled: false } : outlierDetection(outlier),
    panicThreshold: panic,
    circuitBreaker: { enabled: false },
    failover: { mode: "direct", priorities: "proportional", allOut: panic > 0 ? "panic" : "fail" },
    slowStart: balancing.slowStart,
    timeouts: DEFAULT_TIMEOUTS,
    retry: { ...DEFAULT_RETRY, budget: { percent: retryPercent } },
    limits,
  };
}

/** Envoy's default is 50. */
function panicThreshold(common: SourceNode | undefined): number {
  const node = common?.object("healthy_panic_threshold");
  if (node === undefined) return 50;
  const percent = node.number("value") ?? 0;
  if (percent >= 0 && percent <= 100) return percent;
  node.invalid("value", "has to be from 0 to 100");
  return 50;
}

function readCommon(common: SourceNode | undefined): void {
  common?.drop("zone_aware_lb_config", "the edge is in none of the cluster's zones");
  common?.ignore("update_merge_window", "close_connections_on_host_set_change", "ignore_new_hosts_until_first_hc");
  const locality = common?.object("locality_weighted_lb_config");
  if (locality === undefined) return;
  common!.note(
    "locality_weighted_lb_config",
    "weights of localities are shared out among their endpoints: where some are out, the others of all localities take over",
    "changed",
  );
  locality.pass();
}

function readSubsets(subsets: SourceNode | undefined): void {
  if (subsets === undefined) return;
  const fallback = subsets.text("fallback_policy") ?? "NO_FALLBACK";
  if (fallback !== "NO_FALLBACK") subsets.note("fallback_policy", "a subset without endpoints answers 503");
  subsets.raw("subset_selectors");
}

function readLimits(breakers: SourceNode | undefined): { readonly limits: Settings; readonly retryPercent: number } {
  let limits: Settings = { maxRequests: MAX_REQUESTS };
  let retryPercent = 20;
  for (const node of breakers?.objects("thresholds") ?? []) {
    if ((node.text("priority") ?? "DEFAULT") !== "DEFAULT") {
      node.note("", "requests have no routing priority: the limits of DEFAULT hold for all");
      node.pass();
      continue;
    }
    node.ignore("track_remaining");
    const maxRequests = node.number("max_requests");
    if (maxRequests !== undefined) {
      // Numbers beyond are what people write for no limit.
      const bounded = maxRequests > 1_000_000_000 ? 0 : maxRequests;
      limits = fitting(limitsSchema, { maxRequests: bounded }, (_, message) => node.note("max_requests", message));
    }
    node.drop("max_connections", "connections to endpoints are the platform's");
    node.drop("max_connection_pools", "connections to endpoints are the platform's");
    node.drop("max_pending_requests", "requests do not wait for a connection: max_requests bounds them");
    node.drop("max_retries", "retries are bounded by a budget, not by a number");
    const budget = node.object("retry_budget");
    if (budget === undefined) continue;
    budget.drop(
      "min_retry_concurrency",
      "the budget is a share of the requests of the whole mesh, without a least number",
    );
    retryPercent = Math.min(100, Math.max(0, budget.object("budget_percent")?.number("value") ?? 20));
  }
  for (const node of breakers?.objects("per_host_thresholds") ?? []) {
    node.note("", "connections to endpoints are the platform's");
    node.pass();
  }
  return { limits, retryPercent };
}

const COUNTS: Readonly<Record<string, string>> = {
  consecutive5xx: "consecutive_5xx",
  consecutiveGatewayFailure: "consecutive_gateway_failure",
  consecutiveLocalOriginFailure: "consecutive_local_origin_failure",
  enforcingConsecutive5xx: "enforcing_consecutive_5xx",
  enforcingConsecutiveGatewayFailure: "enforcing_consecutive_gateway_failure",
  enforcingConsecutiveLocalOriginFailure: "enforcing_consecutive_local_origin_failure",
  successRateMinimumHosts: "success_rate_minimum_hosts",
  successRateRequestVolume: "success_rate_request_volume",
  successRateStdevFactor: "success_rate_stdev_factor",
  enforcingSuccessRate: "enforcing_success_rate",
  failurePercentageThreshold: "failure_percentage_threshold",
  failurePercentageMinimumHosts: "failure_percentage_minimum_hosts",
  failurePercentageRequestVolume: "failure_percentage_request_volume",
  enforcingFailurePercentage: "enforcing_failure_percentage",
};

/** Envoy's fields are Heddle's; its defaults are written out where Heddle's differ. */
function outlierDetection(node: SourceNode): Settings {
  const counts = Object.entries(COUNTS).flatMap(([field, name]) => {
    const value = node.number(name);
    return value === undefined ? [] : [[field, value] as const];
  });
  const baseMs = node.durationMs("base_ejection_time") ?? 30_000;
  const time = (name: string, defaultMs: number, min: string) => {
    const { text, changed } = boundedDuration(node.durationMs(name) ?? defaultMs, { min, max: "1h" });
    if (changed !== null) node.note(name, changed, "changed");
    return text;
  };
  const settings: Settings = {
    ...Object.fromEntries(counts),
    splitExternalLocalOriginErrors: node.flag("split_external_local_origin_errors") ?? false,
    successfulActiveHealthCheckUneject: node.flag("successful_active_health_check_uneject_host") ?? true,
    interval: time("interval", 10_000, "100ms"),
    baseEjectionTime: time("base_ejection_time", 30_000, "100ms"),
    maxEjectionTime: time("max_ejection_time", Math.max(300_000, baseMs), "100ms"),
    maxEjectionTimeJitter: time("max_ejection_time_jitter", 0, "0s"),
    maxEjectionPercent: node.number("max_ejection_percent") ?? 10,
    minEjectionHosts: node.flag("always_eject_one_host") === true ? 1 : 0,
  };
  return fitting(outlierDetectionSchema, settings, (field, message) =>
    node.note(COUNTS[field] ?? snake(field), message),
  );
}

function snake(field: string): string {
  return field.replaceAll(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`);
}
