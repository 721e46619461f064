/**
 * What keys had used that are remembered one by one no more: more keys came than the object has room for. Asked about a key, it
 * says at least what that key had used when it left, whatever the number of others; and more than that only where others that left
 * had used more and share all four of its cells. So nobody gets his units back by pushing himself out with made-up keys, and few
 * of those who are new pay for it.
 *
 * Each cell keeps the largest use of the keys that fall into it, and a key counts as the least of its cells: a count-min sketch of
 * maxima instead of sums, since a key's own use came along when it was taken in again. One floor for all, as isolates have it
 * (../key-table.ts), would be as high as the most used key that left: here the one that leaves was asked for longest ago, and not
 * the one that used least. With n keys that left, a newcomer is taken for another one with probability (1 - e^(-n / CELLS))^4: 10,000 keys
 * 0.5 %, 30,000 13 %, 100,000 83 %. All of it wears off in turns: what left counts for one turn at least, and two at most.
 *
 * Source: Cormode and Muthukrishnan, "An Improved Data Stream Summary: The Count-Min Sketch and its Applications", Journal of
 * Algorithms 55(1), 2005.
 */

/** Cells of a row; a power of two. Both generations together take 2 MiB, made when the first key leaves. */
export const CELLS = 32_768;
/** Cells of a key. */
const ROWS = 4;

/** Mutable; owned by one object. */
export interface Crowd {
  /** For how long what left counts at least, ms. */
  turnMs: number;
  /** Places keys in cells, so that nobody finds a key that meets another one in all of them. */
  readonly seed: number;
  /** When `young` began. */
  sinceMs: number;
  young: Float64Array | null;
  old: Float64Array | null;
}

/** Nobody has left. `turnMs`: above 0. `seed`: any 32 bits that callers do not know. */
export function createCrowd(turnMs: number, seed: number): Crowd {
  return { turnMs, seed, sinceMs: 0, young: null, old: null };
}

/** Remembers what a key had used when it left, units ≥ 0. Never throws. Constant time. */
export function remember(crowd: Crowd, key: string, used: number, nowMs: number): void {
  if (!(used > 0)) return;
  turn(crowd, nowMs);
  if (crowd.young === null) {
    crowd.young = new Float64Array(ROWS * CELLS);
    if (crowd.old === null) crowd.sinceMs = nowMs;
  }
  const { young } = crowd;
  const first = hashOf(key, crowd.seed);
  const step = hashOf(key, ~crowd.seed) | 1;
  for (let row = 0; row < ROWS; row++) {
    const cell = cellOf(row, first, step);
    if (young[cell]! < used) young[cell] = used;
  }
}

/** What a key counts as that is not known, units: no less than it had used if it left within a turn. 0 when nobody did. */
export function recall(crowd: Crowd, key: string, nowMs: number): number {
  turn(crowd, nowMs);
  const { young, old } = crowd;
  if (young === null && old === null) return 0;
  const first = hashOf(key, crowd.seed);
  const step = hashOf(key, ~crowd.seed) | 1;
  return Math.max(leastOf(young, first, step), leastOf(old, first, step));
}

function leastOf(cells: Float64Array | null, first: number, step: number): number {
  if (cells === null) return 0;
  let least = Number.POSITIVE_INFINITY;
  for (let row = 0; row < ROWS; row++) least = Math.min(least, cells[cellOf(row, first, step)]!);
  return least;
}

/** Source: Kirsch and Mitzenmacher, "Less Hashing, Same Performance", ESA 2006. */
function cellOf(row: number, first: number, step: number): number {
  return row * CELLS + ((first + Math.imul(row, step)) & (CELLS - 1));
}

/** A clock that goes back makes nothing wear off. */
function turn(crowd: Crowd, nowMs: number): void {
  const passedMs = nowMs - crowd.sinceMs;
  if (passedMs < crowd.turnMs) return;
  const isLate = passedMs >= 2 * crowd.turnMs;
  crowd.old = isLate ? null : crowd.young;
  crowd.young = null;
  crowd.sinceMs = isLate ? nowMs : crowd.sinceMs + crowd.turnMs;
}

/** Source: Appleby, MurmurHash3, 32 bits, public domain; a block for each UTF-16 unit. */
function hashOf(key: string, seed: number): number {
  let hash = seed | 0;
  for (let i = 0; i < key.length; i++) {
    let block = Math.imul(key.charCodeAt(i), 0xcc9e2d51);
    block = Math.imul((block << 15) | (block >>> 17), 0x1b873593);
    hash ^= block;
    hash = (Math.imul((hash << 13) | (hash >>> 19), 5) + 0xe6546b64) | 0;
  }
  hash ^= key.length;
  hash = Math.imul(hash ^ (hash >>> 16), 0x85ebca6b);
  hash = Math.imul(hash ^ (hash >>> 13), 0xc2b2ae35);
  return (hash ^ (hash >>> 16)) >>> 0;
}
