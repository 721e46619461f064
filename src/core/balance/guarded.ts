/**
 * A balancing policy that comes from the user's code, held to what every policy promises: one of the candidates, and no
 * exception. Where it breaks the promise, a candidate is drawn by weight and the fault is told.
 */
import type { Candidates, EndpointColumns, PickInput, Policy } from "./policy.ts";

/** Holds `policy` to its contract. `onFault` is called with what it threw, or with an Error that says what it returned. */
export function guarded(policy: Policy, onFault: (fault: unknown) => void): Policy {
  const attempt = <T>(call: () => T): T | undefined => {
    try {
      return call();
    } catch (fault) {
      onFault(fault);
      return undefined;
    }
  };
  return {
    pick(columns, candidates, input) {
      try {
        const endpoint = policy.pick(columns, candidates, input);
        if (isCandidate(candidates, endpoint)) return endpoint;
        onFault(new Error(`pick returned ${String(endpoint)}, which is no candidate`));
      } catch (fault) {
        onFault(fault);
      }
      return drawByWeight(columns, candidates, input);
    },
    onStart: (endpoint, nowMs) => attempt(() => policy.onStart?.(endpoint, nowMs)),
    onOutcome: (endpoint, outcome) => attempt(() => policy.onOutcome?.(endpoint, outcome)),
    explain: (columns, candidates, endpoint, nowMs) =>
      attempt(() => policy.explain?.(columns, candidates, endpoint, nowMs)) ?? {},
  };
}

/** Linear in the candidates. */
function isCandidate({ index, count }: Candidates, endpoint: unknown): endpoint is number {
  for (let at = 0; at < count; at += 1) if (index[at] === endpoint) return true;
  return false;
}

function drawByWeight({ weight }: EndpointColumns, { index, count }: Candidates, { rng }: PickInput): number {
  let total = 0;
  for (let at = 0; at < count; at += 1) total += weight[index[at]!]!;
  let left = rng() * total;
  for (let at = 0; at < count - 1; at += 1) {
    left -= weight[index[at]!]!;
    if (left < 0) return index[at]!;
  }
  return index[count - 1]!;
}
