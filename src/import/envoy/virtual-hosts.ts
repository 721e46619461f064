/** A route table's virtual hosts as routes: the most specific host alone, and there the first rule that fits. */
import { hostname } from "../../config/schema/names.ts";
import { faultsOf, type RouteDraft, type RuleDraft } from "../proxy/draft.ts";
import { freeName } from "../proxy/endpoint-names.ts";
import type { SourceNode } from "../proxy/source-node.ts";
import type { ClusterTable } from "./clusters.ts";
import { type OwnFilters, routeFilters, routeLimits } from "./filter-configs.ts";
import { type HeaderMutations, mutationsOf } from "./header-mutations.ts";
import type { LocalRateLimits } from "./local-rate-limits.ts";
import { type Action, readAction } from "./route-action.ts";
import { readMatch } from "./route-match.ts";
import { mergeFractions, type SharedRule } from "./runtime-fractions.ts";

export interface TableContext {
  readonly clusters: ClusterTable;
  /** The connection manager's. */
  readonly filters: OwnFilters;
  readonly limits: LocalRateLimits;
  /** Name of the listener; null when there is only one, which takes everything. */
  readonly listener: string | null;
  readonly isTls: boolean;
  /** Of all routes; names are used once. */
  readonly names: Set<string>;
}

/** The routes of a RouteConfiguration. */
export function readRouteTable(table: SourceNode, context: TableContext): RouteDraft[] {
  const mostSpecificWins = table.flag("most_specific_header_mutations_wins") === true;
  const own = mutationsOf(table);
  table.ignore("validate_clusters", "ignore_port_in_host_matching", "max_direct_response_body_size_bytes");
  table.drop("vhds", "virtual hosts that are fetched at run time are not in the document");
  table.drop("internal_only_headers", "Envoy's own headers are not read");
  const tableName = table.text("name") ?? "";
  const taken = new Set<string>();
  return table.objects("virtual_hosts").flatMap((host): RouteDraft[] => {
    const name = host.text("name") ?? "";
    const domains = readDomains(host, taken);
    const rules = readHost(host, { table, own, mostSpecificWins }, context);
    if (domains.length === 0 || rules.length === 0) return [];
    const free = freeName([tableName, name].filter((part) => part !== "").join("."), context.names, 200);
    context.names.add(free);
    return [
      {
        name: free,
        ...(context.listener !== null && { listeners: [context.listener] }),
        hostnames: domains,
        rules,
      },
    ];
  });
}

interface TableSettings {
  readonly table: SourceNode;
  readonly own: HeaderMutations;
  readonly mostSpecificWins: boolean;
}

function readHost(
  host: SourceNode,
  { table, own, mostSpecificWins }: TableSettings,
  context: TableContext,
): RuleDraft[] {
  const outer = [mutationsOf(host), own];
  const retryPolicy = host.object("retry_policy");
  host.drop("rate_limits", "rate limits are not carried over", "security");
  host.drop("matcher", "routes are given as a list; matching trees are not carried over");
  host.ignore("include_request_attempt_count", "include_attempt_count_in_response", "include_is_timeout_retry_header");
  const tls = host.text("require_tls") ?? "NONE";
  const shared = host.objects("routes").flatMap((route): SharedRule[] => {
    const matcher = route.object("match");
    if (matcher === undefined) {
      route.invalid("match", "is required");
      return [];
    }
    route.ignore("name", "metadata", "decorator", "tracing", "stat_prefix");
    const match = readMatch(matcher);
    const isPrefix = match?.matches[0]?.path?.type === "StringPrefix" || match?.matches[0]?.path?.type === "PathPrefix";
    const action = readAction(route, { clusters: context.clusters, outer, mostSpecificWins, retryPolicy }, isPrefix);
    noteTrailingSlash(route, matcher);
    const levels = [route, host, table];
    const filters = routeFilters(levels, context.filters.fault);
    const rateLimits = routeLimits(levels, context.filters, context.limits);
    if (match === null || action === undefined) return [];
    const rule = { ...ruleOf(match.matches, action, filters), ...(rateLimits.length > 0 && { rateLimits }) };
    return [{ rule, fraction: match.fraction, node: matcher }];
  });
  if (tls !== "NONE" && !context.isTls) {
    if (tls === "EXTERNAL_ONLY") host.note("require_tls", "holds for all requests, internal ones too", "changed");
    const redirect = { scheme: "https", statusCode: 301 };
    return [{ filters: [{ type: "RequestRedirect", requestRedirect: redirect }] }];
  }
  return [...mergeFractions(shared)];
}

function ruleOf(matches: RuleDraft["matches"], action: Action, filters: NonNullable<RuleDraft["filters"]>): RuleDraft {
  const { filters: own = [], ...rest } = action;
  const all = [...filters, ...own];
  return { matches: matches ?? [], ...(all.length > 0 && { filters: all }), ...rest };
}

/** Heddle replaces a prefix of whole elements by elements: a slash at its end counts for nothing. */
function noteTrailingSlash(route: SourceNode, matcher: SourceNode): void {
  if (!matcher.has("path_separated_prefix")) return;
  for (const owner of [route.object("route"), route.object("redirect")]) {
    if (owner?.text("prefix_rewrite")?.endsWith("/") === true) {
      owner.note("prefix_rewrite", "the slash at its end is not doubled before the rest of the path", "changed");
    }
  }
}

const WILDCARD = /^\*(\.[^*]+)?$/;

/** Domains without their ports, which Heddle does not look at. */
function readDomains(host: SourceNode, taken: Set<string>): readonly string[] {
  const written = host.texts("domains");
  if (written.length === 0) host.invalid("domains", "is required");
  return written.flatMap((domain, index) => {
    const [name, port] = splitPort(domain.toLowerCase());
    if (name.includes("*") && !WILDCARD.test(name)) {
      host.note(
        "domains",
        `domains[${index}]: in ${domain} the wildcard is not for whole labels at the left; requests for it go to other virtual hosts`,
      );
      return [];
    }
    const fault = faultsOf(hostname(), name)[0];
    if (fault !== undefined) {
      host.note("domains", `domains[${index}]: ${fault.message}`);
      return [];
    }
    if (taken.has(name)) {
      const same = written.some((other) => other.toLowerCase() === name);
      if (!same || port === null)
        host.note("domains", `domains[${index}]: ${name} is served by a virtual host before this one`);
      return [];
    }
    if (port !== null && !written.some((other) => other.toLowerCase() === name)) {
      host.note("domains", `domains[${index}]: holds for every port of ${name}`, "changed");
    }
    taken.add(name);
    return [name];
  });
}

function splitPort(domain: string): readonly [string, string | null] {
  const match = /^(.+):([0-9]+|\*)$/.exec(domain);
  return match === null ? [domain, null] : [match[1]!, match[2]!];
}
