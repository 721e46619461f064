/** Envoy's HTTP filters: what a connection manager runs, and what routes say to them. */
import { cors } from "../../config/schema/filters-cors.ts";
import { faultInjection } from "../../config/schema/filters-traffic.ts";
import { boundedDuration } from "../proxy/bounded-duration.ts";
import { type FilterDraft, fitting, type Settings } from "../proxy/draft.ts";
import type { SourceNode } from "../proxy/source-node.ts";
import { LOCAL_RATE_LIMIT, LOCAL_RATE_LIMIT_TYPE, type LocalRateLimits } from "./local-rate-limits.ts";
import { fractionOf, runtimeFraction, stringMatch } from "./strings.ts";

const CORS = "envoy.filters.http.cors";
const FAULT = "envoy.filters.http.fault";

/** Keep somebody out, or say who somebody is. */
const GUARDS =
  /jwt_authn|rbac|ext_authz|oauth2|basic_auth|api_key_auth|csrf|ratelimit|rate_limit|geoip|wasm|lua|ext_proc/;

/** Where it is stated, the most specific place first: weighted cluster, route, virtual host, route table. */
export type Levels = readonly SourceNode[];

/** Settings of a connection manager's own filters, which routes may replace. */
export interface OwnFilters {
  readonly fault?: SourceNode;
  readonly limit?: SourceNode;
}

/** The filters of a connection manager. */
export function readHttpFilters(manager: SourceNode): OwnFilters {
  let fault: SourceNode | undefined;
  let limit: SourceNode | undefined;
  for (const filter of manager.objects("http_filters")) {
    const name = filter.text("name") ?? "";
    const config = filter.object("typed_config");
    const type = config?.text("@type") ?? "";
    if (/router/i.test(name) || /\.Router$/.test(type)) config?.pass();
    else if (name === FAULT || /HTTPFault$/.test(type)) fault = config;
    else if (name === LOCAL_RATE_LIMIT || LOCAL_RATE_LIMIT_TYPE.test(type)) limit = config;
    else if (name === CORS || /\.Cors$/.test(type)) config?.pass();
    else {
      noteFilter(filter, name);
      config?.pass();
    }
  }
  // Routes may all say otherwise.
  limit?.pass();
  return { ...(fault !== undefined && { fault }), ...(limit !== undefined && { limit }) };
}

/** Names of the limits of a rule: the most specific place that says anything of them replaces the others. */
export function routeLimits(levels: Levels, { limit }: OwnFilters, limits: LocalRateLimits): readonly string[] {
  for (const level of levels) {
    const own = level.object("typed_per_filter_config")?.object(LOCAL_RATE_LIMIT);
    if (own?.flag("disabled") === true) return [];
  }
  const node = first(levels, LOCAL_RATE_LIMIT) ?? limit;
  const name = node === undefined ? null : limits.nameOf(node);
  return name === null ? [] : [name];
}

function noteFilter(node: SourceNode, name: string): void {
  if (GUARDS.test(name)) {
    node.note("", `${name} is not carried over: what it refuses or checks would be let through`, "security");
  } else node.note("", `${name} is not carried over`);
}

/** CORS and fault of a rule. */
export function routeFilters(levels: Levels, fault: SourceNode | undefined): readonly FilterDraft[] {
  for (const level of levels) noteOthers(level.object("typed_per_filter_config"));
  const corsConfig =
    first(levels, CORS) ?? levels.map((level) => level.object("cors")).find((node) => node !== undefined);
  return [...faultFilter(first(levels, FAULT) ?? fault), ...corsFilter(corsConfig)];
}

function first(levels: Levels, name: string): SourceNode | undefined {
  for (const level of levels) {
    const own = level.object("typed_per_filter_config")?.object(name);
    if (own === undefined) continue;
    const wrapped = own.object("config");
    if (own.flag("disabled") === true) return undefined;
    return wrapped ?? own;
  }
  return undefined;
}

function noteOthers(configs: SourceNode | undefined): void {
  for (const name of configs?.names() ?? []) {
    if (name === CORS || name === FAULT || name === LOCAL_RATE_LIMIT) continue;
    configs!.drop(name, `what routes say to ${name} is not carried over`, GUARDS.test(name) ? "security" : "dropped");
  }
}

function list(text: string | undefined): readonly string[] {
  return (text ?? "")
    .split(",")
    .map((part) => part.trim())
    .filter((part) => part !== "");
}

function corsFilter(node: SourceNode | undefined): readonly FilterDraft[] {
  if (node === undefined) return [];
  node.ignore("@type");
  const enabled = node.object("filter_enabled");
  if (enabled !== undefined) {
    const { numerator, denominator } = runtimeFraction(enabled);
    if (numerator === 0) return [];
    if (numerator < denominator) enabled.note("", "holds for all requests", "changed");
  }
  const origins = node.objects("allow_origin_string_match").flatMap((matcher) => {
    const match = stringMatch(matcher);
    if (match?.type === "Exact") return [match.value!];
    if (match?.type === "Prefix" && match.value === "") return ["*"];
    if (match?.type === "RegularExpression" && (match.value === ".*" || match.value === "*")) return ["*"];
    matcher.note("", 'origins are given exactly, or with "*" for labels at the left of the host; this one is left out');
    return [];
  });
  const maxAge = node.number("max_age");
  const policy: Settings = {
    allowOrigins: origins.includes("*") ? ["*"] : origins,
    allowMethods: list(node.text("allow_methods")),
    allowHeaders: list(node.text("allow_headers")),
    exposeHeaders: list(node.text("expose_headers")),
    allowCredentials: node.flag("allow_credentials") ?? false,
    ...(maxAge !== undefined && { maxAge }),
  };
  const names: Readonly<Record<string, string>> = {
    allowMethods: "allow_methods",
    allowHeaders: "allow_headers",
    exposeHeaders: "expose_headers",
    maxAge: "max_age",
    allowOrigins: "allow_origin_string_match",
  };
  const kept = fitting(cors, policy, (field, message) => node.note(names[field] ?? "", message));
  const allowed = (kept as { readonly allowOrigins?: readonly string[] }).allowOrigins ?? [];
  if (allowed.length > 0) return [{ type: "CORS", cors: kept }];
  node.note("", "is left out: no origin that can be carried over is allowed");
  return [];
}

function faultFilter(node: SourceNode | undefined): readonly FilterDraft[] {
  if (node === undefined) return [];
  node.ignore("@type");
  const onlyFor = ["headers", "downstream_nodes", "upstream_cluster"].filter((field) => node.has(field));
  for (const field of onlyFor) node.drop(field, "faults are for all requests of a rule; this one is left out");
  const delay = node.object("delay");
  const abort = node.object("abort");
  delay?.drop("header_delay", "callers ask for faults by headers of Heddle's own, with the debug token");
  abort?.drop("header_abort", "callers ask for faults by headers of Heddle's own, with the debug token");
  abort?.drop("grpc_status", "faults are HTTP answers");
  const delayMs = delay?.durationMs("fixed_delay") ?? 0;
  const status = abort?.number("http_status");
  const fault: Record<string, unknown> = {};
  const delayPercent = percentOf(delay?.object("percentage"));
  const abortPercent = percentOf(abort?.object("percentage"));
  if (delay !== undefined && delayMs > 0 && delayPercent > 0) {
    const { text, changed } = boundedDuration(delayMs, { min: "1ms", max: "1m" });
    if (changed !== null) delay.note("fixed_delay", changed, "changed");
    fault.delay = { duration: text, percent: delayPercent };
  }
  if (status !== undefined && abortPercent > 0) fault.abort = { status, percent: abortPercent };
  if (onlyFor.length > 0 || Object.keys(fault).length === 0) return [];
  const kept = fitting(faultInjection, fault, (field, message) => node.note(field, message));
  return Object.keys(kept).length === 0 ? [] : [{ type: "FaultInjection", faultInjection: kept }];
}

function percentOf(node: SourceNode | undefined): number {
  if (node === undefined) return 0;
  const { numerator, denominator } = fractionOf(node);
  return (100 * numerator) / denominator;
}
