/** What an Envoy route does: forward, redirect or answer. */
import { requestRedirect, urlRewrite } from "../../config/schema/filters-path.ts";
import { directResponse } from "../../config/schema/filters-traffic.ts";
import { type BackendRefDraft, type FilterDraft, fitting, type RuleDraft, type Settings } from "../proxy/draft.ts";
import { headerFilter } from "../proxy/filters.ts";
import type { SourceNode } from "../proxy/source-node.ts";
import type { ClusterTable } from "./clusters.ts";
import { readHashPolicies } from "./hash-policy.ts";
import { type HeaderMutations, joined, mutationsOf } from "./header-mutations.ts";
import { requestPolicies } from "./retry-policy.ts";
import { runtimeFraction } from "./strings.ts";

export interface ActionContext {
  readonly clusters: ClusterTable;
  /** Header mutations of the virtual host and the route table, in the order in which they run. */
  readonly outer: readonly HeaderMutations[];
  readonly mostSpecificWins: boolean;
  /** Of the virtual host. */
  readonly retryPolicy: SourceNode | undefined;
}

export type Action = Pick<RuleDraft, "filters" | "backendRefs" | "splitOn" | "timeouts" | "retry">;

const MAX_MIRRORS = 3;
const CODES: Readonly<Record<string, number>> = {
  MOVED_PERMANENTLY: 301,
  FOUND: 302,
  SEE_OTHER: 303,
  TEMPORARY_REDIRECT: 307,
  PERMANENT_REDIRECT: 308,
};

/** Undefined when the route does nothing that Heddle can; that is noted. */
export function readAction(route: SourceNode, context: ActionContext, isPrefix: boolean): Action | undefined {
  const own = mutationsOf(route);
  const redirect = route.object("redirect");
  const answer = route.object("direct_response");
  const forward = route.object("route");
  if (forward !== undefined) return forwardAction(forward, own, context, isPrefix);
  const headers = inOrder([own, ...context.outer], context);
  const response = headerFilter("response", headers.response);
  if (redirect !== undefined) return { filters: [redirectFilter(redirect), ...response] };
  if (answer !== undefined) return { filters: [directResponseFilter(answer), ...response] };
  const other = ["filter_action", "non_forwarding_action"].find((field) => route.has(field));
  if (other === undefined) route.invalid("", "needs one of route, redirect and direct_response");
  else route.drop(other, "is done by filters that are not carried over; the route is left out");
  return undefined;
}

function inOrder(levels: readonly HeaderMutations[], { mostSpecificWins }: ActionContext): HeaderMutations {
  return joined(mostSpecificWins ? [...levels].reverse() : levels);
}

function forwardAction(forward: SourceNode, own: HeaderMutations, context: ActionContext, isPrefix: boolean): Action {
  const targets = readTargets(forward, context);
  const hash = readHashPolicies(forward.objects("hash_policy"));
  for (const { cluster } of targets.list) context.clusters.hashOn(cluster, hash.on, forward);
  const differ = targets.list.some(({ headers }) => headers !== undefined);
  const rule = inOrder([own, ...context.outer], context);
  const refs = targets.list.map((target): BackendRefDraft => {
    const filters = differ
      ? headerFilters(inOrder([target.headers ?? mutationsNone, own, ...context.outer], context))
      : [];
    const host = target.host === undefined ? [] : rewrite(forward, { hostname: target.host });
    const all = [...filters, ...host];
    const base = context.clusters.refer(target.cluster, forward);
    return {
      ...base,
      ...(target.weight !== undefined && { weight: target.weight }),
      ...(all.length > 0 && { filters: all }),
    };
  });
  const filters = [
    ...(differ ? [] : headerFilters(rule)),
    ...rewriteFilter(forward, rule.host, isPrefix),
    ...mirrors(forward, context),
  ];
  readRest(forward);
  return {
    ...(filters.length > 0 && { filters }),
    backendRefs: refs,
    ...(targets.sticky && hash.on.length > 0 && { splitOn: hash.on }),
    ...requestPolicies(forward, forward.object("retry_policy") ?? context.retryPolicy),
  };
}

const mutationsNone: HeaderMutations = { request: [], response: [], host: undefined };

function headerFilters({ request, response }: HeaderMutations): FilterDraft[] {
  return [...headerFilter("request", request), ...headerFilter("response", response)];
}

interface Target {
  readonly cluster: string;
  readonly weight?: number;
  readonly headers?: HeaderMutations | undefined;
  readonly host?: string | undefined;
}

function readTargets(
  forward: SourceNode,
  { clusters }: ActionContext,
): { readonly list: readonly Target[]; readonly sticky: boolean } {
  const cluster = forward.text("cluster");
  if (cluster !== undefined) return { list: [{ cluster }], sticky: false };
  const weighted = forward.object("weighted_clusters");
  if (weighted === undefined) {
    for (const field of ["cluster_header", "cluster_specifier_plugin", "inline_cluster_specifier_plugin"]) {
      forward.drop(field, "where a request goes is not taken from the request; such requests get 503");
    }
    return { list: [{ cluster: clusters.nowhere() }], sticky: false };
  }
  const parts = weighted.objects("clusters");
  const weights = parts.map((part) => part.number("weight") ?? 0);
  const sum = weights.reduce((total, weight) => total + weight, 0);
  const total = weighted.number("total_weight");
  if (total !== undefined && total !== sum) weighted.invalid("total_weight", `is ${total}, and the weights are ${sum}`);
  if (sum === 0) weighted.invalid("clusters", "the weights are 0 together");
  weighted.drop("header_name", "which side of a split a request goes to is not taken from a header");
  weighted.drop("runtime_key_prefix", "there is no runtime: the weights hold");
  const scale = scaleOf(weights);
  const list = parts.map((part, index): Target => {
    const name = part.text("name");
    if (name === undefined)
      part.drop("cluster_header", "where a request goes is not taken from the request; its share gets 503");
    part.drop("metadata_match", "subsets are chosen by a route's own metadata_match alone");
    part.drop("typed_per_filter_config", "filters are a rule's, not those of one of its clusters");
    const mutations = mutationsOf(part);
    const any = mutations.request.length + mutations.response.length > 0;
    return {
      cluster: name ?? clusters.nowhere(),
      weight: Math.round(weights[index]! * scale),
      headers: any ? mutations : undefined,
      host: part.text("host_rewrite_literal") ?? mutations.host,
    };
  });
  return { list, sticky: weighted.flag("use_hash_policy") === true };
}

/** Weights of a config are at most 1,000,000. */
function scaleOf(weights: readonly number[]): number {
  return Math.min(1, 1_000_000 / Math.max(1, ...weights));
}

function rewriteFilter(forward: SourceNode, hostSet: string | undefined, isPrefix: boolean): readonly FilterDraft[] {
  for (const field of ["regex_rewrite", "path_rewrite_policy", "path_rewrite"]) {
    forward.drop(field, "paths are not rewritten by patterns: requests go on with the path they have");
  }
  for (const field of ["host_rewrite_header", "host_rewrite_path_regex", "host_rewrite"]) {
    forward.drop(field, "the host is not taken from the request");
  }
  // The platform sends the host of the endpoint's URL, which is what this asks for.
  forward.ignore("auto_host_rewrite");
  const prefix = forward.text("prefix_rewrite");
  const hostname = forward.text("host_rewrite_literal") ?? hostSet;
  return rewrite(forward, {
    ...(hostname !== undefined && { hostname }),
    ...(prefix !== undefined && { path: newPath(prefix, isPrefix) }),
  });
}

function rewrite(forward: SourceNode, settings: Settings): FilterDraft[] {
  if (Object.keys(settings).length === 0) return [];
  const kept = fitting(urlRewrite, settings, (field, message) => {
    if (field !== "") forward.note(field === "path" ? "prefix_rewrite" : "host_rewrite_literal", message);
  });
  return Object.keys(kept).length === 0 ? [] : [{ type: "URLRewrite", urlRewrite: kept }];
}

/** Envoy's prefix_rewrite puts text in the place of what matched: a prefix, or the whole path. */
function newPath(value: string, isPrefix: boolean): Settings {
  return isPrefix
    ? { type: "ReplacePrefixMatch", replacePrefixMatch: value }
    : { type: "ReplaceFullPath", replaceFullPath: value };
}

function mirrors(forward: SourceNode, { clusters }: ActionContext): readonly FilterDraft[] {
  return forward.objects("request_mirror_policies").flatMap((node, index): FilterDraft[] => {
    const cluster = node.text("cluster");
    node.ignore("disable_shadow_host_suffix_append", "trace_sampled");
    const share = node.object("runtime_fraction");
    const fraction = share === undefined ? null : runtimeFraction(share);
    if (cluster === undefined || index >= MAX_MIRRORS) {
      node.drop("cluster_header", "where a copy goes is not taken from the request");
      if (index >= MAX_MIRRORS)
        node.note("", `is left out: at most ${MAX_MIRRORS} mirrors, as the request needs connections of its own`);
      return [];
    }
    if (fraction?.numerator === 0) return [];
    const { weight: _, ...backendRef } = clusters.refer(cluster, node);
    const part = fraction === null || fraction.numerator === fraction.denominator ? {} : { fraction };
    return [{ type: "RequestMirror", requestMirror: { backendRef, ...part } }];
  });
}

/** Of a route action what changes nothing here, and what is lost. */
function readRest(forward: SourceNode): void {
  forward.ignore(
    "cluster_not_found_response_code",
    "priority",
    "include_vh_rate_limits",
    "idle_timeout",
    "flush_timeout",
  );
  for (const upgrade of forward.objects("upgrade_configs")) {
    if (/^websocket$/i.test(upgrade.text("upgrade_type") ?? "")) upgrade.pass();
    else upgrade.note("upgrade_type", "only WebSockets are passed on");
  }
  forward.drop("rate_limits", "rate limits are not carried over", "security");
}

function redirectFilter(node: SourceNode): FilterDraft {
  const path = node.text("path_redirect");
  const prefix = node.text("prefix_rewrite");
  node.drop("regex_rewrite", "paths are not rewritten by patterns: the new location has the path of the request");
  const scheme = node.flag("https_redirect") === true ? "https" : node.text("scheme_redirect");
  const port = node.number("port_redirect");
  const code = node.text("response_code") ?? "MOVED_PERMANENTLY";
  const statusCode = Object.hasOwn(CODES, code) ? CODES[code] : undefined;
  const redirect: Settings = {
    statusCode: statusCode ?? 301,
    ...(scheme !== undefined && { scheme }),
    ...(node.has("host_redirect") && { hostname: node.text("host_redirect")! }),
    ...(port !== undefined && port !== 0 && { port }),
    ...(path !== undefined && { path: { type: "ReplaceFullPath", replaceFullPath: path } }),
    ...(prefix !== undefined && { path: { type: "ReplacePrefixMatch", replacePrefixMatch: prefix } }),
    ...(node.flag("strip_query") === true && { stripQuery: true }),
  };
  if (statusCode === undefined) node.invalid("response_code", `${code} is not a redirect`);
  const names: Readonly<Record<string, string>> = {
    hostname: "host_redirect",
    path: path === undefined ? "prefix_rewrite" : "path_redirect",
    scheme: "scheme_redirect",
    port: "port_redirect",
  };
  const kept = fitting(requestRedirect, redirect, (field, message) => node.note(names[field] ?? field, message));
  return { type: "RequestRedirect", requestRedirect: kept };
}

function directResponseFilter(node: SourceNode): FilterDraft {
  const body = node.object("body");
  const text = body?.text("inline_string") ?? "";
  for (const field of ["filename", "inline_bytes", "environment_variable", "watched_directory"]) {
    body?.drop(field, "the body of an answer is given as inline_string");
  }
  const response = { status: node.number("status") ?? 200, ...(text !== "" && { body: text }) };
  const kept = fitting(directResponse, response, (field, message) => node.note(field, message));
  return { type: "DirectResponse", directResponse: kept };
}
