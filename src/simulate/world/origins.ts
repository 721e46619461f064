/**
 * How big and how fast the origins are. Where the user does not say, they are sized so that each priority of a service could
 * carry all of its traffic at the wanted utilisation.
 */
import type { Endpoint, Service } from "../../core/mesh.ts";
import type { Region } from "../../core/region.ts";
import { samplerOf } from "../engine/distributions.ts";
import { roundTripMs } from "./distances.ts";
import type { StationSettings } from "./station.ts";

/** What may be said of an endpoint; what is left out has the default. */
export interface OriginSettings {
  /** Requests served at once, ≥ 1. Default: from the traffic and the utilisation. */
  readonly servers?: number;
  /** Time to serve one, ms, > 0. Default about 40, adjusted so that the utilisation is exact. */
  readonly meanServiceMs?: number;
  /** Standard deviation of that / mean. Default 1; 0 is deterministic. */
  readonly cv?: number;
  readonly distribution?: "lognormal" | "exponential";
  /** Requests that may wait; more are answered 503. Default 75 a server. */
  readonly queueLimit?: number;
  /** Round trip from an edge region, ms; the rest by distance. */
  readonly rttMs?: Readonly<Partial<Record<Region, number>>>;
}

const MEAN_SERVICE_MS = 40;
const CV = 1;
/** Three seconds of work at 40 ms each: longer than callers wait. */
const QUEUE_PER_SERVER = 75;

export interface Demand {
  /** Requests per second that reach the service. */
  readonly rps: number;
  /** 0..1 of the servers' time that they are to take. */
  readonly utilisation: number;
}

/** The station of one endpoint. */
export function originOf(
  service: Service,
  endpoint: Endpoint,
  regions: readonly Region[],
  demand: Demand,
  given: OriginSettings,
): Omit<StationSettings, "index" | "onServed"> {
  const { servers, meanServiceMs } = sizeOf(service, endpoint, demand, given);
  const { cv = CV, distribution = "lognormal", queueLimit = QUEUE_PER_SERVER * servers, rttMs = {} } = given;
  return {
    id: endpoint.id,
    service: service.name,
    cloud: endpoint.locality.cloud,
    region: endpoint.locality.region,
    meanServiceMs,
    sampler: samplerOf(distribution === "exponential" ? { type: "exponential" } : { type: "lognormal", cv }),
    servers,
    queueLimit,
    rttMs: Float64Array.from(regions, (region) => rttMs[region] ?? roundTripMs(region, endpoint.near)),
  };
}

/** Whole servers, and the service time that makes up for the rounding. */
function sizeOf(
  service: Service,
  endpoint: Endpoint,
  { rps, utilisation }: Demand,
  given: OriginSettings,
): { readonly servers: number; readonly meanServiceMs: number } {
  const peers = service.endpoints.filter(({ priority }) => priority === endpoint.priority);
  const share = endpoint.weight / peers.reduce((sum, { weight }) => sum + weight, 0);
  const perMs = (rps * share) / 1_000 / utilisation;
  const wanted = perMs * (given.meanServiceMs ?? MEAN_SERVICE_MS);
  const servers = given.servers ?? Math.max(1, Math.round(wanted));
  return { servers, meanServiceMs: given.meanServiceMs ?? (perMs > 0 ? servers / perMs : MEAN_SERVICE_MS) };
}
