/**
 * The rules of all policies of an action, found by host, then by path, then by one value that they ask for, so that a
 * decision does not grow with the number of policies.
 *
 * Hosts are found in a Map, by name and by each of its ends that begins with a dot; paths in the trie that routes use
 * (src/core/route/path-trie.ts). Where many rules are left, they are divided by an exact value (rule-keys.ts).
 */
import { createTrie, deepest, isExact, linkPrefixes, nodeAt, type TrieNode } from "../route/path-trie.ts";
import { type Anchor, anchorsOf } from "./anchors.ts";
import type { OpenRule } from "./open-rule.ts";
import { type KeyedRules, keyed, searchKeyed } from "./rule-keys.ts";
import type { Subject } from "./subject.ts";

export interface RuleIndex {
  readonly byHost: ReadonlyMap<string, PathIndex>;
  readonly anyHost: PathIndex | null;
  readonly hasSuffixes: boolean;
}

interface PathIndex {
  /** Null: no rule of these names a path. */
  readonly trie: TrieNode<KeyedRules, never> | null;
  readonly anyPath: KeyedRules | null;
}

/** Arranges rules for `search`. Linear in their values. */
export function indexRules(rules: readonly OpenRule[]): RuleIndex {
  const byHost = new Map<string, Draft>();
  for (const rule of rules) {
    for (const anchor of anchorsOf(rule.rule)) {
      const draft = byHost.get(anchor.host) ?? { rules: new Map() };
      byHost.set(anchor.host, draft);
      add(draft, anchor, rule);
    }
  }
  const opened = new Map([...byHost].map(([host, draft]) => [host, openPaths(draft)]));
  const anyHost = opened.get("") ?? null;
  opened.delete("");
  return { byHost: opened, anyHost, hasSuffixes: [...opened.keys()].some((host) => host.startsWith(".")) };
}

/**
 * A rule that matches, null when none does. With `all` every one that matches is put there, some of them twice.
 *
 * Never throws. Constant in the number of rules that ask for other hosts, other paths or other values.
 */
export function search(index: RuleIndex, subject: Subject, path: string, all: OpenRule[] | null): OpenRule | null {
  const { byHost, anyHost, hasSuffixes } = index;
  const { host } = subject.head;
  if (byHost.size > 0) {
    const found = searchPaths(byHost.get(host), subject, path, all);
    if (found !== null) return found;
    for (let dot = hasSuffixes ? host.indexOf(".") : -1; dot !== -1; dot = host.indexOf(".", dot + 1)) {
      const under = searchPaths(byHost.get(host.slice(dot)), subject, path, all);
      if (under !== null) return under;
    }
  }
  return anyHost === null ? null : searchPaths(anyHost, subject, path, all);
}

function searchPaths(
  index: PathIndex | undefined,
  subject: Subject,
  path: string,
  all: OpenRule[] | null,
): OpenRule | null {
  if (index === undefined) return null;
  const { trie, anyPath } = index;
  if (trie !== null) {
    let node: TrieNode<KeyedRules, never> | null = deepest(trie, path);
    if (node.exact !== null && isExact(node, path)) {
      const found = searchKeyed(node.exact, subject, path, all);
      if (found !== null) return found;
    }
    for (; node !== null; node = node.up) {
      const found = node.stringPrefix === null ? null : searchKeyed(node.stringPrefix, subject, path, all);
      if (found !== null) return found;
    }
  }
  return anyPath === null ? null : searchKeyed(anyPath, subject, path, all);
}

/** By path anchor, each rule once. */
interface Draft {
  readonly rules: Map<string, { readonly path: Anchor["path"]; readonly rules: Set<OpenRule> }>;
}

function add({ rules }: Draft, { path }: Anchor, rule: OpenRule): void {
  const key = path.type === "any" ? "any" : `${path.type} ${path.text}`;
  const entry = rules.get(key) ?? { path, rules: new Set() };
  rules.set(key, entry);
  entry.rules.add(rule);
}

function openPaths({ rules }: Draft): PathIndex {
  const trie = createTrie<KeyedRules, never>();
  let anyPath: KeyedRules | null = null;
  for (const { path, rules: own } of rules.values()) {
    const opened = keyed([...own]);
    if (path.type === "any") anyPath = opened;
    else if (path.type === "exact") nodeAt(trie, path.text).exact = opened;
    else nodeAt(trie, path.text).stringPrefix = opened;
  }
  linkPrefixes(trie);
  const hasPaths = [...rules.values()].some(({ path }) => path.type !== "any");
  return { trie: hasPaths ? trie : null, anyPath };
}
