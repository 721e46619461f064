import type { Outcome } from "../../../simulation/policies/run.ts";

/** An outcome of a well day, but for what is given. */
export function outcome(given: Partial<Outcome>): Outcome {
  return {
    fleet: "small",
    scenario: "down",
    utilisationPercent: 70,
    policy: "adaptive",
    seed: 1,
    forMs: 1_000,
    requests: 1_000,
    success: 1,
    withinSlo: 1,
    p50Ms: 100,
    p99Ms: 200,
    retriesPerRequest: 0,
    shed: 0,
    ...given,
  };
}
