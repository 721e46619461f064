/**
 * Timeouts, retries and hedges as a config has them: of a service, with what a rule says otherwise. Compiled, they are
 * policies that rules refer to. What most references to a service have is taken for the service's own, so that a new
 * timeout of a service is one change and not one for each of its rules.
 */
import type { Mesh, RequestPolicy } from "../../core/mesh.ts";
import { inWords, type Words } from "./words.ts";

/** By index of the service, the policy that is taken for its own; undefined for a service that nothing refers to. */
export type OwnPolicies = readonly (RequestPolicy | undefined)[];

/**
 * The services' own policies in both meshes.
 *
 * Before: what most references have; a tie goes to the first. After: the same as before while any reference still has it,
 * or none has one that is new, since then rules came and went and the service is as it was; else again what most have.
 */
export function ownPolicies(before: Mesh, after: Mesh): { readonly before: OwnPolicies; readonly after: OwnPolicies } {
  const [counted, countedAfter] = [countPolicies(before), countPolicies(after)];
  const known = new Map(before.services.map(({ name }, index) => [name, index]));
  const texts = before.policies.map((policy) => JSON.stringify(policy));
  const textsAfter = after.policies.map((policy) => JSON.stringify(policy));
  const own = counted.map((counts) => before.policies[mostCounted(counts)]);
  return {
    before: own,
    after: after.services.map(({ name }, index) => {
      const counts = countedAfter[index]!;
      const former = known.get(name);
      const was = former === undefined ? undefined : own[former];
      if (was !== undefined && counts.size > 0) {
        const had = new Set([...counted[former!]!.keys()].map((policy) => texts[policy]));
        const has = [...counts.keys()].map((policy) => textsAfter[policy]);
        if (has.includes(JSON.stringify(was)) || has.every((text) => had.has(text))) return was;
      }
      return after.policies[mostCounted(counts)];
    }),
  };
}

function mostCounted(counts: ReadonlyMap<number, number>): number {
  return [...counts].reduce((best, one) => (one[1] > best[1] ? one : best), [-1, 0])[0];
}

/** For each service, how many references have which policy. */
function countPolicies(mesh: Mesh): readonly ReadonlyMap<number, number>[] {
  const counts: Map<number, number>[] = mesh.services.map(() => new Map());
  const count = (service: number, policy: number) => {
    const of = counts[service];
    if (of !== undefined) of.set(policy, (of.get(policy) ?? 0) + 1);
  };
  for (const { rules } of mesh.routes) {
    for (const { backendRefs } of rules) {
      for (const { service, policy, rollout } of backendRefs) {
        count(service, policy);
        if (rollout !== undefined) count(rollout.canary.service, rollout.canary.policy);
      }
    }
  }
  for (const { fallback } of mesh.services) {
    for (const one of fallback) if (one.type === "service") count(one.service, one.policy);
  }
  return counts;
}

/** A policy in the words of the config. */
export function policyInWords(policy: RequestPolicy | undefined): { readonly [key: string]: Words } {
  if (policy === undefined) return {};
  const { requestTimeoutMs, attemptTimeoutMs, attemptTimeoutMinMs, attemptTimeoutMaxMs, retry, hedge } = policy;
  const { backoffBaseMs: backoffMs, ...others } = retry;
  return {
    timeouts: inWords({
      requestMs: requestTimeoutMs,
      ...(attemptTimeoutMs === 0
        ? { backendRequest: "adaptive", adaptive: { minMs: attemptTimeoutMinMs, maxMs: attemptTimeoutMaxMs } }
        : { backendRequestMs: attemptTimeoutMs }),
    }),
    retry: inWords({ ...others, backoffMs }),
    hedge: hedge === null ? { enabled: false } : inWords({ enabled: true, ...hedge }),
  };
}
