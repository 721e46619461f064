/** Where the parts of a YAML document are. */
import {
  type Document,
  isAlias,
  isMap,
  isPair,
  isScalar,
  isSeq,
  type Node,
  type Pair,
  visit,
  type YAMLMap,
} from "yaml";
import type { FaultPath } from "../fault.ts";

/** Finds parts by their path. Keys and aliases are looked up once and remembered: there may be many faults. */
export class Places {
  readonly #document: Document;
  readonly #keys = new WeakMap<YAMLMap, ReadonlyMap<string, Pair>>();
  readonly #aliases = new WeakMap<Node, Node | undefined>();

  constructor(document: Document) {
    this.#document = document;
  }

  /**
   * Offset of the part at `path` in the text. A part that is absent is where its nearest ancestor is; one that starts
   * below its key is where the key is.
   *
   * - `atKey`: of the last key itself rather than of its value.
   */
  offsetOf(path: FaultPath, atKey: boolean): number {
    let node: unknown = this.#document.contents;
    let offset = startOf(node) ?? 0;
    for (const [depth, step] of path.entries()) {
      const child = this.#childOf(node, step);
      if (child === undefined) return offset;
      const keyOffset = isPair(child) ? startOf(child.key) : undefined;
      const value = isPair(child) ? child.value : child;
      const valueOffset = isScalar(value) && value.value !== null ? startOf(value) : undefined;
      const wanted = atKey && depth === path.length - 1 ? keyOffset : (valueOffset ?? keyOffset ?? startOf(value));
      offset = wanted ?? offset;
      node = value;
    }
    return offset;
  }

  #childOf(parent: unknown, step: string | number): Pair | Node | undefined {
    const node = isAlias(parent) ? this.#resolve(parent) : parent;
    if (isSeq(node)) return typeof step === "number" ? (node.items[step] as Node | undefined) : undefined;
    return isMap(node) ? this.#keysOf(node).get(String(step)) : undefined;
  }

  #keysOf(map: YAMLMap): ReadonlyMap<string, Pair> {
    const keys = this.#keys.get(map) ?? new Map(map.items.map((pair) => [keyText(pair), pair]));
    this.#keys.set(map, keys);
    return keys;
  }

  #resolve(alias: Extract<Node, { source: string }>): Node | undefined {
    if (!this.#aliases.has(alias)) this.#aliases.set(alias, isAlias(alias) ? alias.resolve(this.#document) : undefined);
    return this.#aliases.get(alias);
  }
}

/** Every key that its map has already, with its path. Linear. */
export function* repeatedKeys(node: unknown, path: FaultPath = []): Iterable<{ path: FaultPath; offset: number }> {
  if (!isMap(node) && !isSeq(node)) return;
  const seen = new Set<string>();
  for (const [index, item] of node.items.entries()) {
    const step = isPair(item) ? keyText(item) : index;
    if (isPair(item) && seen.has(String(step))) yield { path: [...path, step], offset: startOf(item.key) ?? 0 };
    seen.add(String(step));
    yield* repeatedKeys(isPair(item) ? item.value : item, [...path, step]);
  }
}

/** Every alias whose anchor does not come before it, with its name. Linear. */
export function danglingAliases(document: Document): { name: string; offset: number }[] {
  const anchors = new Set<string>();
  const dangling: { name: string; offset: number }[] = [];
  visit(document, {
    Node: (_, node) => {
      if (!isAlias(node)) anchors.add(node.anchor ?? "");
      else if (!anchors.has(node.source)) dangling.push({ name: node.source, offset: startOf(node) ?? 0 });
    },
  });
  return dangling;
}

/**
 * The first alias up to which all together stand for more than `most` values, each counted with everything in it; null when
 * there is none. Linear in the text, however long it would be with the parts written out.
 */
export function surplusAlias(document: Document, most: number): { name: string; offset: number } | null {
  const sizes = new Map<string, number>();
  let aliased = 0;
  let surplus: { name: string; offset: number } | null = null;
  const sizeOf = (node: unknown): number => {
    if (surplus !== null) return 0;
    if (isAlias(node)) {
      // 0: of nothing, or of a part that it is in itself; both are faults of their own.
      const size = sizes.get(node.source) ?? 0;
      aliased += size;
      if (aliased > most) surplus = { name: node.source, offset: startOf(node) ?? 0 };
      return size;
    }
    if (isPair(node)) return sizeOf(node.key) + sizeOf(node.value);
    let size = 1;
    if (isMap(node) || isSeq(node)) for (const item of node.items) size += sizeOf(item);
    const anchor = isMap(node) || isSeq(node) || isScalar(node) ? node.anchor : undefined;
    if (anchor !== undefined) sizes.set(anchor, size);
    return size;
  };
  sizeOf(document.contents);
  return surplus;
}

function keyText({ key }: Pair): string {
  return String(isScalar(key) ? key.value : key);
}

function startOf(node: unknown): number | undefined {
  return (node as Node | null | undefined)?.range?.[0];
}
