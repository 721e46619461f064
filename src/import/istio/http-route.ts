/** One HTTP route of a VirtualService as rules. */
import type { BackendRefDraft, FilterDraft, MatchDraft, RuleDraft } from "../proxy/draft.ts";
import { headerFilter } from "../proxy/filters.ts";
import type { HeaderOperation } from "../proxy/header-operations.ts";
import type { SourceNode } from "../proxy/source-node.ts";
import {
  corsFilter,
  directResponseFilter,
  faultFilter,
  type HeaderOperations,
  headerOperations,
  type PathKind,
  redirectFilter,
  rewriteFilter,
} from "./http-filters.ts";
import { type Entrance, readMatch } from "./http-match.ts";
import { requestPolicies } from "./retries.ts";

/** What a destination refers to, by the name that services have in the config. */
export type Resolve = (destination: SourceNode, port: number | null) => BackendRefDraft;

const MAX_MIRRORS = 3;
const EVERYTHING: MatchDraft = { path: { type: "StringPrefix", value: "/" } };

/**
 * The rules, in the order in which they are tried; none when no match is left at this entrance.
 *
 * - `namespace`: of the VirtualService.
 */
export function readHttpRoute(
  http: SourceNode,
  entrance: Entrance,
  namespace: string,
  resolve: Resolve,
): readonly RuleDraft[] {
  const conditions = http.objects("match");
  const matches =
    conditions.length === 0 ? [EVERYTHING] : conditions.flatMap((node) => readMatch(node, entrance, namespace));
  const name = ruleName(http.text("name"));
  const action = readAction(http, entrance, resolve);
  if (matches.length === 0) return [];
  return byPathKind(matches, action.usesPrefix).map(({ kind, matches: some }, index) => {
    const { filters, backendRefs } = action.of(kind);
    return {
      ...(name !== undefined && { name: index === 0 ? name : `${name}-${index + 1}` }),
      matches: some,
      ...(filters.length > 0 && { filters }),
      ...(backendRefs.length > 0 && { backendRefs }),
      ...(backendRefs.length > 0 && action.policies),
    };
  });
}

interface Action {
  /** Whether what it does depends on which path the match has. */
  readonly usesPrefix: boolean;
  readonly policies: Pick<RuleDraft, "timeouts" | "retry">;
  readonly of: (kind: PathKind) => {
    readonly filters: readonly FilterDraft[];
    readonly backendRefs: readonly BackendRefDraft[];
  };
}

function readAction(http: SourceNode, entrance: Entrance, resolve: Resolve): Action {
  const redirect = http.object("redirect");
  const response = http.object("directResponse");
  const rewrite = http.object("rewrite");
  const destinations = http.objects("route");
  const answers = [redirect, response, destinations[0]].filter((node) => node !== undefined);
  if (answers.length === 0) http.invalid("", "needs a route, a redirect or a directResponse");
  if (answers.length > 1) http.invalid("", "has more than one of route, redirect and directResponse");
  const own = headerOperations(http);
  const before = [...faultFilter(http.object("fault")), ...corsFilter(http.object("corsPolicy"))];
  const mirrors = mirrorFilters(http, entrance, resolve);
  const policies = requestPolicies(http);
  const split = splitHeaders(destinations, own);
  const backendRefs = weighted(http, destinations, entrance, resolve).map((ref, index) => {
    const filters = split.each[index] ?? [];
    return filters.length === 0 || "invalid" in ref ? ref : { ...ref, filters };
  });
  return {
    usesPrefix: rewrite?.has("uri") === true || redirect?.has("prefixRewrite") === true,
    policies,
    of(kind) {
      if (redirect !== undefined)
        return { filters: [...before, redirectFilter(redirect), ...split.rule], backendRefs: [] };
      if (response !== undefined)
        return { filters: [...before, directResponseFilter(response), ...split.rule], backendRefs: [] };
      const filters = [...before, ...split.rule, ...rewriteFilter(rewrite, split.host, kind), ...mirrors];
      return { filters, backendRefs };
    },
  };
}

interface SplitHeaders {
  readonly rule: readonly FilterDraft[];
  readonly each: readonly (readonly FilterDraft[])[];
  readonly host: string | undefined;
}

/**
 * Envoy runs a destination's operations before the route's; Heddle runs a backend's after the rule's. Where destinations
 * have some, each backend gets both folded into one.
 */
function splitHeaders(destinations: readonly SourceNode[], own: HeaderOperations): SplitHeaders {
  const each = destinations.map(headerOperations);
  const both = (operations: HeaderOperations) => [
    ...headerFilter("request", [...operations.request, ...own.request]),
    ...headerFilter("response", [...operations.response, ...own.response]),
  ];
  const only = each.length === 1 ? each[0] : undefined;
  if (only !== undefined) return { rule: both(only), each: [], host: own.host ?? only.host };
  const none: HeaderOperations = { request: [], response: [], host: undefined };
  const any = (list: readonly HeaderOperation[]) => list.length > 0;
  const differ = each.some(({ request, response, host }) => any(request) || any(response) || host !== undefined);
  if (!differ) return { rule: both(none), each: [], host: own.host };
  return {
    rule: [],
    each: each.map((operations) => [
      ...both(operations),
      ...(own.host === undefined ? rewriteFilter(undefined, operations.host, "whole") : []),
    ]),
    host: own.host,
  };
}

function weighted(
  http: SourceNode,
  destinations: readonly SourceNode[],
  entrance: Entrance,
  resolve: Resolve,
): readonly BackendRefDraft[] {
  let sum = 0;
  const refs = destinations.flatMap((node): BackendRefDraft[] => {
    const destination = node.object("destination");
    const weight = node.number("weight");
    if (destination === undefined) {
      node.invalid("destination", "is required");
      return [];
    }
    const ref = resolve(destination, entrance.port);
    if (destinations.length === 1) return [ref];
    if (weight !== undefined && (!Number.isInteger(weight) || weight < 0 || weight > 1_000_000)) {
      node.invalid("weight", "has to be a whole number from 0 to 1000000");
      return [];
    }
    sum += weight ?? 0;
    return [{ ...ref, weight: weight ?? 0 }];
  });
  if (destinations.length > 1 && sum === 0) http.invalid("route", "the weights are 0 together");
  return refs;
}

function mirrorFilters(http: SourceNode, entrance: Entrance, resolve: Resolve): readonly FilterDraft[] {
  const mirrors: { readonly destination: SourceNode; readonly percent: number }[] = [];
  const single = http.object("mirror");
  const percent =
    http.object("mirrorPercentage")?.number("value") ?? http.number("mirrorPercent") ?? http.number("mirror_percent");
  if (single !== undefined) mirrors.push({ destination: single, percent: percent ?? 100 });
  for (const node of http.objects("mirrors")) {
    const destination = node.object("destination");
    const share = node.object("percentage")?.number("value") ?? 100;
    if (destination !== undefined) mirrors.push({ destination, percent: share });
  }
  return mirrors.flatMap(({ destination, percent: share }, index): FilterDraft[] => {
    const { weight: _, ...ref } = resolve(destination, entrance.port);
    if (share <= 0) return [];
    if (index >= MAX_MIRRORS) {
      destination.note("", `is left out: at most ${MAX_MIRRORS} mirrors, as the request needs connections of its own`);
      return [];
    }
    if ("invalid" in ref) {
      destination.note("", `is left out: ${ref.invalid}`);
      return [];
    }
    const mirror = { backendRef: ref, ...(share < 100 && { percent: share }) };
    return [{ type: "RequestMirror", requestMirror: mirror }];
  });
}

/** Matches in their order, in runs that replace a path in the same way. */
function byPathKind(
  matches: readonly MatchDraft[],
  matters: boolean,
): readonly { readonly kind: PathKind; readonly matches: readonly MatchDraft[] }[] {
  const runs: { kind: PathKind; matches: MatchDraft[] }[] = [];
  for (const match of matches) {
    const type = match.path?.type;
    const kind: PathKind = type === "Exact" || type === "RegularExpression" ? "whole" : "prefix";
    const last = runs.at(-1);
    // The prefix of a match that says nothing of the path is "/", by character as the others are.
    const own = kind === "prefix" && match.path === undefined ? { ...EVERYTHING, ...match } : match;
    if (last !== undefined && (!matters || last.kind === kind)) last.matches.push(own);
    else runs.push({ kind, matches: [own] });
  }
  return runs;
}

/** Whether nothing gets past the match: then Istio looks at no further rule, and puts it last among merged ones. */
export function isCatchAll({ path, method, headers, queryParams }: MatchDraft): boolean {
  const all = path === undefined || (path.type === "StringPrefix" && path.value === "/");
  return all && method === undefined && (headers ?? []).length === 0 && (queryParams ?? []).length === 0;
}

function ruleName(name: string | undefined): string | undefined {
  return name !== undefined && /^[A-Za-z0-9]([A-Za-z0-9._:/-]{0,240}[A-Za-z0-9])?$/.test(name) ? name : undefined;
}
