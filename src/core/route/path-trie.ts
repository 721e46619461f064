/**
 * A compressed trie over the characters of paths. One walk finds the exact path and every prefix of it, allocates
 * nothing and costs one comparison a character, however many paths there are.
 *
 * Why not a Map by path element: cutting a path into elements allocates and hashes a string for each. Why not one
 * regular expression for all: it takes tens of milliseconds to build for 1,000 routes, in an isolate's first request.
 *
 * A prefix counts by path element: "/shop" is a prefix of "/shop" and "/shop/cart", not of "/shopping". Whether one
 * prefix contains another by element is known when the trie is built, so each node links to the next shorter one
 * (`up`), and a match that has to fall back follows links.
 */

export interface TrieNode<T> {
  /** What stands between the parent and here; "" at the root only. */
  label: string;
  /** Characters from the root to here, the label included. */
  readonly length: number;
  /** First characters of the children's labels, parallel to `children`. */
  readonly codes: number[];
  readonly children: TrieNode<T>[];
  /** Entries for exactly this path, and for it and all below it. */
  readonly exact: T[];
  readonly prefix: T[];
  /** The longest shorter prefix of whatever leads here. */
  up: TrieNode<T> | null;
}

const SLASH = 47;

/** A trie without entries: its root. */
export function createTrie<T>(): TrieNode<T> {
  return createNode("", 0);
}

/** Adds an entry for the path itself. Entries of one path keep the order in which they were added. */
export function addExact<T>(root: TrieNode<T>, path: string, entry: T): void {
  nodeAt(root, path).exact.push(entry);
}

/** Adds an entry for the path and all below it. A trailing slash is ignored; "/" stands for every path. */
export function addPrefix<T>(root: TrieNode<T>, path: string, entry: T): void {
  nodeAt(root, path.endsWith("/") ? path.slice(0, -1) : path).prefix.push(entry);
}

/** Links every node to the next shorter prefix. Call it after the last entry and before the first `deepest`. */
export function linkPrefixes<T>(node: TrieNode<T>): void {
  for (const child of node.children) {
    child.up = node.prefix.length > 0 && child.label.charCodeAt(0) === SLASH ? node : node.up;
    linkPrefixes(child);
  }
}

/**
 * The node that `path` leads deepest to; the root when it leads nowhere. Constant in the number of paths, linear in the
 * length of this one; never allocates. What it is good for is told by `isExact`, `isPrefix` and its `up` links.
 */
export function deepest<T>(root: TrieNode<T>, path: string): TrieNode<T> {
  let node = root;
  while (node.length < path.length) {
    const index = node.codes.indexOf(path.charCodeAt(node.length));
    if (index === -1) return node;
    const child = node.children[index]!;
    if (!path.startsWith(child.label, node.length)) return node;
    node = child;
  }
  return node;
}

/** Whether a node that `path` leads to is the end of it. */
export function isExact<T>(node: TrieNode<T>, path: string): boolean {
  return node.length === path.length;
}

/** Whether a node that `path` leads to ends where one of its elements does. */
export function isPrefix<T>(node: TrieNode<T>, path: string): boolean {
  return node.length === path.length || path.charCodeAt(node.length) === SLASH;
}

function createNode<T>(label: string, length: number): TrieNode<T> {
  return { label, length, codes: [], children: [], exact: [], prefix: [], up: null };
}

/** The node of a path, made if need be. */
function nodeAt<T>(root: TrieNode<T>, path: string): TrieNode<T> {
  let node = root;
  while (node.length < path.length) {
    const index = node.codes.indexOf(path.charCodeAt(node.length));
    if (index === -1) return addChild(node, createNode(path.slice(node.length), path.length));
    const child = node.children[index]!;
    const common = commonLength(child.label, path, node.length);
    if (common < child.label.length) node.children[index] = split(child, node.length + common, common);
    node = node.children[index]!;
  }
  return node;
}

function addChild<T>(parent: TrieNode<T>, child: TrieNode<T>): TrieNode<T> {
  parent.codes.push(child.label.charCodeAt(0));
  parent.children.push(child);
  return child;
}

/** Cuts a node's label in two; returns the new node for the first part, which takes its place. */
function split<T>(node: TrieNode<T>, length: number, at: number): TrieNode<T> {
  const upper = createNode<T>(node.label.slice(0, at), length);
  node.label = node.label.slice(at);
  addChild(upper, node);
  return upper;
}

/** How far `label` agrees with `path` from `start` on. At least 1 where it is called. */
function commonLength(label: string, path: string, start: number): number {
  let n = 0;
  while (n < label.length && label.charCodeAt(n) === path.charCodeAt(start + n)) n += 1;
  return n;
}
