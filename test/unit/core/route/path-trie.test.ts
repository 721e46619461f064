import { describe, expect, it } from "vitest";
import {
  addExact,
  addPrefix,
  createTrie,
  deepest,
  isExact,
  isPrefix,
  linkPrefixes,
  type TrieNode,
} from "../../../../src/core/route/path-trie.ts";

function trieOf(prefixes: readonly string[], exact: readonly string[] = []): TrieNode<string> {
  const root = createTrie<string>();
  for (const path of prefixes) addPrefix(root, path, path);
  for (const path of exact) addExact(root, path, path);
  linkPrefixes(root);
  return root;
}

/** All prefixes of a path, longest first. */
function prefixesOf(root: TrieNode<string>, path: string): string[] {
  const last = deepest(root, path);
  const found: string[] = [];
  for (let node = isPrefix(last, path) ? last : last.up; node !== null; node = node.up) found.push(...node.prefix);
  return found;
}

describe("a path trie", () => {
  const prefixes = ["/", "/a", "/ab", "/a/b", "/a/bc/d", "/abc/d/"];

  it.each([
    ["/", ["/"]],
    ["/a", ["/a", "/"]],
    ["/ab", ["/ab", "/"]],
    ["/abc", ["/"]],
    ["/abc/d", ["/abc/d/", "/"]],
    ["/a/b/c", ["/a/b", "/a", "/"]],
    ["/a/bc", ["/a", "/"]],
    ["/a/bc/d/e", ["/a/bc/d", "/a", "/"]],
    ["/x", ["/"]],
    ["", ["/"]],
    ["*", []],
  ])("finds the prefixes of %s by element, longest first", (path, expected) => {
    expect(prefixesOf(trieOf(prefixes), path)).toEqual(expected);
    expect(prefixesOf(trieOf(prefixes.toReversed()), path)).toEqual(expected);
  });

  it("tells the end of a path from a prefix of it", () => {
    const root = trieOf([], ["/a/b", "/a"]);
    expect(deepest(root, "/a/b").exact).toEqual(["/a/b"]);
    expect(isExact(deepest(root, "/a/b"), "/a/b")).toBe(true);
    expect(isExact(deepest(root, "/a/b/"), "/a/b/")).toBe(false);
    expect(deepest(root, "/a").exact).toEqual(["/a"]);
  });

  it("keeps the order of entries of one path", () => {
    const root = createTrie<number>();
    for (const n of [3, 1, 2]) addPrefix(root, n === 1 ? "/a/" : "/a", n);
    linkPrefixes(root);
    expect(deepest(root, "/a").prefix).toEqual([3, 1, 2]);
  });
});
