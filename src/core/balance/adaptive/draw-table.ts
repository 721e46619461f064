/** Running sums of published probabilities over candidates, made once per snapshot and set of candidates. */

import type { Candidates } from "../policy.ts";
import { createWeightTables, type WeightTable, type WeightTables, weightTableOf } from "../weight-table.ts";
import type { AdaptiveColumns } from "./own-evidence.ts";

/** Mutable. */
export interface DrawTables {
  readonly tables: WeightTables;
  /** Effective probability by endpoint, for the candidates a table is made of. */
  readonly probability: Float64Array;
  epoch: number;
}

export function createDrawTables(size: number): DrawTables {
  return { tables: createWeightTables(size), probability: new Float64Array(size), epoch: -1 };
}

/**
 * The table of these candidates under the snapshot in force. Linear when either is new, else constant.
 *
 * Probabilities have what an operator makes of the weights in them: the object knows what each endpoint can carry. A candidate without probability is there because availability is ignored (panic): it gets its share by weight, which
 * is what panic means; own evidence then thins it.
 */
export function drawTableOf(
  draw: DrawTables,
  own: AdaptiveColumns,
  weight: Float64Array,
  candidates: Candidates,
): WeightTable {
  if (own.epoch !== draw.epoch) {
    // Tables are cached by the candidates' epoch, which a new snapshot does not change.
    for (const slot of draw.tables.slots) slot.epoch = 0;
    draw.tables.last = draw.tables.slots[0]!;
    draw.epoch = own.epoch;
  }
  if (candidates.epoch !== 0 && draw.tables.last.epoch === candidates.epoch) return draw.tables.last;
  const { index, count } = candidates;
  let weights = 0;
  for (let at = 0; at < count; at++) weights += weight[index[at]!]!;
  for (let at = 0; at < count; at++) {
    const e = index[at]!;
    const published = own.probability[e]!;
    draw.probability[e] = published > 0 ? published : weight[e]! / weights;
  }
  return weightTableOf(draw.tables, draw.probability, candidates);
}
