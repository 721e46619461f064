/** The routes of one host name, arranged so that a request's path leads to the few matches that may fit. */
import type { RoutePrecedence } from "../mesh.ts";
import type { RequestHead } from "../request-head.ts";
import { accepts, type OpenAutomaton } from "./automaton.ts";
import { openCondition } from "./condition.ts";
import type { RouteEntry, RouteMatchResult } from "./entry.ts";
import { type EntryList, entryList, firstFit } from "./entry-list.ts";
import { createTrie, deepest, isExact, isPrefix, linkPrefixes, mapTrie, nodeAt, type TrieNode } from "./path-trie.ts";
import { acceptedBy, createPatternSet, type PatternSet, type SetBudget } from "./pattern-set.ts";
import { specificity } from "./precedence.ts";

/** Entries of one regular expression: it is tried once for all of them. */
interface Pattern {
  readonly automaton: OpenAutomaton;
  readonly list: EntryList;
  /** Of its first entry. */
  readonly rank: number;
}

/** The patterns that begin alike, by ascending rank. */
interface Patterns {
  readonly all: readonly Pattern[];
  /** The same at once; null for few, which are tried one after the other. */
  readonly set: PatternSet | null;
}

/** From so many on a set costs less than trying each. */
const WORTH_A_SET = 4;

type Trie = TrieNode<EntryList, Patterns>;

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
  budget: SetBudget,
): HostRoutes {
  const cased: Gathering = createTrie();
  const folded: Gathering = createTrie();
  let hasFolded = false;
  for (const [rank, result] of inPrecedence(results, precedence).entries()) {
    const { path } = result.match;
    const entry = openEntry(result, rank, automata);
    if (path.type === "RegularExpression") {
      gatherPattern(nodeAt(cased, path.prefix), path.automaton, entry);
      continue;
    }
    const isFolded = path.ignoreCase === true;
    const value = isFolded ? path.value.toLowerCase() : path.value;
    const slot = SLOTS[path.type];
    const end = slot === "prefix" && value.endsWith("/") ? value.length - 1 : value.length;
    const node = nodeAt(isFolded ? folded : cased, value.slice(0, end));
    node[slot] ??= [];
    node[slot].push(entry);
    hasFolded ||= isFolded;
  }
  return { cased: arranged(cased, automata, budget), folded: hasFolded ? arranged(folded, automata, budget) : null };
}

/** While entries are put in, which happens by ascending rank; patterns by their automaton. */
type Gathering = TrieNode<RouteEntry[], Map<number, RouteEntry[]>>;

const SLOTS = { Exact: "exact", PathPrefix: "prefix", StringPrefix: "stringPrefix" } as const;

function inPrecedence(results: readonly RouteMatchResult[], precedence: RoutePrecedence): readonly RouteMatchResult[] {
  if (precedence === "order") return results;
  const keyed = results.map((result) => ({ result, key: specificity(result.match) }));
  // Stable: on a tie the order of the config decides.
  return keyed.sort((a, b) => b.key - a.key).map(({ result }) => result);
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

function gatherPattern(node: Gathering, automaton: number, entry: RouteEntry): void {
  node.patterns ??= new Map();
  const entries = node.patterns.get(automaton);
  if (entries === undefined) node.patterns.set(automaton, [entry]);
  else entries.push(entry);
}

function arranged(gathered: Gathering, automata: readonly OpenAutomaton[], budget: SetBudget): Trie {
  const root = mapTrie(gathered, entryList, (byAutomaton) => {
    // In the order of their first entries, since they were put in by rank.
    const all = Array.from(byAutomaton, ([automaton, entries]) => {
      const open = automata[automaton];
      if (open === undefined) throw new Error(`no automaton ${automaton} for ${entries[0]!.result.match.path.value}`);
      return { automaton: open, list: entryList(entries), rank: entries[0]!.rank };
    });
    const isMany = all.length >= WORTH_A_SET;
    return {
      all,
      set: isMany
        ? createPatternSet(
            all.map(({ automaton }) => automaton),
            budget,
          )
        : null,
    };
  });
  linkPrefixes(root);
  return root;
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
  { all, set }: Patterns,
  head: RequestHead,
  path: string,
  from: number,
  found: RouteEntry | null,
): RouteEntry | null {
  if (found !== null && all[0]!.rank > found.rank) return found;
  const accepted = set === null ? null : acceptedBy(set, path, from);
  if (accepted !== null) return firstAccepted(all, accepted, head, found);
  let best = found;
  for (let i = 0; i < all.length; i++) {
    const { automaton, list, rank } = all[i]!;
    if (best !== null && rank > best.rank) return best;
    if (accepts(automaton, path, from)) best = firstFit(list, head, best);
  }
  return best;
}

function firstAccepted(
  all: readonly Pattern[],
  accepted: readonly number[],
  head: RequestHead,
  found: RouteEntry | null,
): RouteEntry | null {
  let best = found;
  for (let i = 0; i < accepted.length; i++) {
    const { list, rank } = all[accepted[i]!]!;
    if (best !== null && rank > best.rank) return best;
    best = firstFit(list, head, best);
  }
  return best;
}
