/**
 * Rendezvous hashing with weights: every endpoint draws a number from the key, the highest wins. No table, exact weights,
 * and a change moves only the keys it must: those of an endpoint that goes spread over all others by weight, those a
 * weight gains come from all. The right one for the few endpoints most services have; from some hundred on, ring and
 * Maglev are faster.
 *
 * Source: see `heaviest` in affinity.ts.
 */
import { createAffinityPolicy, endpointSeeds, heaviest } from "./affinity.ts";
import type { PolicyFactory } from "./policy.ts";

/** Never throws. Linear in the candidates. */
export const rendezvousPolicy: PolicyFactory = (service) => {
  const seeds = endpointSeeds(service);
  return createAffinityPolicy(service, seeds, {
    tableWeights: null,
    locate: (key, columns, candidates) => heaviest(key, seeds, columns, candidates, null),
  });
};
