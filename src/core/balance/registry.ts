/** The balancing policies by name. A new one is a file of its own and a line here. */
import type { PolicyName, Service } from "../mesh.ts";
import { adaptivePolicy } from "./adaptive/adaptive.ts";
import { failureRatePolicy } from "./failure-rate.ts";
import { guarded } from "./guarded.ts";
import { leastRequestPolicy } from "./least-request.ts";
import { loadPolicy } from "./load.ts";
import { localityPolicy } from "./locality.ts";
import { maglevPolicy } from "./maglev.ts";
import { peakEwmaPolicy } from "./peak-ewma.ts";
import type { CustomPolicies, Policy, PolicyContext, PolicyFactory } from "./policy.ts";
import { randomPolicy } from "./random.ts";
import { rendezvousPolicy } from "./rendezvous.ts";
import { responseTimePolicy } from "./response-time.ts";
import { ringHashPolicy } from "./ring-hash.ts";
import { roundRobinPolicy } from "./round-robin.ts";
import { scorePolicy } from "./score.ts";
import { weightedPolicy } from "./weighted.ts";

export const POLICIES: Record<Exclude<PolicyName, "extension">, PolicyFactory> = {
  adaptive: adaptivePolicy,
  random: randomPolicy,
  "round-robin": roundRobinPolicy,
  weighted: weightedPolicy,
  "least-request": leastRequestPolicy,
  "peak-ewma": peakEwmaPolicy,
  "response-time": responseTimePolicy,
  load: loadPolicy,
  "failure-rate": failureRatePolicy,
  score: scorePolicy,
  "ring-hash": ringHashPolicy,
  maglev: maglevPolicy,
  rendezvous: rendezvousPolicy,
  locality: localityPolicy,
};

/**
 * Makes the service's policy for one isolate.
 *
 * - `custom`: those that are registered in code. Default none.
 *
 * Throws when the name has no policy, which among the built-in ones a compiled mesh never names, and what a policy from
 * code throws when it is made.
 */
export function createPolicy(service: Service, context: PolicyContext, custom?: CustomPolicies): Policy {
  const { policy, extension } = service.loadBalancing;
  if (policy === "extension") {
    const name = extension?.name ?? "";
    const factory = custom?.byName.get(name);
    if (factory === undefined) throw new Error(`service ${service.name}: no balancing policy "${name}" is registered`);
    const made = factory(service, { ...context, settings: extension?.settings });
    return guarded(made, (fault) => custom?.onFault(name, fault));
  }
  const factory: PolicyFactory | undefined = POLICIES[policy];
  if (factory === undefined) throw new Error(`service ${service.name}: no balancing policy "${policy}"`);
  return factory(service, context);
}
