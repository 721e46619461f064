/**
 * What one object knows of one service, without the platform: pure functions over this state are what the tests run, and
 * the class around it only carries messages, time and rows.
 */
import { type CheckState, createCheck } from "../health/active-check.ts";
import { type Coordinator, createCoordinator, loadEndpoint, saveEndpoint } from "../health/coordinator.ts";
import { createOutlierState, type OutlierState } from "../health/outlier.ts";
import { createReporterWindows, type ReporterWindows } from "../health/reporter-window.ts";
import { createDecayedSums, type DecayedSums } from "../load/decayed-sum.ts";
import { createInFlight, type InFlight } from "../load/in-flight.ts";
import type { HealthCheck, Mesh, Service } from "../mesh.ts";
import { REGIONS, type Region } from "../region.ts";
import type { Rng } from "../rng.ts";
import { createTally, type Tally } from "../rollout/totals.ts";
import type { RolloutWord } from "../rollout/word.ts";
import type { Directive } from "./directives.ts";
import type { MonitorEvent } from "./monitor-event.ts";
import type { MonitorScope } from "./monitor-name.ts";
import { createRootLink, type RootLink } from "./root-link.ts";

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
  readonly meshVersion: string;
  /** Its `compiledAtMs`. */
  readonly meshAtMs: number;
  readonly rng: Rng;
  readonly coordinator: Coordinator;
  readonly outlier: OutlierState;
  readonly windows: ReporterWindows;
  readonly inFlight: InFlight;
  readonly good: DecayedSums;
  readonly failed: DecayedSums;
  readonly checks: CheckState[][];
  /** When a check of the endpoint last passed. */
  readonly healthyAtMs: Float64Array;
  /** By endpoint id, so that it outlives a mesh that lacks the endpoint for a while. */
  readonly directives: Map<string, Directive>;
  /** To the object above: a shard's to its regional object, a regional object's to the root. The root has none. */
  readonly link: RootLink | null;
  /** A regional object's, by number; empty elsewhere. */
  readonly shards: Map<number, HeardShard>;
  /** The root's; empty in a regional object. */
  readonly verdicts: Map<Region, HeardVerdicts>;
  /** All that was merged in this life of the object, for rollouts to judge by. A regional object's only. */
  readonly tally: Tally;
  /** Weights of the rollouts that the service is a side of, by name. */
  readonly rollouts: Map<string, RolloutWord>;
  readonly events: MonitorEvent[];
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
  readonly mesh: Mesh;
  readonly service: Service;
  readonly scope: MonitorScope;
  readonly shard?: number | null;
  readonly lifeId: string;
  readonly rng: Rng;
  readonly nowMs: number;
}): Monitor {
  const { mesh, service, scope, shard = null, lifeId, rng, nowMs } = input;
  const size = service.endpoints.length;
  const regions = scope === "root" ? REGIONS : [scope];
  return {
    scope,
    shard,
    service,
    meshVersion: mesh.version,
    meshAtMs: mesh.compiledAtMs,
    rng,
    coordinator: createCoordinator({ service, regions, rng, nowMs }),
    outlier: createOutlierState(service.outlierDetection, size, nowMs),
    windows: createReporterWindows(MAX_REPORTERS, WINDOW_EXPIRY_MS),
    inFlight: createInFlight(REPORTER_EXPIRY_MS),
    good: createDecayedSums(size, EVIDENCE_TAU_MS),
    failed: createDecayedSums(size, EVIDENCE_TAU_MS),
    checks: service.endpoints.map(() => service.healthChecks.map((check) => createCheck(check, nowMs, rng))),
    healthyAtMs: new Float64Array(size).fill(Number.NEGATIVE_INFINITY),
    directives: new Map(),
    link: linkOf(scope, shard, lifeId),
    shards: new Map(),
    verdicts: new Map(),
    tally: createTally(),
    rollouts: new Map(),
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

/**
 * The monitor for a new mesh. Endpoints that stay (same id and address) keep their breakers, capacity, evidence and
 * checks; reporters, shards, directives and the link upwards stay as they are. Linear in the endpoints.
 */
export function adoptMesh(old: Monitor, mesh: Mesh, service: Service, nowMs: number): Monitor {
  const { scope, shard, rng } = old;
  const fresh = createMonitor({ mesh, service, scope, shard, lifeId: "", rng, nowMs });
  const { windows, inFlight, directives, link, shards, tally, rollouts, events } = old;
  const { startedAtMs, restoredFromMs, lastReportMs } = old;
  const next: Monitor = {
    ...fresh,
    windows,
    inFlight,
    directives,
    link,
    shards,
    tally,
    rollouts,
    events,
    startedAtMs,
    restoredFromMs,
    lastReportMs,
  };
  const oldKeys = old.service.healthChecks.map(checkKey);
  for (const [index, endpoint] of service.endpoints.entries()) {
    const before = old.coordinator.indexOf.get(endpoint.id);
    if (before === undefined || addressOf(old.service.endpoints[before]!) !== addressOf(endpoint)) continue;
    loadEndpoint(next.coordinator, index, saveEndpoint(old.coordinator, before), nowMs);
    for (const key of ["good", "failed"] as const) {
      next[key].sums[index] = old[key].sums[before]!;
      next[key].atMs[index] = old[key].atMs[before]!;
    }
    next.healthyAtMs[index] = old.healthyAtMs[before]!;
    for (const [i, check] of service.healthChecks.entries()) {
      const state = old.checks[before]![oldKeys.indexOf(checkKey(check))];
      if (state !== undefined) next.checks[index]![i] = state;
    }
    markDirty(next, index, nowMs);
  }
  for (const [region, heard] of old.verdicts) next.verdicts.set(region, moveVerdicts(old, next, heard));
  return next;
}

function moveVerdicts(old: Monitor, next: Monitor, heard: HeardVerdicts): HeardVerdicts {
  const moved = emptyVerdicts(next.service.endpoints.length, heard.atMs);
  for (const [index, { id }] of next.service.endpoints.entries()) {
    const before = old.coordinator.indexOf.get(id);
    if (before === undefined) continue;
    moved.health[index] = heard.health[before]!;
    moved.healthyAtMs[index] = heard.healthyAtMs[before]!;
    moved.good[index] = heard.good[before]!;
    moved.failed[index] = heard.failed[before]!;
  }
  return moved;
}

/** No opinion of anything. */
export function emptyVerdicts(size: number, atMs: number): HeardVerdicts {
  return {
    atMs,
    health: new Uint8Array(size),
    healthyAtMs: new Float64Array(size).fill(Number.NEGATIVE_INFINITY),
    good: new Float64Array(size),
    failed: new Float64Array(size),
  };
}

/** The endpoint's state is to be written with the next flush. */
export function markDirty(monitor: Monitor, endpoint: number, nowMs: number): void {
  monitor.dirty[endpoint] = 1;
  if (monitor.dirtySinceMs === Number.POSITIVE_INFINITY) monitor.dirtySinceMs = nowMs;
}
