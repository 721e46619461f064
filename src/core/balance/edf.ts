/**
 * Earliest deadline first: Envoy's scheduler for weighted round robin with weights that may be fractions and may change
 * at every pick. Each entry's deadline is now + 1/weight; the earliest is picked, time moves to its deadline, and it is
 * put back with the weight it has by then. Ties go by order of insertion. Weights 1, 2 give b a b b a b …
 *
 * A binary heap in typed arrays: no allocation per pick.
 *
 * Source: Envoy, source/common/upstream/edf_scheduler.h.
 */
import type { Rng } from "../rng.ts";

export interface Edf {
  /** Entry numbers, a heap by (deadline, order). */
  readonly heap: Uint16Array;
  readonly deadline: Float64Array;
  readonly order: Float64Array;
  size: number;
  now: number;
  inserted: number;
}

/** An empty scheduler for up to `capacity` entries, numbered from 0. */
export function createEdf(capacity: number): Edf {
  return {
    heap: new Uint16Array(capacity),
    deadline: new Float64Array(capacity),
    order: new Float64Array(capacity),
    size: 0,
    now: 0,
    inserted: 0,
  };
}

/**
 * Fills the scheduler with entries 0..size − 1, forgetting what it had.
 *
 * - `weightOf`: > 0.
 * - `phase`: part of its interval that each entry waits for its first turn. 1 is Envoy's fresh scheduler. A random one in
 *   [0, 1) starts many schedulers at different points of the cycle, which is what Envoy plays random picks through for.
 *
 * Never throws. O(n log n).
 */
export function fillEdf(edf: Edf, size: number, weightOf: (entry: number) => number, phase: Rng = always1): void {
  edf.size = 0;
  edf.now = 0;
  edf.inserted = 0;
  for (let entry = 0; entry < size; entry++) {
    edf.deadline[entry] = phase() / weightOf(entry);
    edf.order[entry] = edf.inserted++;
    edf.heap[edf.size] = entry;
    siftUp(edf, edf.size++);
  }
}

/** The entry whose turn it is. The scheduler must not be empty. Follow with `putBack`. */
export function earliest(edf: Edf): number {
  return edf.heap[0]!;
}

/** Puts the earliest entry back, due 1/weight after its own deadline. `weight` > 0. O(log n). */
export function putBack(edf: Edf, weight: number): void {
  const entry = edf.heap[0]!;
  edf.now = edf.deadline[entry]!;
  edf.deadline[entry] = edf.now + 1 / weight;
  edf.order[entry] = edf.inserted++;
  siftDown(edf);
}

const always1 = () => 1;

function isBefore(edf: Edf, a: number, b: number): boolean {
  const difference = edf.deadline[a]! - edf.deadline[b]!;
  return difference < 0 || (difference === 0 && edf.order[a]! < edf.order[b]!);
}

function siftUp(edf: Edf, start: number): void {
  const { heap } = edf;
  const entry = heap[start]!;
  let at = start;
  while (at > 0) {
    const parent = (at - 1) >> 1;
    if (!isBefore(edf, entry, heap[parent]!)) break;
    heap[at] = heap[parent]!;
    at = parent;
  }
  heap[at] = entry;
}

function siftDown(edf: Edf): void {
  const { heap, size } = edf;
  const entry = heap[0]!;
  let at = 0;
  for (let child = 1; child < size; child = at * 2 + 1) {
    if (child + 1 < size && isBefore(edf, heap[child + 1]!, heap[child]!)) child++;
    if (!isBefore(edf, heap[child]!, entry)) break;
    heap[at] = heap[child]!;
    at = child;
  }
  heap[at] = entry;
}
