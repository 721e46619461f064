/** The mesh as pages show it, made of what the control plane offers: its topology, or the services one by one. */
import type { ServiceProblem } from "../../../../../src/core/service-problem.ts";
import type { EndpointState, Locality, ServiceState, Topology } from "../api/shapes.ts";
import { endpointMood, isBlocked, type Mood, type ServiceHealth, serviceHealth } from "./health.ts";

export interface EndpointLook {
  readonly id: string;
  readonly mood: Mood;
  readonly locality: Locality;
  readonly rps: number;
  /** Of the service's requests that come here now, 0..1. */
  readonly share: number;
  readonly p99Ms: number | null;
}

export interface ServiceLook {
  readonly name: string;
  readonly health: ServiceHealth;
  /** What is wrong, or worth knowing; "" for nothing. */
  readonly why: string;
  readonly rps: number;
  readonly successRatio: number | null;
  /** Of the region with the highest; null where it is not known. */
  readonly p99Ms: number | null;
  readonly p50Ms: number | null;
  readonly endpoints: readonly EndpointLook[];
  /** What keeps requests from endpoints that are well. */
  readonly problems: readonly ServiceProblem[];
}

export interface Flow {
  readonly from: string;
  readonly service: string;
  readonly rps: number;
}

export interface RouteLook {
  readonly name: string;
  readonly services: readonly string[];
}

export interface MeshLook {
  readonly atMs: number;
  readonly services: readonly ServiceLook[];
  readonly regions: readonly { readonly name: string; readonly rps: number }[];
  /** Empty where they are not told. */
  readonly routes: readonly RouteLook[];
  readonly flows: readonly Flow[];
  /** Services that gave no answer. */
  readonly missing: readonly string[];
}

/** - `missing`: names of services that gave no answer; they are listed as unknown. */
export function meshOfServices(states: readonly ServiceState[], missing: readonly string[], nowMs: number): MeshLook {
  const flows = states.flatMap((state) =>
    state.regions.map(({ region, minute }) => ({
      from: region,
      service: state.service,
      rps: minute?.rps ?? 0,
    })),
  );
  return {
    atMs: nowMs,
    services: [...states.map(lookOfService), ...missing.map(unknownService)],
    regions: totalled(flows),
    routes: [],
    flows,
    missing,
  };
}

export function meshOfTopology({ atMs, services, regions, routes, flows }: Topology): MeshLook {
  const missing = services.filter(({ askedMs }) => askedMs === null).map(({ name }) => name);
  return {
    atMs,
    services: services.map((service) => {
      const { name, rps, successRatio, p50Ms, p99Ms, problems = [] } = service;
      if (service.askedMs === null) return unknownService(name);
      const endpoints = service.endpoints.map((endpoint) => ({
        ...endpoint,
        share: isBlocked(endpoint.id, problems) ? 0 : (endpoint.nextShare ?? endpoint.share),
        p99Ms: endpoint.p99Ms ?? null,
        mood: endpointMood(endpoint, problems),
      }));
      const judged = serviceHealth({ rps, successRatio, endpoints, problems });
      return { name, rps, successRatio, p50Ms, p99Ms, endpoints, problems, ...judged };
    }),
    regions: regions.map(({ region, rps }) => ({ name: region, rps })),
    routes,
    flows: joined(flows),
    missing,
  };
}

export function lookOfService(state: ServiceState): ServiceLook {
  const { service: name, rps, successRatio, problems = [] } = state;
  const endpoints = state.endpoints.map((endpoint) => ({
    id: endpoint.id,
    mood: endpointMood(endpoint, problems),
    locality: endpoint.locality,
    rps: endpoint.rps,
    share: shareOf(endpoint, state),
    p99Ms: highest(endpoint.regions.map(({ minute }) => minute?.p99Ms ?? null)),
  }));
  const p50Ms = highest(state.regions.map(({ minute }) => minute?.p50Ms ?? null));
  const p99Ms = highest(state.regions.map(({ minute }) => minute?.p99Ms ?? null));
  const judged = serviceHealth({ rps, successRatio, endpoints, problems });
  return { name, rps, successRatio, p50Ms, p99Ms, endpoints, problems, ...judged };
}

/**
 * Where requests go from now on: the regions' probabilities, each by its traffic. The counts of the last minute say where
 * they went, and are a minute late when it matters.
 */
export function shareOf(endpoint: EndpointState, { regions, problems = [] }: ServiceState): number {
  if (isBlocked(endpoint.id, problems)) return 0;
  const weights = new Map(regions.map(({ region, minute }) => [region, minute?.rps ?? 0]));
  const total = [...weights.values()].reduce((sum, rps) => sum + rps, 0);
  const seen = endpoint.regions;
  if (seen.length === 0) return 0;
  if (total === 0) return seen.reduce((sum, { probability }) => sum + probability, 0) / seen.length;
  return seen.reduce((sum, { region, probability }) => sum + probability * (weights.get(region) ?? 0), 0) / total;
}

function unknownService(name: string): ServiceLook {
  const why = "its object gave no answer; traffic goes on";
  const nothing = { rps: 0, successRatio: null, p50Ms: null, p99Ms: null, endpoints: [], problems: [] };
  return { name, health: "unknown", why, ...nothing };
}

function totalled(flows: readonly Flow[]): readonly { readonly name: string; readonly rps: number }[] {
  const sums = new Map<string, number>();
  for (const { from, rps } of flows) sums.set(from, (sums.get(from) ?? 0) + rps);
  return [...sums].map(([name, rps]) => ({ name, rps }));
}

/** Null where none is known. */
export function highest(values: readonly (number | null)[]): number | null {
  const known = values.filter((value) => value !== null);
  return known.length === 0 ? null : Math.max(...known);
}

/** Flows to the endpoints of a service are one flow to it. */
function joined(flows: readonly Flow[]): readonly Flow[] {
  const sums = new Map<string, Flow>();
  for (const { from, service, rps } of flows) {
    const key = `${from}\n${service}`;
    sums.set(key, { from, service, rps: rps + (sums.get(key)?.rps ?? 0) });
  }
  return [...sums.values()];
}
