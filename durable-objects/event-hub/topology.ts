/** Where the traffic goes, as one picture: callers' regions, routes, services, endpoints. Reads of what the survey knows. */
import type { MeshOutline, RouteOutline } from "../../src/core/mesh-outline.ts";
import type { EndpointDescription, MonitorDescription } from "../../src/core/monitor/describe.ts";
import { mergedBreaker, mergedHealth } from "../../src/core/monitor/merged-state.ts";
import type { Region } from "../../src/core/region.ts";
import type { ServiceProblem } from "../../src/core/service-problem.ts";
import { type BreakerName, breakerName, type HealthName, healthName } from "../../src/telemetry/events/names.ts";
import type { Surveyed } from "./survey.ts";

/**
 * - `healthy`: every endpoint that no operator took out serves.
 * - `degraded`: some do not, a breaker is not closed, or some get no requests for want of a secret or a binding.
 * - `down`: none serves, or none gets requests.
 * - `unknown`: its monitors gave no answer yet.
 */
export type ServiceHealth = "healthy" | "degraded" | "down" | "unknown";

export interface Topology {
  readonly atMs: number;
  readonly regions: readonly TopologyRegion[];
  readonly routes: readonly RouteOutline[];
  readonly services: readonly TopologyService[];
  readonly flows: readonly Flow[];
}

export interface TopologyRegion {
  readonly region: Region;
  /** Attempts per second over the last minute. */
  readonly rps: number;
  /** Isolates that reported lately, of the service that most of them report for. */
  readonly reporters: number;
}

export interface TopologyService {
  readonly name: string;
  readonly health: ServiceHealth;
  readonly rps: number;
  /** Null: there was no traffic. */
  readonly successRatio: number | null;
  /** Of the worst region; null where isolates keep no sketches, or there was no traffic. */
  readonly p50Ms: number | null;
  readonly p99Ms: number | null;
  readonly overrides: number;
  /** Of what is shown; null: never. */
  readonly askedMs: number | null;
  /** Monitors that gave no answer: what is theirs is old, or not in here. */
  readonly missing: readonly string[];
  /** What keeps requests from endpoints that are well. Absent: no isolate of the edge could be asked. */
  readonly problems?: readonly ServiceProblem[];
  readonly endpoints: readonly TopologyEndpoint[];
}

export interface TopologyEndpoint {
  readonly id: string;
  readonly locality: EndpointDescription["locality"];
  readonly priority: number;
  readonly health: HealthName;
  readonly breaker: BreakerName;
  readonly rps: number;
  /** Of the service's attempts of the last minute, 0..1. */
  readonly share: number;
  /** Of its requests from now on, 0..1: the regions' probabilities, each by its traffic. */
  readonly nextShare: number;
  readonly successRatio: number | null;
  readonly p50Ms: number | null;
  readonly p99Ms: number | null;
  readonly inFlight: number;
  /** An operator's override is in force. */
  readonly isTold: boolean;
}

/** A line of the picture: from the callers of a region to an endpoint. */
export interface Flow {
  readonly from: Region;
  readonly service: string;
  readonly endpoint: string;
  readonly rps: number;
  readonly successRatio: number | null;
}

/** Whose services may be seen; null: all of them. */
export type Visible = ReadonlySet<string> | null;

/**
 * Linear in endpoints × regions of the services that are visible.
 *
 * - `problems`: of a service; undefined when nobody knows.
 */
export function topologyOf(
  outline: MeshOutline,
  surveyed: (service: string) => Surveyed | undefined,
  problems: (service: string) => readonly ServiceProblem[] | undefined,
  visible: Visible,
  nowMs: number,
): Topology {
  const all = outline.services.map(({ name }) => name);
  const names = all.filter((name) => visible === null || visible.has(name)).sort();
  const known = names.flatMap((name) => surveyed(name) ?? []);
  const shown = new Set(names);
  return {
    atMs: nowMs,
    regions: regionsOf(known),
    routes: outline.routes
      .map(({ name, services }) => ({ name, services: services.filter((one) => shown.has(one)) }))
      .filter(({ services }) => services.length > 0 || visible === null),
    services: names.map((name) => serviceOf(name, surveyed(name), problems(name))),
    flows: names.flatMap((name) => flowsOf(name, surveyed(name))),
  };
}

function regionsOf(known: readonly Surveyed[]): readonly TopologyRegion[] {
  const byRegion = new Map<Region, { rps: number; reporters: number }>();
  for (const { regions } of known) {
    for (const [region, { minute, reporters }] of regions) {
      const sum = byRegion.get(region) ?? { rps: 0, reporters: 0 };
      byRegion.set(region, {
        rps: sum.rps + (minute?.rps ?? 0),
        reporters: Math.max(sum.reporters, reporters),
      });
    }
  }
  return [...byRegion].map(([region, sums]) => ({ region, ...sums }));
}

/** One service of the picture; `unknown` with nothing else for one that was never asked. */
export function serviceOf(
  name: string,
  surveyed: Surveyed | undefined,
  problems?: readonly ServiceProblem[],
): TopologyService {
  const root = surveyed?.root ?? null;
  const regions = [...(surveyed?.regions.values() ?? [])];
  const total = ratesOf(regions.map(({ minute }) => minute));
  const endpoints = root?.endpoints.map((endpoint) => endpointOf(endpoint, regions, total.rps)) ?? [];
  return {
    name,
    health: healthOf(root, endpoints, problems ?? []),
    ...total,
    overrides: root?.overrides.length ?? 0,
    askedMs: surveyed === undefined || root === null ? null : surveyed.askedMs,
    missing: [...(surveyed?.away ?? [])],
    ...(problems !== undefined && { problems }),
    endpoints,
  };
}

function healthOf(
  root: MonitorDescription | null,
  endpoints: readonly TopologyEndpoint[],
  problems: readonly ServiceProblem[],
): ServiceHealth {
  if (root === null) return "unknown";
  const { left } = root;
  const untold = endpoints.filter((_, e) => root.endpoints[e]!.told.health === null);
  const isOut = untold.length > 0 && untold.length === endpoints.length && untold.every(isOpen);
  if (left.serving === 0 || isOut || problems.some(({ all }) => all)) return "down";
  const isSuspect = untold.some(({ breaker }) => breaker !== "closed");
  return left.serving < left.left || isSuspect || problems.length > 0 ? "degraded" : "healthy";
}

function isOpen({ breaker }: TopologyEndpoint): boolean {
  return breaker === "open";
}

function endpointOf(
  endpoint: EndpointDescription,
  regions: readonly MonitorDescription[],
  serviceRps: number,
): TopologyEndpoint {
  const seen = regions.flatMap(({ endpoints }) => endpoints.find(({ id }) => id === endpoint.id) ?? []);
  const rates = ratesOf(seen.map(({ minute }) => minute));
  const healths = seen.map(({ health }) => health);
  const breakers = seen.map(({ breaker }) => breaker);
  return {
    id: endpoint.id,
    locality: endpoint.locality,
    priority: endpoint.priority,
    health: healthName(mergedHealth(endpoint.health, healths)),
    breaker: breakerName(mergedBreaker(endpoint.breaker, breakers)),
    ...rates,
    share: serviceRps > 0 ? rates.rps / serviceRps : 0,
    nextShare: nextShareOf(endpoint.id, regions),
    inFlight: seen.reduce((sum, { inFlight }) => sum + inFlight, 0),
    isTold: endpoint.told.overrides.length > 0,
  };
}

/** Without traffic every region counts the same. */
function nextShareOf(id: string, regions: readonly MonitorDescription[]): number {
  const rps = regions.reduce((sum, { minute }) => sum + (minute?.rps ?? 0), 0);
  const weightOf = ({ minute }: MonitorDescription) => (rps > 0 ? (minute?.rps ?? 0) / rps : 1 / regions.length);
  const probabilityIn = ({ endpoints }: MonitorDescription) => endpoints.find((one) => one.id === id)?.probability ?? 0;
  return regions.reduce((sum, region) => sum + weightOf(region) * probabilityIn(region), 0);
}

function flowsOf(service: string, surveyed: Surveyed | undefined): readonly Flow[] {
  return [...(surveyed?.regions ?? [])].flatMap(([from, { endpoints }]) =>
    endpoints.flatMap(({ id, minute }) =>
      minute === null || minute.rps === 0
        ? []
        : [{ from, service, endpoint: id, rps: minute.rps, successRatio: minute.successRatio }],
    ),
  );
}

type Minute = MonitorDescription["minute"];

/** Together: rates add up, of latencies the highest counts. */
function ratesOf(minutes: readonly Minute[]) {
  let [rps, good] = [0, 0];
  let p50Ms: number | null = null;
  let p99Ms: number | null = null;
  for (const minute of minutes) {
    if (minute === null || minute.successRatio === null) continue;
    rps += minute.rps;
    good += minute.rps * minute.successRatio;
    if (minute.p50Ms !== null) p50Ms = Math.max(p50Ms ?? 0, minute.p50Ms);
    if (minute.p99Ms !== null) p99Ms = Math.max(p99Ms ?? 0, minute.p99Ms);
  }
  return { rps, successRatio: rps > 0 ? good / rps : null, p50Ms, p99Ms };
}
