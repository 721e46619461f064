/** Discovery as the registry of a service runs it. */
import type { MeshDiscovery, Registration, ServiceDiscovery } from "../../core/mesh-discovery.ts";
import { durationMs } from "../duration.ts";
import type { MeshDiscoveryConfig, ServiceDiscoveryConfig } from "../schema/discovery.ts";
import type { ServiceConfig } from "../schema/mesh.ts";

/**
 * Where a service finds endpoints; undefined when it finds none. Its subsets are told by it, so they have none of their own.
 *
 * - `nameOf`: the name that a subset has as a service.
 */
export function compileDiscovery(
  { discovery, subsets }: ServiceConfig,
  nameOf: (subset: string) => string,
): ServiceDiscovery | undefined {
  if (discovery === undefined) return undefined;
  const { registration, dns, kubernetes, minEndpoints, maxRemovalPercent, removalWindow, drain, damping } = discovery;
  return {
    registration: registration === undefined ? null : compileRegistration(registration),
    dns: dns.map(({ url, minTtl, maxTtl, ...same }) => ({
      ...same,
      url: url ?? "https://{target}:{port}",
      minTtlMs: durationMs(minTtl),
      maxTtlMs: durationMs(maxTtl),
    })),
    kubernetes: kubernetes.map(({ port, ...same }) => ({ ...same, port: port ?? null })),
    minEndpoints,
    maxRemovalPercent,
    removalWindowMs: durationMs(removalWindow),
    drainMs: durationMs(drain),
    damping: { flaps: damping.flaps, halfLifeMs: durationMs(damping.halfLife) },
    subsets: Object.entries(subsets).map(([subset, { labels }]) => ({ service: nameOf(subset), labels })),
  };
}

function compileRegistration(config: NonNullable<ServiceDiscoveryConfig["registration"]>): Registration {
  const { ttl, minTtl, maxTtl, priority, challenge } = config;
  return {
    ttlMs: durationMs(ttl),
    minTtlMs: durationMs(minTtl),
    maxTtlMs: durationMs(maxTtl),
    priority,
    challenge:
      challenge === undefined
        ? null
        : { path: challenge.path, answer: challenge.answer, timeoutMs: durationMs(challenge.timeout) },
  };
}

/** What all services' sources share. */
export function compileMeshDiscovery({ clusters, allow }: MeshDiscoveryConfig): MeshDiscovery {
  return { clusters: Object.entries(clusters).map(([name, cluster]) => ({ name, ...cluster })), allow };
}
