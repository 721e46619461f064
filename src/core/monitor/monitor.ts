/**
 * What one object knows of one service, without the platform: pure functions over this state are what the tests run, and
 * the class around it only carries messages, time and rows.
 */

import { createSamples, type Samples } from "../decision-sample.ts";
import { type EndpointSet, NO_REVISION } from "../endpoint-set.ts";
import { type CheckState, createCheck } from "../health/active-check.ts";
import { createQueueGrowth, type QueueGrowth } from "../health/anomaly/queue-growth.ts";
import { type Coordinator, createCoordinator } from "../health/coordinator.ts";
import { createOutlierState, type OutlierState } from "../health/outlier.ts";
import { createReporterWindows, type ReporterWindows } from "../health/reporter-window.ts";
import { createDecayedSums, type DecayedSums } from "../load/decayed-sum.ts";
import { createInFlight, type InFlight } from "../load/in-flight.ts";
import type { HealthCheck, Service } from "../mesh.ts";
import { REGIONS, type Region } from "../region.ts";
import type { Rng } from "../rng.ts";
import type { RolloutWord } from "../rollout/word.ts";
import { type Activity, createActivity } from "../traffic/platform.ts";
import { createSeries, type Series } from "../traffic/series.ts";
import { createTrafficWindow, type TrafficWindow } from "../traffic/take-traffic.ts";
import type { Drain } from "./drain.ts";
import type { Loads } from "./loads.ts";
import type { MeshSlice } from "./mesh-slice.ts";
import type { NumberedEvent } from "./monitor-event.ts";
import type { MonitorScope } from "./monitor-name.ts";
import { indexOverrides, NO_OVERRIDES, type OverrideIndex } from "./override-index.ts";
import { createReach, type Reach } from "./reach.ts";
import { createRootLink, type RootLink } from "./root-link.ts";
import { createTraffic, type Traffic } from "./traffic.ts";

/** Isolates of one region that report at once; beyond it the longest silent is forgotten. */
const MAX_REPORTERS = 10_000;
/** A reporter silent for so long is gone: three times the longest sync interval. */
export const REPORTER_EXPIRY_MS = 15_000;
/** Windows are kept longer than a reporter counts as present, to recognise late repetitions. */
const WINDOW_EXPIRY_MS = 120_000;
/** Traffic of about so long is evidence for or against a verdict. */
const EVIDENCE_TAU_MS = 10_000;

/** A region's verdicts as the root heard them last; columns by endpoint index. */
export interface HeardVerdicts {
  readonly atMs: number;
  readonly health: Uint8Array;
  readonly healthyAtMs: Float64Array;
  readonly good: Float64Array;
  readonly failed: Float64Array;
  readonly traffic: HeardTraffic | null;
}

/** What a region has to do, as it said last; null from one of before. */
export interface HeardTraffic {
  readonly reporters: number;
  /** Attempts per second over the last minute, and how many of them failed. */
  readonly rps: number;
  readonly failedRps: number;
}

/** What a regional object heard from one of its shards last. */
export interface HeardShard {
  /** Its name in this life of it. */
  readonly reporter: string;
  readonly atMs: number;
  /** Isolates that report to it. */
  readonly reporters: number;
}

/** Mutable; owned by one object. Columns and lists are by endpoint index of `service`. */
export interface Monitor {
  readonly scope: MonitorScope;
  /** Which of the region's shards this is; null for a regional object and the root. See on-shard.ts. */
  readonly shard: number | null;
  readonly service: Service;
  meshVersion: string;
  /** Its `compiledAtMs`. */
  meshAtMs: number;
  readonly rng: Rng;
  readonly coordinator: Coordinator;
  readonly outlier: OutlierState;
  readonly windows: ReporterWindows;
  readonly inFlight: InFlight;
  /** A regional object's; null elsewhere, and where anomalies are not looked for. */
  readonly growth: QueueGrowth | null;
  readonly good: DecayedSums;
  readonly failed: DecayedSums;
  readonly checks: CheckState[][];
  /** When a check of the endpoint last passed. */
  readonly healthyAtMs: Float64Array;
  /** When a request was last in flight or answered, as far as is known. */
  readonly busyAtMs: Float64Array;
  /** What operators told this object: of endpoints by id, so that it outlives a mesh that lacks them for a while. */
  overrides: OverrideIndex;
  /** What they told the root, in a regional object; null when it was never heard. */
  above: OverrideIndex | null;
  /** Endpoints that were taken out, by id; drain.ts. */
  readonly drains: Map<string, Drain>;
  /** The discovered endpoints that `service` has; null: those of the mesh. */
  endpointSet: EndpointSet | null;
  /** Ids of endpoints that are about to be taken away. */
  leaving: ReadonlySet<string>;
  /** To the object above: a shard's to its regional object, a regional object's to the root. The root has none. */
  readonly link: RootLink | null;
  /** A regional object's, by number; empty elsewhere. */
  readonly shards: Map<number, HeardShard>;
  /** The root's; empty in a regional object. */
  readonly verdicts: Map<Region, HeardVerdicts>;
  /** The root's: regions ever heard, silent ones too. */
  readonly regions: Set<Region>;
  /** What was merged in this life of the object. A regional object's only. */
  readonly traffic: Traffic;
  /** What was counted in all lives of the object, for metrics. */
  readonly series: Series;
  readonly trafficWindow: TrafficWindow;
  readonly activity: Activity;
  /** Which meshes isolates run, and which they could not. */
  readonly reach: Reach;
  /** Weights of the rollouts that the service is a side of, by name. */
  readonly rollouts: Map<string, RolloutWord>;
  /** What endpoints tell of their load. */
  readonly loads: Loads;
  /** Sampled decisions, for people who look. */
  readonly samples: Samples;
  readonly events: NumberedEvent[];
  readonly dirty: Uint8Array;
  dirtySinceMs: number;
  /** When this life of the object began; what it remembers from storage is older. */
  readonly startedAtMs: number;
  /** When the restored state was saved; null when it started with none. */
  restoredFromMs: number | null;
  lastReportMs: number;
}

/** A monitor that has heard nothing. `lifeId` is random, new for each life of the object. */
export function createMonitor(input: {
  readonly mesh: Pick<MeshSlice, "version" | "compiledAtMs">;
  /** With the endpoints in force. */
  readonly service: Service;
  readonly endpointSet?: EndpointSet | null;
  readonly scope: MonitorScope;
  readonly shard?: number | null;
  readonly lifeId: string;
  readonly rng: Rng;
  readonly nowMs: number;
}): Monitor {
  const { mesh, service, endpointSet = null, scope, shard = null, lifeId, rng, nowMs } = input;
  const size = service.endpoints.length;
  const regions = scope === "root" ? REGIONS : [scope];
  return {
    scope,
    shard,
    service,
    meshVersion: mesh.version,
    meshAtMs: mesh.compiledAtMs,
    rng,
    // A shard sees a part of its region, which has the whole and tells it.
    coordinator: createCoordinator({ service, regions, rng, nowMs, watches: shard === null }),
    outlier: createOutlierState(service.outlierDetection, size, nowMs),
    windows: createReporterWindows(MAX_REPORTERS, WINDOW_EXPIRY_MS),
    inFlight: createInFlight(REPORTER_EXPIRY_MS),
    growth:
      scope !== "root" && shard === null && service.anomalyDetection !== undefined ? createQueueGrowth(size) : null,
    good: createDecayedSums(size, EVIDENCE_TAU_MS),
    failed: createDecayedSums(size, EVIDENCE_TAU_MS),
    checks: service.endpoints.map(() => service.healthChecks.map((check) => createCheck(check, nowMs, rng))),
    healthyAtMs: new Float64Array(size).fill(Number.NEGATIVE_INFINITY),
    busyAtMs: new Float64Array(size).fill(Number.NEGATIVE_INFINITY),
    overrides: indexOverrides(NO_OVERRIDES),
    above: null,
    drains: new Map(),
    endpointSet,
    leaving: new Set(endpointSet?.draining),
    link: linkOf(scope, shard, lifeId),
    shards: new Map(),
    verdicts: new Map(),
    regions: new Set(),
    traffic: createTraffic(nowMs),
    series: createSeries(),
    trafficWindow: createTrafficWindow(),
    activity: createActivity(),
    reach: createReach(),
    rollouts: new Map(),
    loads: new Map(),
    samples: createSamples(),
    events: [],
    dirty: new Uint8Array(size),
    dirtySinceMs: Number.POSITIVE_INFINITY,
    startedAtMs: nowMs,
    restoredFromMs: null,
    lastReportMs: Number.NEGATIVE_INFINITY,
  };
}

function linkOf(scope: MonitorScope, shard: number | null, lifeId: string): RootLink | null {
  if (scope === "root") return null;
  return shard === null
    ? createRootLink(`${scope}:${lifeId}`, "root")
    : createRootLink(`${scope}/shard-${shard}:${lifeId}`, "region");
}

/** Where an endpoint's requests go; one with another address is another endpoint, whatever its id. */
export function addressOf(endpoint: Service["endpoints"][number]): string {
  return endpoint.origin + endpoint.basePath;
}

/** What makes two checks the same check: all of its settings. */
export function checkKey(check: HealthCheck): string {
  return JSON.stringify(check);
}

/** The revision of the endpoints that a monitor runs; NO_REVISION for those of the mesh. */
export function revisionOf({ endpointSet }: Monitor): number {
  return endpointSet?.revision ?? NO_REVISION;
}

/** No opinion of anything. */
export function emptyVerdicts(size: number, atMs: number, traffic: HeardTraffic | null = null): HeardVerdicts {
  return {
    atMs,
    health: new Uint8Array(size),
    healthyAtMs: new Float64Array(size).fill(Number.NEGATIVE_INFINITY),
    good: new Float64Array(size),
    failed: new Float64Array(size),
    traffic,
  };
}

/** A region was heard; one that was not known before is written down. */
export function noteRegion(root: Monitor, region: Region, nowMs: number): void {
  if (root.regions.has(region)) return;
  root.regions.add(region);
  if (root.dirtySinceMs === Number.POSITIVE_INFINITY) root.dirtySinceMs = nowMs;
}

/** The endpoint's state is to be written with the next flush. */
export function markDirty(monitor: Monitor, endpoint: number, nowMs: number): void {
  monitor.dirty[endpoint] = 1;
  if (monitor.dirtySinceMs === Number.POSITIVE_INFINITY) monitor.dirtySinceMs = nowMs;
}
