/**
 * What is said of blocks of addresses, found by an address: of a thousand blocks all that hold it, after one bisection.
 *
 * Blocks in CIDR notation are nested or apart. Sorted by where they begin, the wider first, the last one that begins at or
 * before an address is held by every other block that holds the address, or holds it itself. So one bisection finds where to
 * begin, and what is left is the way outwards: at most 33 blocks of IPv4, 129 of IPv6. A tree of bits would find the same with
 * a step for each bit; intervals with lists of their blocks would take quadratic memory where blocks are nested deeply.
 */
import { type Block, blockOf, type ParsedAddress } from "./address.ts";

export interface BlockIndex<T> {
  readonly v4: FamilyIndex<T>;
  readonly v6: FamilyIndex<T>;
}

interface FamilyIndex<T> {
  /** Words of an address: 1 or 4. */
  readonly words: number;
  /** Ascending; of blocks that begin alike the wider first. */
  readonly first: Uint32Array;
  readonly last: Uint32Array;
  /** The narrowest block around each; -1 none. */
  readonly around: Int32Array;
  /** What is said of each. */
  readonly values: readonly (readonly T[])[];
}

/** Arranges blocks, each with what is said of it; what is no block is left out. n log n. */
export function indexBlocks<T>(given: Iterable<readonly [block: string, value: T]>): BlockIndex<T> {
  const byBlock = new Map<string, { readonly block: Block; readonly values: T[] }>();
  for (const [text, value] of given) {
    const block = blockOf(text);
    if (block === null) continue;
    const key = `${block.first.join()}-${block.last.join()}`;
    const entry = byBlock.get(key);
    if (entry === undefined) byBlock.set(key, { block, values: [value] });
    else if (entry.values.at(-1) !== value) entry.values.push(value);
  }
  const entries = [...byBlock.values()].sort(
    (a, b) => compareWords(a.block.first, b.block.first) || compareWords(b.block.last, a.block.last),
  );
  const of = (family: 4 | 6) => entries.filter(({ block }) => block.family === family);
  return { v4: familyIndex(1, of(4)), v6: familyIndex(4, of(6)) };
}

function familyIndex<T>(
  words: number,
  entries: readonly { readonly block: Block; readonly values: readonly T[] }[],
): FamilyIndex<T> {
  const around = new Int32Array(entries.length);
  for (let i = 0; i < entries.length; i += 1) {
    let outer = i - 1;
    while (outer >= 0 && compareWords(entries[outer]!.block.last, entries[i]!.block.first) < 0) outer = around[outer]!;
    around[i] = outer;
  }
  return {
    words,
    first: Uint32Array.from(entries.flatMap(({ block }) => block.first)),
    last: Uint32Array.from(entries.flatMap(({ block }) => block.last)),
    around,
    values: entries.map(({ values }) => values),
  };
}

/**
 * The narrowest block that holds an address, as a number for `outwards` and `valuesAt`; -1 none, as for what is no address.
 *
 * Never throws, never allocates; logarithmic in the blocks.
 */
export function innermost<T>(index: BlockIndex<T>, address: ParsedAddress): number {
  const family = familyOf(index, address);
  if (family === null) return -1;
  let low = 0;
  let high = family.values.length;
  while (low < high) {
    const middle = (low + high) >> 1;
    if (compareAt(family.first, middle, family.words, address) <= 0) low = middle + 1;
    else high = middle;
  }
  let at = low - 1;
  while (at >= 0 && compareAt(family.last, at, family.words, address) < 0) at = family.around[at]!;
  return at;
}

/** The next wider block, -1 none. `at`: as `innermost` gave it for the same address. */
export function outwards<T>(index: BlockIndex<T>, address: ParsedAddress, at: number): number {
  return familyOf(index, address)!.around[at]!;
}

/** What is said of a block. */
export function valuesAt<T>(index: BlockIndex<T>, address: ParsedAddress, at: number): readonly T[] {
  return familyOf(index, address)!.values[at]!;
}

function familyOf<T>({ v4, v6 }: BlockIndex<T>, { family }: ParsedAddress): FamilyIndex<T> | null {
  if (family === 0) return null;
  return family === 4 ? v4 : v6;
}

function compareAt(list: Uint32Array, at: number, words: number, { v4, v6 }: ParsedAddress): number {
  if (words === 1) return list[at]! - v4;
  for (let i = 0; i < 4; i += 1) {
    const difference = list[4 * at + i]! - v6[i]!;
    if (difference !== 0) return difference;
  }
  return 0;
}

function compareWords(a: readonly number[], b: readonly number[]): number {
  // One family at a time: IPv4 before IPv6.
  if (a.length !== b.length) return a.length - b.length;
  for (let i = 0; i < a.length; i += 1) {
    const difference = a[i]! - b[i]!;
    if (difference !== 0) return difference;
  }
  return 0;
}
