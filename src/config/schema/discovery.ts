/** Endpoints that are found while the mesh runs: where a service looks for them, and how far it believes what it finds. */
import * as z from "zod";
import { REGISTRATION } from "../../core/mesh-discovery.ts";
import { clustersSchema } from "./discovery-clusters.ts";
import { dnsSourceSchema } from "./discovery-dns.ts";
import { kubernetesSourceSchema } from "./discovery-kubernetes.ts";
import { registrationSchema } from "./discovery-registration.ts";
import { duration } from "./duration.ts";
import { isRecord, withFindings } from "./finding.ts";
import { derived, group, setting, withDefaults } from "./setting.ts";

const damping = z.strictObject(
  withDefaults({
    flaps: setting(
      z.number().min(0).max(100),
      "An endpoint that went away, or became not ready, more often than so many times within about a half-life is kept out until it has been calm; 0 is off.",
      3,
      "a restart or two is a deployment",
    ),
    halfLife: setting(
      duration("1s", "24h"),
      "After so long a flap counts half. An endpoint is back when less than one is left.",
      "1m",
      "a process that crashes as it starts does so several times a minute",
    ),
  }),
);

/** Of services. */
export const serviceDiscoverySchema = z.strictObject({
  ...withDefaults({
    registration: derived(
      registrationSchema,
      "Instances register themselves through the admin API; {} takes all defaults.",
      "they cannot",
    ),
    dns: setting(z.array(dnsSourceSchema).max(16), "Names to look up by DNS over HTTPS.", [], "nothing is looked up"),
    kubernetes: setting(
      z.array(kubernetesSourceSchema).max(16),
      "Services of Kubernetes clusters whose endpoints are watched.",
      [],
      "nothing is watched",
    ),
    minEndpoints: setting(
      z.int().min(1).max(1_000),
      "What sources no longer have, or what expired, stays as long as fewer endpoints than this would be left.",
      1,
      "no source can empty a service",
    ),
    maxRemovalPercent: setting(
      z.number().min(0).max(100),
      "Of the most endpoints that there were within `removalWindow`, at most this percentage goes without having said so itself; the rest stays, and an alarm is raised.",
      50,
      "half of a service that vanishes at once is more likely a fault of the source",
    ),
    removalWindow: setting(
      duration("1s", "24h"),
      "Time in which `maxRemovalPercent` may go.",
      "5m",
      "long enough for people to see the alarm",
    ),
    drain: setting(
      duration("0s", "24h"),
      "What is no longer found, or expired, keeps its sessions but gets nothing new for so long before it is removed.",
      "30s",
      "most requests end within it",
    ),
  }),
  damping: group(damping, "What happens to endpoints that come and go."),
});

withFindings(serviceDiscoverySchema, function* (discovery) {
  const taken = new Map<string, string>();
  for (const kind of ["dns", "kubernetes"]) {
    const sources = isRecord(discovery) && Array.isArray(discovery[kind]) ? discovery[kind] : [];
    for (const [index, source] of sources.entries()) {
      if (!isRecord(source)) continue;
      const name = typeof source.name === "string" ? source.name : `${kind}-${index}`;
      const before = taken.get(name);
      if (before === undefined) taken.set(name, `${kind}[${index}]`);
      else yield { path: [kind, index, "name"], message: `${before} is named ${name} already` };
    }
  }
  if (taken.has(REGISTRATION)) {
    const [kind, place] = taken.get(REGISTRATION)!.replace("]", "").split("[");
    yield { path: [kind!, Number(place), "name"], message: `${REGISTRATION} is what registered instances are called` };
  }
});

const ALLOWED = ["http", "private", "loopback", "self"] as const;

/** Of the mesh. */
export const meshDiscoverySchema = z.strictObject(
  withDefaults({
    clusters: setting(clustersSchema, "Kubernetes clusters by name.", {}, "no cluster is watched"),
    allow: setting(
      z.array(z.enum(ALLOWED)).max(ALLOWED.length),
      "What URLs of found endpoints may have that is not safe by itself: plain http, private addresses, this machine, host names of the mesh itself.",
      [],
      "https to public addresses only",
    ),
  }),
);

export type ServiceDiscoveryConfig = z.output<typeof serviceDiscoverySchema>;
export type MeshDiscoveryConfig = z.output<typeof meshDiscoverySchema>;
