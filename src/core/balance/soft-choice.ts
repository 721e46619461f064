/**
 * Draws two candidates by weight and moves from the first to the second with probability (a - b) / (a + b), a and b being
 * their costs, when the second is cheaper.
 *
 * Why not the cheapest, or the cheaper of two: all isolates read the same snapshot, up to a second old. Going to the
 * apparent best sends everybody there; with two or three endpoints, "the cheaper of two" is the same thing. Here
 * - two endpoints get shares in inverse proportion to their costs, with equal weights;
 * - of M equal endpoints none gets more than 2/M, however cheap it looks: the gain of the loop is bounded;
 * - equal costs leave exactly the weights, and a small difference makes a small change, never a jump.
 *
 * Source: Mitzenmacher, "How Useful Is Old Information?", IEEE TPDS 11(1), 2000, for two choices under stale loads; the
 * softening is our own.
 */
import type { Rng } from "../rng.ts";
import type { Candidates, EndpointColumns, Policy, PolicyView } from "./policy.ts";
import {
  createWeightTables,
  drawOtherPosition,
  drawPosition,
  positionOf,
  shareAt,
  type WeightTable,
  weightTableOf,
} from "./weight-table.ts";

/** Cost of an endpoint, > 0, lower is better. `averageWeight` is that of the candidates. */
export type CostOf = (columns: EndpointColumns, endpoint: number, averageWeight: number) => number;

/**
 * A policy that chooses softly by cost.
 *
 * - `size`: endpoints of the service.
 * - `costOf`: called at most twice per pick.
 * - `prepare`: called before the costs of a pick are asked, for what depends on all candidates.
 *
 * Never throws. Constant time for equal weights, else logarithmic, apart from `prepare`.
 */
export function createSoftPolicy(
  size: number,
  costOf: CostOf,
  prepare?: (columns: EndpointColumns, candidates: Candidates, nowMs: number) => void,
): Policy {
  const tables = createWeightTables(size);
  return {
    pick(columns, candidates, { nowMs, rng }) {
      const { index, count } = candidates;
      if (count === 1) return index[0]!;
      prepare?.(columns, candidates, nowMs);
      const table = weightTableOf(tables, columns.weight, candidates);
      const position = drawPosition(table, rng);
      const first = index[position]!;
      const second = index[drawOtherPosition(table, position, rng)]!;
      const average = table.total / count;
      return choose(first, second, costOf(columns, first, average), costOf(columns, second, average), rng);
    },
    explain(columns, candidates, endpoint, nowMs) {
      prepare?.(columns, candidates, nowMs);
      return explainSoft(weightTableOf(tables, columns.weight, candidates), columns, candidates, endpoint, costOf);
    },
  };
}

function choose(first: number, second: number, firstCost: number, secondCost: number, rng: Rng): number {
  if (secondCost >= firstCost) return first;
  return rng() < moveProbability(firstCost, secondCost) ? second : first;
}

function moveProbability(from: number, to: number): number {
  return to < from ? (from - to) / (from + to) : 0;
}

/** Cost and share of one endpoint; linear in the candidates. */
function explainSoft(
  table: WeightTable,
  columns: EndpointColumns,
  candidates: Candidates,
  endpoint: number,
  costOf: CostOf,
): PolicyView {
  const average = table.total / candidates.count;
  const cost = costOf(columns, endpoint, average);
  const position = positionOf(candidates, endpoint);
  if (position < 0) return { cost, share: 0 };
  if (candidates.count === 1) return { cost, share: 1 };
  const own = shareAt(table, position);
  let share = 0;
  for (let other = 0; other < candidates.count; other++) {
    if (other === position) continue;
    const theirs = shareAt(table, other);
    const theirCost = costOf(columns, candidates.index[other]!, average);
    share += (own * theirs * (1 - moveProbability(cost, theirCost))) / (1 - own);
    share += (theirs * own * moveProbability(theirCost, cost)) / (1 - theirs);
  }
  return { cost, share };
}
