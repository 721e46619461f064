/**
 * Any candidate, each as likely as the other; configured weights are ignored, as in Envoy's RANDOM. What is made of them at
 * run time is not: slow start, and an operator who gives an endpoint half or twice of what it had. Nothing to learn,
 * nothing to herd on. With weights: see weighted.ts.
 */
import type { PolicyFactory } from "./policy.ts";
import { createWeightTables, drawPosition, positionOf, shareAt, weightTableOf } from "./weight-table.ts";

/** Never throws. Constant time; logarithmic while some weights are not as configured. */
export const randomPolicy: PolicyFactory = ({ endpoints }) => {
  const tables = createWeightTables(endpoints.length, (cumulative, weight, { index, count }) => {
    let total = 0;
    let equal = true;
    let first = 0;
    for (let position = 0; position < count; position++) {
      const endpoint = index[position]!;
      const factor = weight[endpoint]! / endpoints[endpoint]!.weight;
      if (position === 0) first = factor;
      else if (factor !== first) equal = false;
      total += factor;
      cumulative[position] = total;
    }
    return equal;
  });
  return {
    pick: ({ weight }, candidates, { rng }) =>
      candidates.index[drawPosition(weightTableOf(tables, weight, candidates), rng)]!,
    explain({ weight }, candidates, endpoint) {
      const position = positionOf(candidates, endpoint);
      return { share: position < 0 ? 0 : shareAt(weightTableOf(tables, weight, candidates), position) };
    },
  };
};
