/**
 * A random candidate, in proportion to its weight. Over isolates that see a few requests each this keeps the shares
 * that round robin promises and loses when every isolate starts anew.
 */
import type { PolicyFactory } from "./policy.ts";
import { createWeightTables, drawPosition, positionOf, shareAt, weightTableOf } from "./weight-table.ts";

/** Never throws. Logarithmic in the candidates; constant for equal weights. */
export const weightedPolicy: PolicyFactory = (service) => {
  const tables = createWeightTables(service.endpoints.length);
  return {
    pick(columns, candidates, { rng }) {
      if (candidates.count === 1) return candidates.index[0]!;
      return candidates.index[drawPosition(weightTableOf(tables, columns.weight, candidates), rng)]!;
    },
    explain(columns, candidates, endpoint) {
      const position = positionOf(candidates, endpoint);
      if (position < 0) return { share: 0 };
      return { share: shareAt(weightTableOf(tables, columns.weight, candidates), position) };
    },
  };
};
