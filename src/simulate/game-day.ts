/**
 * A game day: a mesh, its origins and its callers in virtual time, with faults that come and go. The same input gives the same
 * result, bit for bit, but for the wall time it took.
 */

import type { Mesh } from "../core/mesh.ts";
import { pushesOf } from "./bad-config.ts";
import { type Callers, createCallers } from "./callers.ts";
import type { PlatformUsage } from "./contender.ts";
import { createContenderWorld } from "./contender-world.ts";
import { costPerMillion } from "./cost.ts";
import { runUntil, schedule } from "./engine/event-queue.ts";
import { heddle } from "./heddle/heddle.ts";
import { type GameDayInput, resolve } from "./input.ts";
import { detectMs, recoverMs } from "./measure/reaction.ts";
import { createRecorder } from "./measure/recorder.ts";
import { endpointsOf, timelineOf, windowsOf } from "./measure/summary.ts";
import type { SimulationResult, Transition } from "./result.ts";
import { createArrivals } from "./world/arrivals.ts";
import { isFaulty } from "./world/condition.ts";
import { demandOf } from "./world/demand.ts";
import { addressKey, openMesh } from "./world/open-mesh.ts";
import { originOf } from "./world/origins.ts";
import { createPopulation } from "./world/population.ts";
import { kindsOf } from "./world/request-kind.ts";
import { accountBusy } from "./world/station.ts";
import { createWorld } from "./world/world.ts";

export type { GameDayInput } from "./input.ts";

/** Requests on their way when the day ends are waited for at most so long, ms. */
const DRAIN_MS = 60_000;
const DRAIN_STEP_MS = 100;
/** Of the duration, between two calls of `onProgress`. */
const PROGRESS_STEP = 0.005;
/** Transitions kept; a flapping mesh has no end of them. */
const MAX_TRANSITIONS = 10_000;

/**
 * Plays the day.
 *
 * - `onProgress`: called now and then with the share that is done, 0..1.
 *
 * Throws on input that makes no sense: an unknown service, no region with a share.
 */
export function runGameDay(input: GameDayInput, onProgress?: (share: number) => void): SimulationResult {
  const wallFromMs = performance.now();
  const settings = resolve(input);
  const { mesh, scenario, seed, regions, warmUpMs, durationMs, sloMs } = settings;
  const kinds = input.log === undefined ? (input.kinds ?? kindsOf(mesh, settings.services)) : [];
  const demand = demandOf(mesh, kinds, settings.rps);
  const places = mesh.services.flatMap((service, s) => service.endpoints.map((endpoint) => ({ service, s, endpoint })));
  const world = createWorld({
    seed,
    scenario,
    regions,
    warmUpMs,
    origins: places.map(({ service, s, endpoint }) => {
      const { utilisation } = settings;
      return originOf(service, endpoint, regions, { rps: demand[s]!, utilisation }, input.origins?.[endpoint.id] ?? {});
    }),
  });
  const byAddress = new Map(
    places.map(({ service, endpoint: { origin, basePath } }, i) => [
      addressKey(service.name, origin, basePath),
      world.stations[i]!,
    ]),
  );
  const open = openMesh(mesh, byAddress);

  const shown = world.stations.filter((_, i) => isShown(mesh, settings.services, places[i]!.s));
  const rows = world.stations.map((station) => ({
    row: shown.indexOf(station),
    isFaulty: isFaulty(scenario, station),
  }));
  const recorder = createRecorder({ scenario, durationMs, sloMs, endpoints: shown.length });
  const transitions: Transition[] = [];
  const contender = input.contender ?? heddle(input.policy ?? policiesOf(settings.services, mesh));
  const note = (transition: Transition) => {
    const atMs = transition.atMs - world.startMs;
    if (atMs >= 0 && atMs < durationMs && transitions.length < MAX_TRANSITIONS)
      transitions.push({ ...transition, atMs });
  };
  const fleet = contender.create(createContenderWorld(world, open, settings.loss, note));
  for (const push of pushesOf(mesh, scenario.faults)) {
    schedule(world.queue, world.startMs + push.atMs, () => fleet.onMesh(openMesh(push.mesh, byAddress)), null);
  }
  const isProxy = contender.scope === "region";
  const sizes = isProxy ? regions.map(() => 1) : settings.isolates;
  const population = createPopulation(world, fleet, sizes, isProxy ? Number.POSITIVE_INFINITY : settings.isolateLifeMs);
  const arrivals = createArrivals(
    world,
    input.log === undefined
      ? { type: "poisson", rps: settings.rps, kinds, ...(input.shape && { shape: input.shape }) }
      : { type: "log", entries: input.log },
  );
  const { shares } = settings;
  const endMs = world.startMs + durationMs;
  const callers = createCallers({ world, population, recorder, arrivals, endMs, shares, open, rows });

  runUntil(world.queue, world.startMs);
  for (const station of world.stations) {
    accountBusy(station, world.startMs);
    station.busyMs = 0;
  }
  const atStart: PlatformUsage = { ...fleet.usage };
  for (let share = 0; share < 1; share = Math.min(1, share + PROGRESS_STEP)) {
    runUntil(world.queue, world.startMs + durationMs * Math.min(1, share + PROGRESS_STEP));
    onProgress?.(Math.min(1, share + PROGRESS_STEP));
  }
  for (const station of world.stations) accountBusy(station, endMs);
  drain(callers);

  const anyFaulty = rows.some(({ row, isFaulty: hit }) => row >= 0 && hit);
  const endedMs = Math.max(0, ...scenario.faults.map(({ atMs, forMs }) => atMs + forMs));
  const { usage } = fleet;
  const wallMs = performance.now() - wallFromMs;
  return {
    scenario,
    policy: contender.name,
    seed,
    sloMs,
    durationMs,
    windows: windowsOf(recorder),
    detectMs: detectMs(recorder, anyFaulty),
    recoverMs: recoverMs(recorder, anyFaulty, endedMs),
    endpoints: endpointsOf(recorder, shown, (station) => rows[station.index]!.isFaulty),
    timeline: timelineOf(recorder),
    transitions,
    syncs: usage.syncs - atStart.syncs,
    exchanges: usage.exchanges - atStart.exchanges,
    costPerMillion: costPerMillion(usage, callers.begun, warmUpMs + durationMs),
    requestsPerWallSecond: callers.over / (wallMs / 1_000),
    wallMs,
  };
}

/** Lets the requests end that are still on their way. */
function drain(callers: Callers): void {
  const { world, endMs } = callers;
  for (let waitedMs = 0; callers.over < callers.begun && waitedMs < DRAIN_MS; waitedMs += DRAIN_STEP_MS) {
    runUntil(world.queue, endMs + waitedMs);
  }
}

/** Endpoints of services that get traffic, by routes or as fallbacks. */
function isShown(mesh: Mesh, services: ReadonlySet<number>, service: number): boolean {
  if (services.has(service)) return true;
  return [...services].some((routed) =>
    mesh.services[routed]!.fallback.some((fallback) => fallback.type === "service" && fallback.service === service),
  );
}

/** The policies of the services, each once. */
function policiesOf(services: ReadonlySet<number>, mesh: Mesh): string {
  return [...new Set([...services].map((service) => mesh.services[service]!.loadBalancing.policy))].join("+");
}
