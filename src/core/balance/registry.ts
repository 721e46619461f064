/** The balancing policies by name. A new one is a file of its own and a line here. */
import type { PolicyName, Service } from "../mesh.ts";
import { adaptivePolicy } from "./adaptive/adaptive.ts";
import { failureRatePolicy } from "./failure-rate.ts";
import { leastRequestPolicy } from "./least-request.ts";
import { loadPolicy } from "./load.ts";
import { localityPolicy } from "./locality.ts";
import { maglevPolicy } from "./maglev.ts";
import { peakEwmaPolicy } from "./peak-ewma.ts";
import type { Policy, PolicyContext, PolicyFactory } from "./policy.ts";
import { randomPolicy } from "./random.ts";
import { rendezvousPolicy } from "./rendezvous.ts";
import { responseTimePolicy } from "./response-time.ts";
import { ringHashPolicy } from "./ring-hash.ts";
import { roundRobinPolicy } from "./round-robin.ts";
import { scorePolicy } from "./score.ts";
import { weightedPolicy } from "./weighted.ts";

export const POLICIES: Record<PolicyName, PolicyFactory> = {
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
 * Throws when the name has no policy: a compiled mesh never names one.
 */
export function createPolicy(service: Service, context: PolicyContext): Policy {
  const name = service.loadBalancing.policy;
  const factory: PolicyFactory | undefined = POLICIES[name];
  if (factory === undefined) throw new Error(`service ${service.name}: no balancing policy "${name}"`);
  return factory(service, context);
}
