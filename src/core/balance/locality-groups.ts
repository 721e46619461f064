/** The arithmetic of the locality policy: which endpoints belong together, how far they are, what they get. */
import type { Service } from "../mesh.ts";
import type { Region } from "../region.ts";
import type { Candidates } from "./policy.ts";
import { distribute, healthPercent } from "./priority.ts";
import { regionDistance } from "./region-distance.ts";

/** Localities of a service, each within one priority. Columns by group but the first. */
export interface LocalityGroups {
  /** By endpoint: number of its group. */
  readonly groupOf: Uint16Array;
  readonly priority: Int32Array;
  readonly hosts: Uint16Array;
  /** Sum of the configured weights. */
  readonly weight: Float64Array;
  /** By endpoint. */
  readonly configured: Float64Array;
  /** From the isolate, 0..1. */
  readonly distance: Float64Array;
  /** 0 for the nearest; equal distances share a tier. */
  readonly tier: Uint16Array;
  readonly tiers: number;
}

/** Groups endpoints by priority, cloud, region and zone, as seen from `region`. Never throws. */
export function groupLocalities({ endpoints }: Service, region: Region): LocalityGroups {
  const numbers = new Map<string, number>();
  const groupOf = Uint16Array.from(endpoints, ({ priority, locality, near }) => {
    const key = [priority, near, locality.cloud, locality.region, locality.zone].join("\n");
    const group = numbers.get(key) ?? numbers.size;
    numbers.set(key, group);
    return group;
  });
  const size = numbers.size;
  const priority = new Int32Array(size);
  const hosts = new Uint16Array(size);
  const weight = new Float64Array(size);
  const distance = new Float64Array(size);
  endpoints.forEach((endpoint, e) => {
    const group = groupOf[e]!;
    priority[group] = endpoint.priority;
    hosts[group]!++;
    weight[group]! += endpoint.weight;
    distance[group] = regionDistance(region, endpoint.near);
  });
  const distances = [...new Set(distance)].sort((a, b) => a - b);
  const tier = Uint16Array.from(distance, (far) => distances.indexOf(far));
  const configured = Float64Array.from(endpoints, (endpoint) => endpoint.weight);
  return { groupOf, priority, hosts, weight, configured, distance, tier, tiers: distances.length };
}

/**
 * What one unit of weight of an endpoint gets, by group: share of the group over the weight it has among the candidates.
 * Times the endpoints' weights they sum to 1. Where the candidates of a group weigh more or less than configured (an operator's
 * word, slow start), so does the group. Never throws. Linear.
 */
export function localityLoads(
  groups: LocalityGroups,
  weight: Float64Array,
  { index, count }: Candidates,
  overprovisioningPercent: number,
): Float64Array {
  const size = groups.hosts.length;
  const available = new Float64Array(size);
  const present = new Float64Array(size);
  const configured = new Float64Array(size);
  const priorities = new Set<number>();
  for (let position = 0; position < count; position++) {
    const endpoint = index[position]!;
    const group = groups.groupOf[endpoint]!;
    available[group]!++;
    present[group]! += weight[endpoint]!;
    configured[group]! += groups.configured[endpoint]!;
    priorities.add(groups.priority[group]!);
  }

  const tierHosts = new Array<number>(groups.tiers).fill(0);
  const tierAvailable = new Array<number>(groups.tiers).fill(0);
  const tierWeight = new Array<number>(groups.tiers).fill(0);
  const effective = new Float64Array(size);
  for (let group = 0; group < size; group++) {
    if (!priorities.has(groups.priority[group]!)) continue;
    const tier = groups.tier[group]!;
    const multiplier = available[group]! > 0 ? present[group]! / configured[group]! : 1;
    effective[group] = effectiveLocalityWeight(
      groups.weight[group]! * multiplier,
      available[group]!,
      groups.hosts[group]!,
      overprovisioningPercent,
    );
    tierHosts[tier]! += groups.hosts[group]!;
    tierAvailable[tier]! += available[group]!;
    tierWeight[tier]! += effective[group]!;
  }

  const load = tierLoads(tierAvailable, tierHosts, overprovisioningPercent);
  return Float64Array.from(effective, (own, group) => {
    if (own === 0) return 0;
    const tier = groups.tier[group]!;
    return (load[tier]! / 100) * (own / tierWeight[tier]!) * (1 / present[group]!);
  });
}

/** Envoy's effective weight of a locality, times 100: weight × its health in whole percent. Never throws. */
export function effectiveLocalityWeight(
  weight: number,
  available: number,
  hosts: number,
  overprovisioningPercent: number,
): number {
  return weight * healthPercent(available, hosts, overprovisioningPercent);
}

function tierLoads(available: readonly number[], hosts: readonly number[], overprovisioningPercent: number): number[] {
  const health = hosts.map((n, tier) => healthPercent(available[tier]!, n, overprovisioningPercent));
  const total = Math.min(
    100,
    health.reduce((sum, percent) => sum + percent, 0),
  );
  const load = distribute(health, total, 100);
  const given = load.reduce((sum, percent) => sum + percent, 0);
  load[health.findIndex((percent) => percent > 0)]! += 100 - given;
  return load;
}
