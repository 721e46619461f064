/**
 * Draws two candidates by weight and moves from the first to the second, when that is cheaper, with a probability that
 * grows with the difference:
 *
 *     max( (1 − 1/M) × (a − b) / (a + b),  f(a) − f(b) )        a, b costs; f failure ratios; M candidates
 *
 * Why not the cheapest, or simply the cheaper of two: all isolates read the same snapshot, up to a second old. Going to the
 * apparent best sends everybody there, and with two or three endpoints "the cheaper of two" is the same thing. Here
 * - no endpoint gets more than two draws with replacement would give it, (2M − 1)/M²: 3/4 of two, 5/9 of three, 2/M of
 *   many. (1 − 1/M is the chance that two such draws differ.) That bounds how far the loop swings;
 * - equal costs leave exactly the weights, and a small difference makes a small change, never a jump;
 * - failures are not bounded that way: load does not follow from them, and two endpoints are no reason to give a dead one
 *   a quarter.
 *
 * Source: Mitzenmacher, "How Useful Is Old Information?", IEEE TPDS 11(1), 2000, for two choices under stale loads; the
 * softening is our own.
 */
import { WORST_RATIO } from "./failure-cost.ts";
import type { Candidates, EndpointColumns, Policy } from "./policy.ts";
import {
  createWeightTables,
  drawOtherPosition,
  drawPosition,
  positionOf,
  shareAt,
  weightTableOf,
} from "./weight-table.ts";

export interface SoftRules {
  /** Endpoints of the service. */
  readonly size: number;
  /** Cost of an endpoint, > 0, lower is better; `averageWeight` is that of the candidates. Called twice per pick. */
  readonly costOf: (columns: EndpointColumns, endpoint: number, averageWeight: number) => number;
  /** Called before the costs of a pick are asked, for what depends on all candidates. */
  readonly prepare?: (columns: EndpointColumns, candidates: Candidates, nowMs: number) => void;
  /** How much of the cost follows from load and can therefore swing, 0..1. Default 1; 0 lifts the bound. */
  readonly dynamic?: number;
}

/**
 * A policy that chooses softly by cost.
 *
 * Never throws. Constant time for equal weights, else logarithmic, apart from `prepare`. `explain` is linear.
 */
export function createSoftPolicy({ size, costOf, prepare, dynamic = 1 }: SoftRules): Policy {
  const tables = createWeightTables(size);

  function moveProbability(columns: EndpointColumns, from: number, to: number, average: number, count: number): number {
    const a = costOf(columns, from, average);
    const b = costOf(columns, to, average);
    const byCost = b < a ? ((1 - dynamic / count) * (a - b)) / (a + b) : 0;
    const byFailure = ratioOf(columns, from) - ratioOf(columns, to);
    return Math.max(byFailure, byCost);
  }

  return {
    pick(columns, candidates, { nowMs, rng }) {
      const { index, count } = candidates;
      if (count === 1) return index[0]!;
      prepare?.(columns, candidates, nowMs);
      const table = weightTableOf(tables, columns.weight, candidates);
      const position = drawPosition(table, rng);
      const first = index[position]!;
      const second = index[drawOtherPosition(table, position, rng)]!;
      const move = moveProbability(columns, first, second, table.total / count, count);
      return move > 0 && rng() < move ? second : first;
    },
    explain(columns, candidates, endpoint, nowMs) {
      prepare?.(columns, candidates, nowMs);
      const { index, count } = candidates;
      const table = weightTableOf(tables, columns.weight, candidates);
      const average = table.total / count;
      const cost = costOf(columns, endpoint, average);
      const position = positionOf(candidates, endpoint);
      if (position < 0) return { cost, share: 0 };
      if (count === 1) return { cost, share: 1 };
      const own = shareAt(table, position);
      let share = 0;
      for (let at = 0; at < count; at++) {
        if (at === position) continue;
        const other = index[at]!;
        const theirs = shareAt(table, at);
        share += (own * theirs * (1 - moveProbability(columns, endpoint, other, average, count))) / (1 - own);
        share += (theirs * own * moveProbability(columns, other, endpoint, average, count)) / (1 - theirs);
      }
      return { cost, share };
    },
  };
}

/** Failure ratio, 0 when unknown; bounded, so that a recovered endpoint is still seen now and then. */
function ratioOf(columns: EndpointColumns, endpoint: number): number {
  const ratio = columns.failureRatio[endpoint]!;
  return ratio > 0 ? Math.min(ratio, WORST_RATIO) : 0;
}
