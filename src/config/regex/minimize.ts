/**
 * The smallest table that accepts the same texts: states that no text tells apart become one.
 *
 * Source: Hopcroft, "An n log n algorithm for minimizing states in a finite automaton", 1971.
 */
import type { Table } from "./determinize.ts";

/** States of the result are numbered anew: 0 from which nothing matches, 1 the start. Cost: classes * n log n. */
export function minimize(table: Table): Table {
  const { next, accepts, classes } = table;
  const blockOf = partition(table);
  const dead = blockOf[0]!;
  const numbers = new Map<number, number>();
  const representatives: number[] = [];
  const numberOf = (state: number): number => {
    const block = blockOf[state]!;
    if (block === dead) return 0;
    const known = numbers.get(block);
    if (known !== undefined) return known;
    numbers.set(block, representatives.push(state));
    return representatives.length;
  };
  const start = numberOf(1);
  const rows: number[][] = [];
  for (let at = 0; at < representatives.length; at += 1) {
    const from = representatives[at]! * classes;
    rows.push(next.slice(from, from + classes).map(numberOf));
  }
  // A pattern that nothing matches has a start all the same.
  if (start === 0) rows.push(Array.from({ length: classes }, () => 0));
  return {
    states: rows.length + 1,
    classes,
    next: [...Array.from({ length: classes }, () => 0), ...rows.flat()],
    accepts: [false, ...representatives.map((state) => accepts[state]!), ...(start === 0 ? [false] : [])],
  };
}

/** By state, the block of states that no text tells from it. */
function partition({ states, classes, next, accepts }: Table): Int32Array {
  const { offsets, sources } = inverse(states, classes, next);
  // The states in an order in which each block is contiguous: block b is order[first[b] … first[b] + size[b] - 1].
  const order = new Int32Array(states);
  const place = new Int32Array(states);
  const blockOf = new Int32Array(states);
  const first: number[] = [0];
  const size: number[] = [0];
  const marked: number[] = [0];
  let filled = 0;
  for (const accepting of [false, true]) {
    if (accepting && filled > 0 && filled < states) {
      first.push(filled);
      size.push(0);
      marked.push(0);
    }
    const block = first.length - 1;
    for (let state = 0; state < states; state += 1) {
      if (accepts[state] !== accepting) continue;
      order[filled] = state;
      place[state] = filled;
      blockOf[state] = block;
      size[block]! += 1;
      filled += 1;
    }
  }
  const waiting: (readonly [block: number, unit: number])[] = [];
  const enqueue = (block: number) => {
    for (let unit = 0; unit < classes; unit += 1) waiting.push([block, unit]);
  };
  for (let block = 0; block < first.length; block += 1) enqueue(block);
  for (let job = waiting.pop(); job !== undefined; job = waiting.pop()) {
    const [block, unit] = job;
    const touched: number[] = [];
    for (const target of order.slice(first[block]!, first[block]! + size[block]!)) {
      const row = target * classes + unit;
      for (let i = offsets[row]!; i < offsets[row + 1]!; i += 1) mark(sources[i]!, touched);
    }
    for (const other of touched) {
      const count = marked[other]!;
      marked[other] = 0;
      if (count === size[other]) continue;
      // The smaller part is the new block, and is what others have to be told apart by.
      const takesMarked = count <= size[other]! - count;
      const made = first.push(takesMarked ? first[other]! : first[other]! + count) - 1;
      size.push(takesMarked ? count : size[other]! - count);
      marked.push(0);
      if (takesMarked) first[other]! += count;
      size[other]! -= size[made]!;
      for (let i = first[made]!; i < first[made]! + size[made]!; i += 1) blockOf[order[i]!] = made;
      enqueue(made);
    }
  }
  return blockOf;

  /** Moves a state to the front of its block, behind those that were moved before. */
  function mark(state: number, touched: number[]): void {
    const block = blockOf[state]!;
    const to = first[block]! + marked[block]!;
    if (place[state]! < to) return;
    if (marked[block] === 0) touched.push(block);
    const other = order[to]!;
    order[place[state]!] = other;
    place[other] = place[state]!;
    order[to] = state;
    place[state] = to;
    marked[block]! += 1;
  }
}

/** By state and class, the states that lead there. */
function inverse(states: number, classes: number, next: readonly number[]) {
  const offsets = new Int32Array(states * classes + 1);
  for (let i = 0; i < next.length; i += 1) offsets[next[i]! * classes + (i % classes) + 1]! += 1;
  for (let i = 1; i < offsets.length; i += 1) offsets[i]! += offsets[i - 1]!;
  const cursor = offsets.slice();
  const sources = new Int32Array(next.length);
  for (let i = 0; i < next.length; i += 1) {
    const row = next[i]! * classes + (i % classes);
    sources[cursor[row]!] = Math.floor(i / classes);
    cursor[row]! += 1;
  }
  return { offsets, sources };
}
