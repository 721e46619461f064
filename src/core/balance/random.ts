/**
 * Any candidate, each as likely as the other; weights are ignored, as in Envoy's RANDOM. Nothing to learn, nothing to
 * herd on. With weights: see weighted.ts.
 */
import type { PolicyFactory } from "./policy.ts";
import { positionOf } from "./weight-table.ts";

/** Never throws. Constant time. */
export const randomPolicy: PolicyFactory = () => ({
  pick: (_columns, candidates, { rng }) => candidates.index[Math.floor(rng() * candidates.count)]!,
  explain: (_columns, candidates, endpoint) => ({
    share: positionOf(candidates, endpoint) < 0 ? 0 : 1 / candidates.count,
  }),
});
