/** Everything an object knows of its service, source by source, for `explain`, state dumps and dashboards. A read. */
import type { CheckState, Verdict } from "../health/active-check.ts";
import type { Breaker } from "../health/breaker.ts";
import { describeAnomaly, type EndpointAnomaly, projectRegion, type RegionView } from "../health/coordinator.ts";
import type { QuorumVerdict } from "../health/verdicts.ts";
import { inFlightOf } from "../load/in-flight.ts";
import type { Endpoint, HealthCheck } from "../mesh.ts";
import type { BreakerCode, HealthCode } from "../protocol.ts";
import { REGIONS, type Region } from "../region.ts";
import { describeOverrides, type OverrideDescription } from "./describe-overrides.ts";
import type { Drain } from "./drain.ts";
import { checkedHealth, isWell, quorumFor } from "./health-sources.ts";
import { type MinuteRates, minuteOf } from "./minute.ts";
import { addressOf, type HeardTraffic, type Monitor, revisionOf } from "./monitor.ts";
import { collectEvents, type NumberedEvent } from "./monitor-event.ts";
import type { MonitorScope } from "./monitor-name.ts";
import { regionsHeard } from "./on-exchange.ts";
import { countLeft } from "./override-impact.ts";
import { type ReachSummary, summariseReach } from "./reach.ts";
import { isAlone } from "./root-link.ts";
import { overlaidView, reportersHeard } from "./snapshot.ts";
import { wordOf } from "./told.ts";

export interface MonitorDescription {
  readonly service: string;
  readonly scope: MonitorScope;
  /** Null for a regional object or the root. */
  readonly shard: number | null;
  readonly meshVersion: string;
  readonly atMs: number;
  readonly memoryAgeMs: number;
  /** How old the restored state was when it was loaded; null when it started with none. */
  readonly restoredAgeMs: number | null;
  readonly reporters: number;
  readonly deliveries: { readonly duplicates: number; readonly tooOld: number; readonly crowdedOut: number };
  /** Of a regional object: its shards as it heard them last, by number. */
  readonly shards: readonly { readonly shard: number; readonly ageMs: number; readonly reporters: number }[];
  /** What the object holds in memory, in entries: what grows here without end is a leak. */
  readonly holds: {
    readonly windows: number;
    readonly reporters: number;
    readonly events: number;
    readonly unsaid: number;
  };
  /** The exchange with the object above: of a shard with its regional object, of that one with the root; null at the root. */
  readonly root: {
    readonly ageMs: number | null;
    readonly alone: boolean;
    readonly failures: number;
    readonly lastError: string;
  } | null;
  /** At the root: regions heard lately. In a region: what the root said, 0 unknown. */
  readonly regions: number;
  readonly refusedRows: readonly string[];
  readonly retryAllow: number;
  readonly shed: number;
  /** Of the discovered endpoints; 0: the mesh's own are in force. */
  readonly endpointsRevision: number;
  /** In force here: the object's own, and in a region the root's. At most 256 each. */
  readonly overrides: readonly OverrideDescription[];
  /** Endpoints that no operator took out, and those of them that serve. 0 of either is an outage, forced or come about. */
  readonly left: { readonly left: number; readonly serving: number };
  /** The whole service over the last minute; null at the root, which does not count. */
  readonly minute: MinuteRates | null;
  /** At the root: each region as it said last. Empty elsewhere. */
  readonly heard: readonly ({ readonly region: Region; readonly ageMs: number } & Partial<HeardTraffic>)[];
  /** Of the isolates that report to this object. */
  readonly reach: ReachSummary;
  readonly endpoints: readonly EndpointDescription[];
  /** Oldest first, 200 at most; after `eventsAfter` only, where it was given. The last one's `n` is the next cursor. */
  readonly events: readonly NumberedEvent[];
}

export interface EndpointDescription {
  readonly id: string;
  readonly address: string;
  readonly cloud: string;
  readonly locality: Endpoint["locality"];
  readonly priority: number;
  /** Configured; and what it is times slow start and operators' words. */
  readonly weight: number;
  readonly effectiveWeight: number;
  readonly inFlight: number;
  /** Null at the root, and for one that was never asked here. */
  readonly minute: MinuteRates | null;
  /** What is in force: the verdict of all sources, and the worse of the breakers. */
  readonly health: HealthCode;
  readonly breaker: BreakerCode;
  readonly openForMs: number;
  /** Of this object's region; the root's is by region. */
  readonly probability: number;
  readonly probabilityByRegion: Readonly<Partial<Record<Region, number>>> | null;
  readonly passive: {
    readonly ownBreaker: Breaker;
    readonly latencyMs: number;
    readonly latencySamples: number;
    readonly failureRatio: number;
    readonly failureSamples: number;
    readonly consecutive5xx: number;
    readonly consecutiveGatewayFailure: number;
    readonly consecutiveLocalOriginFailure: number;
    readonly allowedRps: number;
    /** What it can deliver, as far as is known; Infinity while it was never seen at its limit. */
    readonly knownRps: number;
  };
  /** How it does against what is usual of it; null where nothing is watched. */
  readonly anomaly: EndpointAnomaly | null;
  readonly active: {
    readonly health: HealthCode;
    readonly checks: readonly CheckDescription[];
    readonly quorum: QuorumVerdict | null;
  };
  readonly told: {
    readonly health: HealthCode | null;
    /** Of the configured weight. */
    readonly percent: number;
    /** Ids of the overrides in force. */
    readonly overrides: readonly string[];
    /** Its registry is about to take it away. */
    readonly leaving: boolean;
    /** Null unless it was taken out. */
    readonly drain: Drain | null;
  };
}

export interface CheckDescription {
  readonly kind: HealthCheck["kind"];
  readonly type: HealthCheck["type"];
  readonly verdict: Verdict;
  readonly against: number;
  readonly dueInMs: number;
  readonly last: CheckState["last"];
}

/** The description as of `nowMs`. Linear in regions × endpoints. */
export function describeMonitor(
  monitor: Monitor,
  refusedRows: Iterable<string>,
  nowMs: number,
  eventsAfter = 0,
): MonitorDescription {
  collectEvents(monitor);
  const { link } = monitor;
  const { byId, sinceMs } = monitor.traffic;
  const counts = monitor.scope !== "root" && monitor.shard === null;
  const views = monitor.scope === "root" ? REGIONS.map((_, r) => projectRegion(monitor.coordinator, r, nowMs)) : null;
  const view = views?.[0] ?? overlaidView(monitor, nowMs);
  const heard = monitor.scope === "root" ? REGIONS.filter((region) => monitor.verdicts.has(region)) : [];
  return {
    service: monitor.service.name,
    scope: monitor.scope,
    shard: monitor.shard,
    meshVersion: monitor.meshVersion,
    atMs: nowMs,
    memoryAgeMs: nowMs - monitor.startedAtMs,
    restoredAgeMs: monitor.restoredFromMs === null ? null : monitor.startedAtMs - monitor.restoredFromMs,
    reporters: reportersHeard(monitor, nowMs),
    deliveries: {
      duplicates: monitor.windows.duplicates,
      tooOld: monitor.windows.tooOld,
      crowdedOut: monitor.windows.crowdedOut,
    },
    shards: [...monitor.shards]
      .map(([shard, { atMs, reporters }]) => ({ shard, ageMs: nowMs - atMs, reporters }))
      .sort((a, b) => a.shard - b.shard),
    holds: {
      windows: monitor.windows.windows.size,
      reporters: monitor.inFlight.byReporter.size,
      events: monitor.events.length,
      unsaid: link?.outbox.byId.size ?? 0,
    },
    root: link && {
      ageMs: link.row === null ? null : nowMs - link.rowAtMs,
      alone: isAlone(link, nowMs),
      failures: link.failures,
      lastError: link.lastError,
    },
    regions: link === null ? regionsHeard(monitor, nowMs) : (link.row?.regions ?? 0),
    refusedRows: [...refusedRows],
    retryAllow: view.retryAllow,
    shed: view.shed,
    endpointsRevision: revisionOf(monitor),
    overrides: describeOverrides(monitor, nowMs),
    left: countLeft(
      { endpoints: monitor.service.endpoints, isWell: (e) => isWell(monitor, e, nowMs), nowMs },
      monitor.above === null ? [monitor.overrides] : [monitor.overrides, monitor.above],
    ),
    minute: counts
      ? minuteOf(
          [...byId.values()].map(({ minute }) => minute),
          sinceMs,
          nowMs,
        )
      : null,
    heard: [...monitor.verdicts].map(([region, { atMs, traffic }]) => ({ region, ageMs: nowMs - atMs, ...traffic })),
    reach: summariseReach(monitor.reach, nowMs),
    endpoints: monitor.service.endpoints.map((endpoint, e) => ({
      id: endpoint.id,
      address: addressOf(endpoint),
      cloud: endpoint.locality.cloud,
      locality: endpoint.locality,
      priority: endpoint.priority,
      weight: endpoint.weight,
      effectiveWeight: endpoint.weight * view.weight[e]!,
      inFlight: inFlightOf(monitor.inFlight, endpoint.id),
      minute: byId.has(endpoint.id) ? minuteOf([byId.get(endpoint.id)!.minute], sinceMs, nowMs) : null,
      health: view.health[e]!,
      breaker: view.breaker[e]!,
      openForMs: view.openForMs[e]!,
      probability: view.probability[e]!,
      probabilityByRegion:
        views && Object.fromEntries(heard.map((region) => [region, views[REGIONS.indexOf(region)]!.probability[e]!])),
      passive: {
        ownBreaker: monitor.coordinator.breakers[e]!,
        ...measured(heard.length === 0 ? [view] : heard.map((region) => views![REGIONS.indexOf(region)]!), e),
        consecutive5xx: monitor.outlier.consecutive5xx[e]!,
        consecutiveGatewayFailure: monitor.outlier.consecutiveGateway[e]!,
        consecutiveLocalOriginFailure: monitor.outlier.consecutiveLocal[e]!,
        allowedRps: monitor.coordinator.capacity.allowedRps[e]!,
        knownRps: monitor.coordinator.capacity.knownRps[e]!,
      },
      anomaly: describeAnomaly(monitor.coordinator, e),
      active: {
        health: checkedHealth(monitor, e),
        checks: monitor.checks[e]!.map((state, i) => describeCheck(monitor.service.healthChecks[i]!, state, nowMs)),
        quorum: quorumFor(monitor, e, nowMs),
      },
      told: describeTold(monitor, e, nowMs),
    })),
    events: monitor.events.filter(({ n }) => n > eventsAfter),
  };
}

function describeTold(monitor: Monitor, e: number, nowMs: number): EndpointDescription["told"] {
  const { health, percent, whether, weight } = wordOf(monitor, e, nowMs);
  const id = monitor.coordinator.ids[e]!;
  return {
    health,
    percent,
    overrides: [whether, weight].flatMap((override) => override?.id ?? []),
    leaving: monitor.leaving.has(id),
    drain: monitor.drains.get(id) ?? null,
  };
}

/** Means over views, each by its samples; with no samples at all, the first view's assumptions. */
function measured(views: readonly RegionView[], e: number) {
  const mean = (value: "latencyMs" | "failureRatio", samples: "latencySamples" | "failureSamples") => {
    const total = views.reduce((sum, view) => sum + view[samples][e]!, 0);
    const weighted = views.reduce((sum, view) => sum + view[value][e]! * view[samples][e]!, 0);
    return { mean: total > 0 ? weighted / total : views[0]![value][e]!, total };
  };
  const latency = mean("latencyMs", "latencySamples");
  const failure = mean("failureRatio", "failureSamples");
  return {
    latencyMs: latency.mean,
    latencySamples: latency.total,
    failureRatio: failure.mean,
    failureSamples: failure.total,
  };
}

function describeCheck(
  check: HealthCheck,
  { verdict, against, dueMs, last }: CheckState,
  nowMs: number,
): CheckDescription {
  return { kind: check.kind, type: check.type, verdict, against, dueInMs: Math.max(0, dueMs - nowMs), last };
}
