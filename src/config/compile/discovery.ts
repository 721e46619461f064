/** Discovery as the registry of a service runs it. */
import type {
  ClusterSettings,
  DnsSource,
  MeshDiscovery,
  Registration,
  ServiceDiscovery,
} from "../../core/mesh-discovery.ts";
import { durationMs } from "../duration.ts";
import type { MeshDiscoveryConfig, ServiceDiscoveryConfig } from "../schema/discovery.ts";
import type { DnsSourceConfig } from "../schema/discovery-dns.ts";
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
    dns: dns.map(compileDns),
    kubernetes: kubernetes.map(({ name, ...same }, index) => ({ name: name ?? `kubernetes-${index}`, ...same })),
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

function compileDns(config: DnsSourceConfig, index: number): DnsSource {
  const { name, type, url, minTtl, maxTtl, timeout, locality, ...same } = config;
  const kind = type ?? (config.hostname.startsWith("_") ? "SRV" : "address");
  return {
    ...same,
    ...locality,
    name: name ?? `dns-${index}`,
    type: kind,
    url: url ?? (kind === "SRV" ? "https://{target}:{port}" : "https://{address}"),
    minTtlMs: durationMs(minTtl),
    maxTtlMs: durationMs(maxTtl),
    timeoutMs: durationMs(timeout),
  };
}

/** What all services' sources share. `hostnames`: all that listeners and routes name. */
export function compileMeshDiscovery(config: MeshDiscoveryConfig, hostnames: readonly string[]): MeshDiscovery {
  const clusters = Object.entries(config.clusters).map(([name, cluster]): ClusterSettings => {
    const { apiServer, tokenSecret, watch, timeout, ...same } = cluster;
    return {
      name,
      ...same,
      apiServer: apiServer.replace(/\/+$/, ""),
      tokenSecret: tokenSecret ?? `CLUSTER_TOKEN_${name.toUpperCase().replace(/[^A-Z0-9]/g, "_")}`,
      watchMs: durationMs(watch),
      answerMs: durationMs(timeout),
    };
  });
  const self = [...new Set(hostnames.filter((name) => name !== "*"))].sort();
  return { clusters, allow: config.allow, self };
}
