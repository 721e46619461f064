/**
 * By load: utilisation the endpoints tell, else requests in flight (load-cost.ts), compared softly (soft-choice.ts).
 *
 * ORCA's own rule, weight = rate / utilisation, needs each endpoint's rate as the endpoint counts it. An isolate's own
 * rate is no substitute: what it picks rarely would look small and be picked more rarely still.
 */
import { createLoadCost } from "./load-cost.ts";
import type { PolicyFactory } from "./policy.ts";
import { createSoftPolicy } from "./soft-choice.ts";

/** Never throws. Constant time, but linear every 100 ms. Cost in utilisation, or in requests in flight + 1. */
export const loadPolicy: PolicyFactory = (service) => {
  const { prepare, costOf } = createLoadCost(service.endpoints.length);
  return createSoftPolicy({ size: service.endpoints.length, costOf, prepare });
};
