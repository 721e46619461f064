/** The routes of a mesh, arranged so that the most specific match of a request is found first. */
import type { Mesh, Route, RouteMatch, RouteRule } from "../mesh.ts";
import { addExact, addPrefix, createTrie, linkPrefixes, type TrieNode } from "./path-trie.ts";

/** What a request is answered by. One object per match, made once: matching hands it out and allocates nothing. */
export interface RouteMatchResult {
  readonly route: Route;
  readonly rule: RouteRule;
  /** Of the rule's matches the one that fits: filters replace the prefix of its path. */
  readonly match: RouteMatch;
}

/** One match of one rule. Which path it is for is told by where it stands in the trie. */
export interface RouteEntry {
  readonly match: RouteMatch;
  readonly result: RouteMatchResult;
}

export interface RouteTable {
  /** Tries of full host names. */
  readonly exactHosts: ReadonlyMap<string, TrieNode<RouteEntry>>;
  /** Tries of "*.example.com", by ".example.com". */
  readonly wildcardHosts: ReadonlyMap<string, TrieNode<RouteEntry>>;
  /** Trie of "*". */
  readonly anyHost: TrieNode<RouteEntry>;
}

/**
 * Arranges the routes of a mesh for `matchRoute`. No routes give a table that matches nothing. Never throws. Linear in
 * the number of matches; to be done once for each mesh.
 */
export function openRoutes(mesh: Mesh): RouteTable {
  const exactHosts = new Map<string, TrieNode<RouteEntry>>();
  const wildcardHosts = new Map<string, TrieNode<RouteEntry>>();
  const anyHost = createTrie<RouteEntry>();
  const trieOf = (hostname: string) => {
    if (hostname === "*") return anyHost;
    if (hostname.startsWith("*.")) return getOrCreate(wildcardHosts, hostname.slice(1));
    return getOrCreate(exactHosts, hostname);
  };
  for (const route of mesh.routes) {
    const entries = entriesOf(route);
    for (const hostname of route.hostnames) addEntries(trieOf(hostname), entries);
  }
  for (const trie of [anyHost, ...exactHosts.values(), ...wildcardHosts.values()]) {
    linkPrefixes(trie);
    sortEntries(trie);
  }
  return { exactHosts, wildcardHosts, anyHost };
}

function entriesOf(route: Route): RouteEntry[] {
  return route.rules.flatMap((rule) => rule.matches.map((match) => ({ match, result: { route, rule, match } })));
}

function addEntries(trie: TrieNode<RouteEntry>, entries: readonly RouteEntry[]): void {
  for (const entry of entries) {
    const { type, value } = entry.match.path;
    if (type === "Exact") addExact(trie, value, entry);
    else addPrefix(trie, value, entry);
  }
}

/** Among matches of the same path. The sort is stable: on a tie the order of the config decides. */
function sortEntries(node: TrieNode<RouteEntry>): void {
  node.exact.sort(bySpecificity);
  node.prefix.sort(bySpecificity);
  for (const child of node.children) sortEntries(child);
}

function bySpecificity({ match: a }: RouteEntry, { match: b }: RouteEntry): number {
  return (
    Number(b.method !== undefined) - Number(a.method !== undefined) ||
    b.headers.length - a.headers.length ||
    b.queryParams.length - a.queryParams.length
  );
}

function getOrCreate(tries: Map<string, TrieNode<RouteEntry>>, key: string): TrieNode<RouteEntry> {
  const trie = tries.get(key) ?? createTrie<RouteEntry>();
  tries.set(key, trie);
  return trie;
}
