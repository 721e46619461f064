/** How the registry of a service tells clusters what it takes from them. */
import type { ClusterSettings, KubernetesSource } from "../../src/discovery/kubernetes/settings.ts";
import type { EndpointUrlPolicy } from "../../src/security/endpoint-url.ts";
import { within } from "../service-monitor/within.ts";
import type { FollowRequest } from "./follow.ts";

/** A cluster has so long to answer. */
const ANSWER_MS = 5_000;

export interface Clusters {
  getByName(name: string): { follow(request: FollowRequest): Promise<{ readonly ok: boolean }> };
}

/** What a service takes, as its mesh has it. */
export interface Following {
  readonly service: string;
  readonly sources: readonly KubernetesSource[];
  readonly clusters: readonly ClusterSettings[];
  readonly policy: EndpointUrlPolicy;
  /** Of the mesh. */
  readonly compiledAtMs: number;
}

export interface Followed {
  /** Names of the clusters that are followed now, for the next call. */
  readonly followed: readonly string[];
  /** Whether every one has heard it; otherwise it has to be said again soon. */
  readonly isHeard: boolean;
}

/**
 * Tells every cluster of a service's sources, and those that are no longer among them that it has left. To be repeated well
 * within the 15 minutes of a lease. Never rejects; takes 5 s at most.
 *
 * - `before`: what the last call has given as `followed`.
 */
export async function followClusters(
  namespace: Clusters,
  { service, sources, clusters, policy, compiledAtMs }: Following,
  before: readonly string[],
): Promise<Followed> {
  const self = [...(policy.self ?? [])];
  const calls = clusters
    .map((cluster) => ({ cluster, own: sources.filter((source) => source.cluster === cluster.name) }))
    .filter(({ cluster, own }) => own.length > 0 || before.includes(cluster.name));
  const heard = await Promise.all(
    calls.map(async ({ cluster, own }) => {
      const request = { service, cluster, sources: own, policy: { allow: policy.allow, self }, compiledAtMs };
      try {
        return (await within(Promise.resolve(namespace.getByName(cluster.name).follow(request)), ANSWER_MS)).ok;
      } catch {
        return false;
      }
    }),
  );
  // One that was left but has not heard it is told again.
  const followed = calls.filter(({ own }, index) => own.length > 0 || !heard[index]).map(({ cluster }) => cluster.name);
  return { followed, isHeard: heard.every((one) => one) };
}
