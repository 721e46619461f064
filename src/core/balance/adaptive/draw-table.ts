/** Running sums of published probabilities over candidates, made once per snapshot and set of candidates. */

import type { Service } from "../../mesh.ts";
import type { Candidates } from "../policy.ts";
import { createWeightTables, type WeightTable, type WeightTables, weightTableOf } from "../weight-table.ts";
import type { AdaptiveColumns } from "./own-evidence.ts";

/** Mutable. */
export interface DrawTables {
  readonly tables: WeightTables;
  /** Effective probability by endpoint, for the candidates a table is made of. */
  readonly probability: Float64Array;
  /** What one unit of an endpoint's weight is of its configured weight. */
  readonly perWeight: Float64Array;
  epoch: number;
}

export function createDrawTables({ endpoints }: Pick<Service, "endpoints">): DrawTables {
  const size = endpoints.length;
  const perWeight = Float64Array.from(endpoints, ({ weight }) => 1 / weight);
  return { tables: createWeightTables(size), probability: new Float64Array(size), perWeight, epoch: -1 };
}

/**
 * The table of these candidates under the snapshot in force. Linear when either is new, else constant.
 *
 * Probabilities are the object's word on what an endpoint can carry; a weight other than the configured one is an operator's,
 * and multiplies them. A candidate without probability is there because availability is ignored (panic): it gets its share by weight, which
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
    draw.probability[e] = published > 0 ? published * weight[e]! * draw.perWeight[e]! : weight[e]! / weights;
  }
  return weightTableOf(draw.tables, draw.probability, candidates);
}
