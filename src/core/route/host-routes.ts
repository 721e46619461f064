/** The routes of one host name, arranged so that a request's path leads to the few matches that may fit. */
import type { RoutePrecedence } from "../mesh.ts";
import type { RequestHead } from "../request-head.ts";
import { accepts, type OpenAutomaton } from "./automaton.ts";
import { openCondition } from "./condition.ts";
import type { RouteEntry, RouteMatchResult } from "./entry.ts";
import { type EntryList, entryList, firstFit } from "./entry-list.ts";
import { createTrie, deepest, isExact, isPrefix, linkPrefixes, nodeAt, type TrieNode } from "./path-trie.ts";
import { specificity } from "./precedence.ts";

/** Entries of one regular expression: it is tried once for all of them. */
interface Pattern {
  readonly automaton: OpenAutomaton;
  readonly list: EntryList;
  /** Of its first entry. */
  readonly rank: number;
}

type Trie = TrieNode<EntryList, Pattern[]>;

export interface HostRoutes {
  readonly cased: Trie;
  /** Paths of matches that ignore case, in lower case. Null when there are none. */
  readonly folded: Trie | null;
}

/**
 * Arranges what matches lead to. Linear in their number but for sorting them.
 *
 * - `results`: in the order of the config.
 */
export function openHostRoutes(
  results: readonly RouteMatchResult[],
  precedence: RoutePrecedence,
  automata: readonly OpenAutomaton[],
): HostRoutes {
  const keyed = results.map((result) => ({ result, key: precedence === "order" ? 0 : specificity(result.match) }));
  // Stable: on a tie the order of the config decides.
  keyed.sort((a, b) => b.key - a.key);
  const places = new Map<string, Place>();
  for (const [rank, { result }] of keyed.entries()) {
    const place = placeOf(result.match.path, automata);
    const key = `${place.isFolded} ${place.slot} ${place.automaton} ${place.path}`;
    const known = places.get(key) ?? place;
    known.entries.push(openEntry(result, rank, automata));
    places.set(key, known);
  }
  const cased: Trie = createTrie();
  const folded: Trie = createTrie();
  let hasFolded = false;
  for (const place of places.values()) {
    hasFolded ||= place.isFolded;
    put(nodeAt(place.isFolded ? folded : cased, place.path), place, automata);
  }
  linkPrefixes(cased);
  linkPrefixes(folded);
  return { cased, folded: hasFolded ? folded : null };
}

/** Where in the tries a match stands. */
interface Place {
  readonly path: string;
  readonly isFolded: boolean;
  readonly slot: "exact" | "prefix" | "stringPrefix" | "patterns";
  /** -1 but for patterns. */
  readonly automaton: number;
  readonly entries: RouteEntry[];
}

const SLOTS = { Exact: "exact", PathPrefix: "prefix", StringPrefix: "stringPrefix" } as const;

function placeOf(path: RouteMatchResult["match"]["path"], automata: readonly OpenAutomaton[]): Place {
  if (path.type === "RegularExpression") {
    if (automata[path.automaton] === undefined) throw new Error(`no automaton ${path.automaton} for ${path.value}`);
    return { path: path.prefix, isFolded: false, slot: "patterns", automaton: path.automaton, entries: [] };
  }
  const isFolded = path.ignoreCase === true;
  const value = isFolded ? path.value.toLowerCase() : path.value;
  const slot = SLOTS[path.type];
  const end = slot === "prefix" && value.endsWith("/") ? value.length - 1 : value.length;
  return { path: value.slice(0, end), isFolded, slot, automaton: -1, entries: [] };
}

const NONE: readonly never[] = [];

function openEntry(result: RouteMatchResult, rank: number, automata: readonly OpenAutomaton[]): RouteEntry {
  const { method, headers, queryParams } = result.match;
  return {
    rank,
    method: method ?? null,
    headers: headers.length === 0 ? NONE : headers.map((one) => openCondition(one, automata)),
    queryParams: queryParams.length === 0 ? NONE : queryParams.map((one) => openCondition(one, automata)),
    result,
  };
}

function put(node: Trie, { slot, automaton, entries }: Place, automata: readonly OpenAutomaton[]): void {
  const list = entryList(entries);
  if (slot !== "patterns") {
    node[slot] = list;
    return;
  }
  // Places come in the order of their first entry, so patterns are in the order of precedence.
  const pattern = { automaton: automata[automaton]!, list, rank: entries[0]!.rank };
  node.patterns ??= [];
  node.patterns.push(pattern);
}

/**
 * The first in the order of precedence that fits a request, or null. Never throws; allocates only for paths of matches
 * that ignore case.
 */
export function matchPath(routes: HostRoutes, head: RequestHead): RouteMatchResult | null {
  let best = search(routes.cased, head, head.path, null);
  if (routes.folded !== null) best = search(routes.folded, head, head.path.toLowerCase(), best);
  return best === null ? null : best.result;
}

/** The longest paths are tried first; whatever comes after what was found is passed over by its rank alone. */
function search(trie: Trie, head: RequestHead, path: string, found: RouteEntry | null): RouteEntry | null {
  let best = found;
  const end = deepest(trie, path);
  if (end.exact !== null && isExact(end, path)) best = firstFit(end.exact, head, best);
  for (let node = end.patterns === null ? end.patternsUp : end; node !== null; node = node.patternsUp) {
    best = firstPattern(node.patterns!, head, path, node.length, best);
  }
  for (let node: Trie | null = end; node !== null; node = node.up) {
    if (node.prefix !== null && isPrefix(node, path)) best = firstFit(node.prefix, head, best);
    if (node.stringPrefix !== null) best = firstFit(node.stringPrefix, head, best);
  }
  return best;
}

function firstPattern(
  patterns: readonly Pattern[],
  head: RequestHead,
  path: string,
  from: number,
  found: RouteEntry | null,
): RouteEntry | null {
  let best = found;
  for (let i = 0; i < patterns.length; i++) {
    const { automaton, list, rank } = patterns[i]!;
    if (best !== null && rank > best.rank) return best;
    if (accepts(automaton, path, from)) best = firstFit(list, head, best);
  }
  return best;
}
