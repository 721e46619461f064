/**
 * Weighted draws over candidates: running sums of the effective weights, made once per epoch and searched per request.
 *
 * Why running sums and not an alias table: the second of two distinct draws needs the same sums with one entry left out,
 * which costs one addition here and a rejection loop there; with the few endpoints a service has, a short scan is as
 * fast. Equal weights, the usual case, skip the search altogether.
 *
 * Draws are random and not in turns, so isolates that see a few requests each do not start in step.
 */
import type { Rng } from "../rng.ts";
import type { Candidates } from "./policy.ts";

export interface WeightTable {
  readonly epoch: number;
  readonly count: number;
  /** All weights are the same. */
  readonly equal: boolean;
  readonly total: number;
  /** `cumulative[i]` is the sum of the weights of the first i + 1 candidates. */
  readonly cumulative: Float64Array;
}

type Mutable = { -readonly [K in keyof WeightTable]: WeightTable[K] };

/** The tables of one policy: one for each epoch in use. Traffic split over priorities alternates between epochs. */
export interface WeightTables {
  readonly slots: Mutable[];
  /** Slot 0 is for epoch 0 only, which is never reused. */
  last: Mutable;
  nextSlot: number;
  readonly fill: FillSums;
}

/** Writes the running sums of the candidates' weights; returns whether all are the same. */
export type FillSums = (cumulative: Float64Array, weight: Float64Array, candidates: Candidates) => boolean;

const SLOTS = 5;
/** Up to here a scan beats bisection: the branch is predicted. */
const SCAN_UP_TO = 16;

/** Tables for a service of `size` endpoints. With a `fill` of its own, the sums are of something else than weights. */
export function createWeightTables(size: number, fill: FillSums = sumWeights): WeightTables {
  const slots = Array.from({ length: SLOTS }, () => emptyTable(size));
  return { slots, last: slots[0]!, nextSlot: 1, fill };
}

/**
 * The table of these candidates. Built when their epoch is new (linear), else looked up (constant). Valid until the
 * next call for another epoch.
 *
 * - `weight`: by endpoint, > 0.
 */
export function weightTableOf(tables: WeightTables, weight: Float64Array, candidates: Candidates): WeightTable {
  const { epoch } = candidates;
  if (epoch !== 0) {
    if (tables.last.epoch === epoch) return tables.last;
    for (let slot = 1; slot < SLOTS; slot++) {
      const table = tables.slots[slot]!;
      if (table.epoch === epoch) {
        tables.last = table;
        return table;
      }
    }
  }
  const slot = epoch === 0 ? 0 : tables.nextSlot;
  const table = tables.slots[slot]!;
  table.equal = tables.fill(table.cumulative, weight, candidates);
  table.epoch = epoch;
  table.count = candidates.count;
  table.total = table.cumulative[candidates.count - 1]!;
  if (slot !== 0) {
    tables.nextSlot = slot + 1 === SLOTS ? 1 : slot + 1;
    tables.last = table;
  }
  return table;
}

/** Position of one candidate, drawn in proportion to its weight. One number of chance. */
export function drawPosition(table: WeightTable, rng: Rng): number {
  if (table.equal) return Math.floor(rng() * table.count);
  return search(table, rng() * table.total);
}

/**
 * Position of a candidate other than `position`, drawn in proportion to its weight.
 * Needs two candidates at least. One number of chance.
 */
export function drawOtherPosition(table: WeightTable, position: number, rng: Rng): number {
  if (table.equal) {
    const other = Math.floor(rng() * (table.count - 1));
    return other < position ? other : other + 1;
  }
  const before = position === 0 ? 0 : table.cumulative[position - 1]!;
  const own = table.cumulative[position]! - before;
  const point = rng() * (table.total - own);
  const found = search(table, point < before ? point : point + own);
  if (found !== position) return found;
  // Rounding put the point on the edge of the entry left out.
  return position + 1 < table.count ? position + 1 : position - 1;
}

/** Share of the candidate at `position` in a single draw, 0..1. */
export function shareAt(table: WeightTable, position: number): number {
  const before = position === 0 ? 0 : table.cumulative[position - 1]!;
  return (table.cumulative[position]! - before) / table.total;
}

/** Position of `endpoint` among the candidates, or -1. Logarithmic: the indices ascend. */
export function positionOf(candidates: Candidates, endpoint: number): number {
  const { index } = candidates;
  let low = 0;
  let high = candidates.count - 1;
  while (low <= high) {
    const middle = (low + high) >> 1;
    const at = index[middle]!;
    if (at === endpoint) return middle;
    if (at < endpoint) low = middle + 1;
    else high = middle - 1;
  }
  return -1;
}

/** Position of the first running sum above `point`; the last one when rounding left none. */
export function search(table: Pick<WeightTable, "count" | "cumulative">, point: number): number {
  const { cumulative } = table;
  const last = table.count - 1;
  if (last < SCAN_UP_TO) {
    let position = 0;
    while (position < last && point >= cumulative[position]!) position++;
    return position;
  }
  let low = 0;
  let high = last;
  while (low < high) {
    const middle = (low + high) >> 1;
    if (point < cumulative[middle]!) high = middle;
    else low = middle + 1;
  }
  return low;
}

function emptyTable(size: number): Mutable {
  return { epoch: 0, count: 0, equal: true, total: 0, cumulative: new Float64Array(size) };
}

function sumWeights(cumulative: Float64Array, weight: Float64Array, { index, count }: Candidates): boolean {
  const first = weight[index[0]!]!;
  let total = 0;
  let equal = true;
  for (let position = 0; position < count; position++) {
    const own = weight[index[position]!]!;
    if (own !== first) equal = false;
    total += own;
    cumulative[position] = total;
  }
  return equal;
}
