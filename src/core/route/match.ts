/**
 * Which rule answers a request. The precedence is the Gateway API's, over all routes together: exact host name, then the
 * longest wildcard, then any host; Exact path, then the longest prefix; then a method, the most headers, the most query
 * parameters; then the order of the config. A host whose routes do not fit leaves the request to less specific hosts.
 *
 * Source: Gateway API, HTTPRoute (apis/v1/httproute_types.go): hostnames and matches.
 */
import type { BackendRef, RouteMatch, RouteRule, ValueMatch } from "../mesh.ts";
import type { RequestHead } from "../request-head.ts";
import type { Rng } from "../rng.ts";
import { deepest, isExact, isPrefix, type TrieNode } from "./path-trie.ts";
import { queryValue } from "./query-value.ts";
import type { RouteEntry, RouteMatchResult, RouteTable } from "./table.ts";

/**
 * The route and rule for a request, or null when no rule fits.
 *
 * - `head`: its header and query are looked at only when a rule whose path fits asks for them.
 *
 * Never throws. Allocates nothing but for wildcard hosts and query parameters; constant in the number of routes, as far
 * as they differ by host or path, and linear in the number that share both.
 */
export function matchRoute(table: RouteTable, head: RequestHead): RouteMatchResult | null {
  if (table.exactHosts.size > 0) {
    const trie = table.exactHosts.get(head.host);
    const found = trie === undefined ? null : matchPath(trie, head);
    if (found !== null) return found;
  }
  if (table.wildcardHosts.size > 0) {
    const found = matchWildcards(table, head);
    if (found !== null) return found;
  }
  return matchPath(table.anyHost, head);
}

/**
 * Draws one of a rule's backends by weight; null when there are none or all weights are 0.
 *
 * - `rng`: uniform in [0, 1); not asked when there is only one backend.
 *
 * Never throws. Linear in the number of backends.
 */
export function pickBackend(rule: RouteRule, rng: Rng): BackendRef | null {
  const refs = rule.backendRefs;
  if (refs.length === 1) return refs[0]!.weight > 0 ? refs[0]! : null;
  let total = 0;
  for (const ref of refs) total += ref.weight;
  let left = rng() * total;
  let last: BackendRef | null = null;
  for (const ref of refs) {
    if (ref.weight === 0) continue;
    if (left < ref.weight) return ref;
    left -= ref.weight;
    last = ref;
  }
  // Rounding may leave a little after the last one; it was meant.
  return last;
}

/** Longest suffix first; a wildcard stands for at least one label. */
function matchWildcards(table: RouteTable, head: RequestHead): RouteMatchResult | null {
  for (let dot = head.host.indexOf(".", 1); dot !== -1; dot = head.host.indexOf(".", dot + 1)) {
    const trie = table.wildcardHosts.get(head.host.slice(dot));
    const found = trie === undefined ? null : matchPath(trie, head);
    if (found !== null) return found;
  }
  return null;
}

function matchPath(trie: TrieNode<RouteEntry>, head: RequestHead): RouteMatchResult | null {
  let node: TrieNode<RouteEntry> | null = deepest(trie, head.path);
  if (node.exact.length > 0 && isExact(node, head.path)) {
    const found = firstFit(node.exact, head);
    if (found !== null) return found;
  }
  if (!isPrefix(node, head.path)) node = node.up;
  for (; node !== null; node = node.up) {
    const found = firstFit(node.prefix, head);
    if (found !== null) return found;
  }
  return null;
}

function firstFit(entries: readonly RouteEntry[], head: RequestHead): RouteMatchResult | null {
  for (let i = 0; i < entries.length; i++) {
    const entry = entries[i]!;
    if (fits(entry.match, head)) return entry.result;
  }
  return null;
}

function fits({ method, headers, queryParams }: RouteMatch, head: RequestHead): boolean {
  if (method !== undefined && method !== head.method) return false;
  for (let i = 0; i < headers.length; i++) {
    if (!fitsValue(headers[i]!.match, head.header(headers[i]!.name))) return false;
  }
  for (let i = 0; i < queryParams.length; i++) {
    if (!fitsValue(queryParams[i]!.match, queryValue(head.query, queryParams[i]!.name))) return false;
  }
  return true;
}

function fitsValue(match: ValueMatch, value: string | null): boolean {
  return match.type === "Exact" && match.value === value;
}
