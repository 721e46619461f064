/** A service as its monitors see it, merged: the root's verdicts, and beside them what each region measures. */
import type { EndpointDescription, MonitorDescription } from "../../../src/core/monitor/describe.ts";
import { mergedBreaker, mergedHealth } from "../../../src/core/monitor/merged-state.ts";
import type { MinuteRates } from "../../../src/core/monitor/minute.ts";
import type { Region } from "../../../src/core/region.ts";
import type { ServiceProblem } from "./edge-problems.ts";
import type { WholeService } from "./monitors.ts";
import { type BreakerName, breakerName, type HealthName, healthName } from "./names.ts";
import { type OverrideView, overridesOf } from "./override-view.ts";

/** In a list: what one call to the root tells. */
export interface ServiceSummary {
  readonly service: string;
  readonly meshVersion: string;
  readonly endpoints: {
    readonly total: number;
    /** Not taken out by operators; and of those the ones that are well. */
    readonly left: number;
    readonly serving: number;
    /** With a breaker that is not closed. */
    readonly open: number;
  };
  /** Attempts per second over the last minute, in all regions together. */
  readonly rps: number;
  /** Null: there were none. */
  readonly successRatio: number | null;
  readonly regions: readonly Region[];
  readonly overrides: number;
  readonly endpointsRevision: number;
  /** What keeps requests from endpoints that are well. Absent: no isolate of the edge could be asked. */
  readonly problems?: readonly ServiceProblem[];
}

/** - `problems`: undefined when nobody knows. */
export function summaryOf(root: MonitorDescription, problems?: readonly ServiceProblem[]): ServiceSummary {
  const rps = root.heard.reduce((sum, one) => sum + (one.rps ?? 0), 0);
  const failedRps = root.heard.reduce((sum, one) => sum + (one.failedRps ?? 0), 0);
  return {
    service: root.service,
    meshVersion: root.meshVersion,
    endpoints: {
      total: root.endpoints.length,
      ...root.left,
      open: root.endpoints.filter(({ breaker }) => breaker !== 0).length,
    },
    rps,
    successRatio: rps > 0 ? Math.max(0, 1 - failedRps / rps) : null,
    regions: root.heard.map(({ region }) => region),
    overrides: root.overrides.length,
    endpointsRevision: root.endpointsRevision,
    ...(problems !== undefined && { problems }),
  };
}

export interface EndpointView {
  readonly id: string;
  readonly address: string;
  readonly locality: EndpointDescription["locality"];
  readonly priority: number;
  readonly weight: number;
  readonly effectiveWeight: number;
  readonly health: HealthName;
  readonly breaker: BreakerName;
  /** Ids of overrides in force. */
  readonly overrides: readonly string[];
  /** Its registry is about to take it away. */
  readonly leaving: boolean;
  readonly inFlight: number;
  readonly rps: number;
  readonly regions: readonly EndpointInRegion[];
}

export interface EndpointInRegion {
  readonly region: string;
  readonly health: HealthName;
  readonly breaker: BreakerName;
  readonly openForMs: number;
  /** That a request of this region comes here, 0..1. */
  readonly probability: number;
  readonly inFlight: number;
  readonly latencyMs: number;
  readonly failureRatio: number;
  /** What its health checks say there. */
  readonly checks: EndpointDescription["active"]["checks"];
  /** Null: it was never asked there. */
  readonly minute: MinuteRates | null;
}

export interface ServiceView extends Omit<ServiceSummary, "endpoints" | "overrides" | "regions"> {
  readonly atMs: number;
  readonly counts: ServiceSummary["endpoints"];
  readonly endpoints: readonly EndpointView[];
  readonly overrides: readonly OverrideView[];
  readonly regions: readonly RegionView[];
  /** Regions that gave no answer: what is theirs is not in here. */
  readonly missing: readonly Region[];
}

export interface RegionView {
  readonly region: string;
  /** Isolates that reported lately. */
  readonly reporters: number;
  readonly meshVersion: string;
  /** It hears nothing of the other regions. */
  readonly alone: boolean;
  readonly shards: number;
  readonly minute: MinuteRates | null;
}

export function viewOf(whole: WholeService, problems?: readonly ServiceProblem[]): ServiceView {
  const { root, regions, missing } = whole;
  const { endpoints: counts, overrides: _, regions: __, ...summary } = summaryOf(root, problems);
  return {
    ...summary,
    atMs: root.atMs,
    counts,
    endpoints: root.endpoints.map((endpoint) => endpointView(endpoint, regions)),
    overrides: overridesOf(whole),
    regions: regions.map((region) => ({
      region: region.scope,
      reporters: region.reporters,
      meshVersion: region.meshVersion,
      alone: region.root?.alone ?? false,
      shards: region.shards.length,
      minute: region.minute,
    })),
    missing,
  };
}

function endpointView(endpoint: EndpointDescription, regions: readonly MonitorDescription[]): EndpointView {
  const known = regions.flatMap(({ scope, endpoints }) => {
    const own = endpoints.find(({ id }) => id === endpoint.id);
    return own === undefined ? [] : [{ scope, own }];
  });
  const seen = known.map(({ scope, own }) => inRegion(scope, own));
  const codes = { healths: known.map(({ own }) => own.health), breakers: known.map(({ own }) => own.breaker) };
  return {
    id: endpoint.id,
    address: endpoint.address,
    locality: endpoint.locality,
    priority: endpoint.priority,
    weight: endpoint.weight,
    effectiveWeight: endpoint.effectiveWeight,
    health: healthName(mergedHealth(endpoint.health, codes.healths)),
    breaker: breakerName(mergedBreaker(endpoint.breaker, codes.breakers)),
    overrides: endpoint.told.overrides,
    leaving: endpoint.told.leaving,
    inFlight: seen.reduce((sum, one) => sum + one.inFlight, 0),
    rps: seen.reduce((sum, one) => sum + (one.minute?.rps ?? 0), 0),
    regions: seen,
  };
}

function inRegion(region: string, endpoint: EndpointDescription): EndpointInRegion {
  return {
    region,
    health: healthName(endpoint.health),
    breaker: breakerName(endpoint.breaker),
    openForMs: endpoint.openForMs,
    probability: endpoint.probability,
    inFlight: endpoint.inFlight,
    latencyMs: endpoint.passive.latencyMs,
    failureRatio: endpoint.passive.failureRatio,
    checks: endpoint.active.checks,
    minute: endpoint.minute,
  };
}
