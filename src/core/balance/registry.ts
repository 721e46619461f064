/** The balancing policies by name. A new one is a file of its own and a line here. */
import type { PolicyName, Service } from "../mesh.ts";
import { failureRatePolicy } from "./failure-rate.ts";
import type { Policy, PolicyContext, PolicyFactory } from "./policy.ts";
import { randomPolicy } from "./random.ts";
import { responseTimePolicy } from "./response-time.ts";
import { roundRobinPolicy } from "./round-robin.ts";
import { weightedPolicy } from "./weighted.ts";

export const POLICIES: Partial<Record<PolicyName, PolicyFactory>> = {
  random: randomPolicy,
  "round-robin": roundRobinPolicy,
  weighted: weightedPolicy,
  "response-time": responseTimePolicy,
  "failure-rate": failureRatePolicy,
};

/**
 * Makes the service's policy for one isolate.
 *
 * Throws when the name has no policy: a compiled mesh never names one.
 */
export function createPolicy(service: Service, context: PolicyContext): Policy {
  const name = service.loadBalancing.policy;
  const factory: PolicyFactory | undefined = POLICIES[name];
  if (factory === undefined) throw new Error(`service ${service.name}: no balancing policy "${name}"`);
  return factory(service, context);
}
