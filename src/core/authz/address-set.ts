/** Many blocks of addresses at once: merged, sorted, found by bisection, so that a list of thousands is as quick as one. */
import { type Block, blockOf, type ParsedAddress } from "./address.ts";

export interface AddressSet {
  /** First and last of each range, ascending and apart. */
  readonly v4First: Uint32Array;
  readonly v4Last: Uint32Array;
  /** Four words a range. */
  readonly v6First: Uint32Array;
  readonly v6Last: Uint32Array;
}

/** Arranges addresses and blocks. What is neither fits nothing: the schema has refused it before. */
export function openAddresses(values: readonly string[]): AddressSet {
  const blocks = values.map(blockOf).filter((block) => block !== null);
  const v4 = merged(blocks.filter(({ family }) => family === 4));
  const v6 = merged(blocks.filter(({ family }) => family === 6));
  return {
    v4First: Uint32Array.from(v4.flatMap(({ first }) => first)),
    v4Last: Uint32Array.from(v4.flatMap(({ last }) => last)),
    v6First: Uint32Array.from(v6.flatMap(({ first }) => first)),
    v6Last: Uint32Array.from(v6.flatMap(({ last }) => last)),
  };
}

/** Whether an address is in one of the blocks; no address is in none. Never throws, never allocates; logarithmic in the blocks. */
export function hasAddress(set: AddressSet, { family, v4, v6 }: ParsedAddress): boolean {
  if (family === 4) return hasV4(set, v4);
  return family === 6 && hasV6(set, v6);
}

function hasV4({ v4First, v4Last }: AddressSet, address: number): boolean {
  let low = 0;
  let high = v4First.length;
  while (low < high) {
    const middle = (low + high) >> 1;
    if (v4First[middle]! <= address) low = middle + 1;
    else high = middle;
  }
  return low > 0 && address <= v4Last[low - 1]!;
}

function hasV6({ v6First, v6Last }: AddressSet, address: Uint32Array): boolean {
  let low = 0;
  let high = v6First.length / 4;
  while (low < high) {
    const middle = (low + high) >> 1;
    if (compareAt(v6First, middle, address) <= 0) low = middle + 1;
    else high = middle;
  }
  return low > 0 && compareAt(v6Last, low - 1, address) >= 0;
}

function compareAt(words: Uint32Array, range: number, address: Uint32Array): number {
  for (let i = 0; i < 4; i += 1) {
    const difference = words[4 * range + i]! - address[i]!;
    if (difference !== 0) return difference;
  }
  return 0;
}

/** Blocks overlap only when one holds the other: of two that begin alike the wider comes first. */
function merged(blocks: readonly Block[]): readonly Block[] {
  const sorted = [...blocks].sort((a, b) => compare(a.first, b.first) || compare(b.last, a.last));
  const kept: Block[] = [];
  for (const block of sorted) {
    const last = kept.at(-1);
    if (last === undefined || compare(block.first, last.last) > 0) kept.push(block);
  }
  return kept;
}

function compare(a: readonly number[], b: readonly number[]): number {
  for (const [index, word] of a.entries()) {
    const difference = word - b[index]!;
    if (difference !== 0) return difference;
  }
  return 0;
}
