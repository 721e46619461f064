import { describe, expect, it } from "vitest";
import {
  createTrie,
  deepest,
  isExact,
  isPrefix,
  linkPrefixes,
  nodeAt,
  type TrieNode,
} from "../../../../src/core/route/path-trie.ts";

type Trie = TrieNode<string, string>;
type Slot = "exact" | "prefix" | "stringPrefix" | "patterns";

function trieOf(paths: readonly (readonly [slot: Slot, path: string])[]): Trie {
  const root: Trie = createTrie();
  for (const [slot, path] of paths) nodeAt(root, slot === "prefix" ? path.replace(/\/$/, "") : path)[slot] = path;
  linkPrefixes(root);
  return root;
}

/** All prefixes of a path, longest first. */
function prefixesOf(root: Trie, path: string): string[] {
  const found: string[] = [];
  for (let node: Trie | null = deepest(root, path); node !== null; node = node.up) {
    if (node.prefix !== null && isPrefix(node, path)) found.push(node.prefix);
    if (node.stringPrefix !== null) found.push(node.stringPrefix);
  }
  return found;
}

function patternsOf(root: Trie, path: string): string[] {
  const found: string[] = [];
  const end = deepest(root, path);
  for (let node = end.patterns === null ? end.patternsUp : end; node !== null; node = node.patternsUp) {
    found.push(node.patterns!);
  }
  return found;
}

describe("a path trie", () => {
  const prefixes = ["/", "/a", "/ab", "/a/b", "/a/bc/d", "/abc/d/"].map((path) => ["prefix", path] as const);

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

  it.each([
    ["/a/bcd", ["/a/b", "/a", "/"]],
    ["/ax", ["/a", "/"]],
    ["/a/", ["/a", "/"]],
    ["/b", ["/"]],
  ])("finds the prefixes of %s by character", (path, expected) => {
    const root = trieOf(["/", "/a", "/a/b", "/a/bx"].map((text) => ["stringPrefix", text] as const));
    expect(prefixesOf(root, path)).toEqual(expected);
  });

  it("finds prefixes of both kinds on the same way", () => {
    const root = trieOf([
      ["stringPrefix", "/ab"],
      ["prefix", "/ab/c"],
      ["prefix", "/a"],
    ]);
    expect(prefixesOf(root, "/ab/c/d")).toEqual(["/ab/c", "/ab"]);
    expect(prefixesOf(root, "/a/x")).toEqual(["/a"]);
  });

  it("finds the patterns that begin like a path, the one that is said most of first", () => {
    const root = trieOf([
      ["patterns", ""],
      ["patterns", "/a/"],
      ["patterns", "/a/b"],
      ["exact", "/a/bc"],
    ]);
    expect(patternsOf(root, "/a/bc")).toEqual(["/a/b", "/a/", ""]);
    expect(patternsOf(root, "/a/b")).toEqual(["/a/b", "/a/", ""]);
    expect(patternsOf(root, "/b")).toEqual([""]);
  });

  it("tells the end of a path from a prefix of it", () => {
    const root = trieOf([
      ["exact", "/a/b"],
      ["exact", "/a"],
    ]);
    expect(deepest(root, "/a/b").exact).toBe("/a/b");
    expect(isExact(deepest(root, "/a/b"), "/a/b")).toBe(true);
    expect(isExact(deepest(root, "/a/b/"), "/a/b/")).toBe(false);
    expect(deepest(root, "/a").exact).toBe("/a");
  });
});
