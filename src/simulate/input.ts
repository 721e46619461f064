/** What a game day is made of, and what is assumed where nothing is said. */
import type { Mesh, PolicyName } from "../core/mesh.ts";
import { REGIONS, type Region } from "../core/region.ts";
import type { Contender } from "./contender.ts";
import type { Scenario } from "./scenario.ts";
import type { DailyShape, LoggedRequest } from "./world/arrivals.ts";
import type { OriginSettings } from "./world/origins.ts";
import type { RequestKind } from "./world/request-kind.ts";

export interface GameDayInput {
  /** Compiled, from the user's config. */
  readonly mesh: Mesh;
  readonly scenario: Scenario;
  /** Only traffic to this service. Default: all services that routes lead to. Unknown names throw. */
  readonly service?: string;
  /** Any number; its lower 32 bits count. Default 1. */
  readonly seed?: number;
  /** Requests per second in all, > 0. Default 500. With a log, only for sizing the origins. */
  readonly rps?: number;
  /** Simulated time without the warm-up, ms. Default three minutes. */
  readonly durationMs?: number;
  /** Before anything is measured, ms. Default 10 s. */
  readonly warmUpMs?: number;
  /** Isolates at a time, over all regions; at least one in each. Default one for 2.5 requests per second, at most 1,000. */
  readonly isolates?: number;
  /** Mean of the isolates' exponential lifetimes, ms. Default five minutes. */
  readonly isolateLifeMs?: number;
  /** Shares of the requests by region; only ratios matter. Default REGION_SHARES. */
  readonly regions?: Readonly<Partial<Record<Region, number>>>;
  /** What callers call fast, ms. Default 500. */
  readonly sloMs?: number;
  /** In place of the config's, for all services. */
  readonly policy?: PolicyName;
  /** Share of the origins' time that the traffic is to take before anything goes wrong, 0..1. Default 0.5. */
  readonly utilisation?: number;
  /** By endpoint id. */
  readonly origins?: Readonly<Record<string, OriginSettings>>;
  /** Of messages to and from the state plane that do not arrive, 0..1. Default 0.001. */
  readonly loss?: number;
  /** How the rate changes over a day. Default: it does not. */
  readonly shape?: DailyShape;
  /** What is asked for. Default: made up from the routes. */
  readonly kinds?: readonly RequestKind[];
  /** Requests to replay in place of the made-up ones. The warm-up is taken from its beginning. */
  readonly log?: Iterable<LoggedRequest>;
  /** What routes. Default Heddle. */
  readonly contender?: Contender;
}

/** Where callers are, when nobody says: roughly as the Internet's traffic is. */
export const REGION_SHARES: Readonly<Partial<Record<Region, number>>> = {
  enam: 0.25,
  wnam: 0.2,
  weur: 0.2,
  eeur: 0.1,
  "apac-ne": 0.13,
  "apac-se": 0.12,
};

const RPS_PER_ISOLATE = 2.5;
const MAX_DEFAULT_ISOLATES = 1_000;

/** The input with every default. */
export interface Settings {
  readonly mesh: Mesh;
  readonly scenario: Scenario;
  readonly services: ReadonlySet<number>;
  readonly seed: number;
  readonly rps: number;
  readonly durationMs: number;
  readonly warmUpMs: number;
  readonly isolateLifeMs: number;
  readonly sloMs: number;
  readonly utilisation: number;
  readonly loss: number;
  /** With traffic, in the order of REGIONS; shares add up to 1, isolates are ≥ 1. */
  readonly regions: readonly Region[];
  readonly shares: readonly number[];
  readonly isolates: readonly number[];
}

/** Throws on a service that the mesh lacks, and when no region has a share: the caller has checked its input. */
export function resolve(input: GameDayInput): Settings {
  const { rps = 500, scenario, policy } = input;
  const shareOf = input.regions ?? REGION_SHARES;
  const regions = REGIONS.filter((region) => (shareOf[region] ?? 0) > 0);
  if (regions.length === 0) throw new Error("no region has a share of the requests");
  const total = regions.reduce((sum, region) => sum + shareOf[region]!, 0);
  const shares = regions.map((region) => shareOf[region]! / total);
  const isolates = input.isolates ?? Math.min(MAX_DEFAULT_ISOLATES, rps / RPS_PER_ISOLATE);
  const mesh = policy === undefined ? input.mesh : withPolicy(input.mesh, policy);
  return {
    mesh,
    scenario,
    services: servicesOf(mesh, input.service),
    seed: (input.seed ?? 1) >>> 0,
    rps,
    durationMs: input.durationMs ?? 180_000,
    warmUpMs: input.warmUpMs ?? 10_000,
    isolateLifeMs: input.isolateLifeMs ?? 300_000,
    sloMs: input.sloMs ?? 500,
    utilisation: input.utilisation ?? 0.5,
    loss: input.loss ?? 0.001,
    regions,
    shares,
    isolates: shares.map((share) => Math.max(1, Math.round(isolates * share))),
  };
}

function withPolicy(mesh: Mesh, policy: PolicyName): Mesh {
  const services = mesh.services.map((service) => ({
    ...service,
    loadBalancing: { ...service.loadBalancing, policy },
  }));
  return { ...mesh, services };
}

function servicesOf(mesh: Mesh, name: string | undefined): ReadonlySet<number> {
  if (name !== undefined) {
    const index = mesh.services.findIndex((service) => service.name === name);
    if (index < 0) throw new Error(`the mesh has no service ${JSON.stringify(name)}`);
    return new Set([index]);
  }
  const routed = mesh.routes.flatMap(({ rules }) => rules.flatMap(({ backendRefs }) => backendRefs));
  return new Set(routed.filter(({ service, weight }) => service >= 0 && weight > 0).map(({ service }) => service));
}
