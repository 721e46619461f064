/** A day that is ready to be played: the world, who routes, who calls and who counts, connected. */
import type { Mesh } from "../core/mesh.ts";
import { pushesOf } from "./bad-config.ts";
import { type Callers, createCallers } from "./callers.ts";
import type { Contender, Fleet } from "./contender.ts";
import { createContenderWorld } from "./contender-world.ts";
import { schedule } from "./engine/event-queue.ts";
import { heddle } from "./heddle/heddle.ts";
import { type GameDayInput, resolve, type Settings } from "./input.ts";
import { createRecorder, type Recorder } from "./measure/recorder.ts";
import type { Transition } from "./result.ts";
import { type Arrivals, createArrivals } from "./world/arrivals.ts";
import { isFaulty } from "./world/condition.ts";
import { demandOf } from "./world/demand.ts";
import { addressKey, openMesh } from "./world/open-mesh.ts";
import { originOf } from "./world/origins.ts";
import { createPopulation, type Population } from "./world/population.ts";
import { kindsOf, type RequestKind } from "./world/request-kind.ts";
import type { Station } from "./world/station.ts";
import { createWorld, type World } from "./world/world.ts";

/** Transitions kept; a flapping mesh has no end of them. */
const MAX_TRANSITIONS = 10_000;

/** Mutable: playing it changes all of it but the settings. */
export interface Day {
  readonly settings: Settings;
  readonly contender: Contender;
  readonly world: World;
  readonly fleet: Fleet;
  readonly callers: Callers;
  readonly recorder: Recorder;
  readonly transitions: readonly Transition[];
  /** Origins that the result shows, in its order, and whether a fault hits each. */
  readonly shown: readonly { readonly station: Station; readonly isFaulty: boolean }[];
}

/** Throws on input that makes no sense: an unknown service, no region with a share. */
export function createDay(input: GameDayInput): Day {
  const settings = resolve(input);
  const { mesh, scenario, services, durationMs, sloMs } = settings;
  const kinds = input.log === undefined ? (input.kinds ?? kindsOf(mesh, services)) : [];
  const world = worldOf(input, settings, kinds);
  const { queue, startMs } = world;
  const byAddress = addressesOf(mesh, world.stations);
  const open = openMesh(mesh, byAddress);

  const visible = new Set([...services].flatMap((service) => [service, ...fallbacksOf(mesh, service)]));
  const names = new Set([...visible].map((service) => mesh.services[service]!.name));
  const shown = world.stations
    .filter(({ service }) => names.has(service))
    .map((station) => ({ station, isFaulty: isFaulty(scenario, station) }));
  const recorder = createRecorder({ scenario, durationMs, sloMs, endpoints: shown.length });
  const transitions: Transition[] = [];
  const note = (transition: Transition) => {
    const atMs = transition.atMs - startMs;
    if (atMs < 0 || atMs >= durationMs || transitions.length >= MAX_TRANSITIONS) return;
    transitions.push({ ...transition, atMs });
  };
  const contender = input.contender ?? heddle(policiesOf(mesh, services));
  const fleet = contender.create(createContenderWorld(world, open, settings.loss, note));
  for (const push of pushesOf(mesh, scenario.faults)) {
    schedule(queue, startMs + push.atMs, () => fleet.onMesh(openMesh(push.mesh, byAddress)), null);
  }
  const callers = createCallers({
    world,
    population: populationOf(world, fleet, contender, settings),
    recorder,
    arrivals: arrivalsOf(world, input, settings, kinds),
    endMs: startMs + durationMs,
    shares: settings.shares,
    open,
    rows: world.stations.map((station) => {
      const row = shown.findIndex((endpoint) => endpoint.station === station);
      return { row, isFaulty: isFaulty(scenario, station) };
    }),
  });
  return { settings, contender, world, fleet, callers, recorder, transitions, shown };
}

function worldOf(input: GameDayInput, settings: Settings, kinds: readonly RequestKind[]): World {
  const { mesh, regions, utilisation, seed, scenario, warmUpMs } = settings;
  const demand = demandOf(mesh, kinds, settings.rps);
  const origins = mesh.services.flatMap((service, s) =>
    service.endpoints.map((endpoint) => {
      const given = input.origins?.[endpoint.id] ?? {};
      return originOf(service, endpoint, regions, { rps: demand[s]!, utilisation }, given);
    }),
  );
  return createWorld({ seed, scenario, regions, warmUpMs, origins });
}

/** Stations stand in the order of services and endpoints. */
function addressesOf(mesh: Mesh, stations: readonly Station[]): ReadonlyMap<string, Station> {
  const keys = mesh.services.flatMap(({ name, endpoints }) =>
    endpoints.map(({ origin, basePath }) => addressKey(name, origin, basePath)),
  );
  return new Map(keys.map((key, i) => [key, stations[i]!]));
}

function populationOf(world: World, fleet: Fleet, { scope }: Contender, settings: Settings): Population {
  const { regions, isolates, isolateLifeMs } = settings;
  switch (scope) {
    case "isolate":
      return createPopulation(world, fleet, isolates, isolateLifeMs);
    case "region":
      return createPopulation(
        world,
        fleet,
        regions.map(() => 1),
        Number.POSITIVE_INFINITY,
      );
  }
}

function arrivalsOf(world: World, input: GameDayInput, settings: Settings, kinds: readonly RequestKind[]): Arrivals {
  const { log, shape } = input;
  if (log !== undefined) return createArrivals(world, { type: "log", entries: log });
  const { rps } = settings;
  return createArrivals(world, { type: "poisson", rps, kinds, ...(shape !== undefined && { shape }) });
}

function fallbacksOf(mesh: Mesh, service: number): number[] {
  return mesh.services[service]!.fallback.flatMap((fallback) =>
    fallback.type === "service" ? [fallback.service] : [],
  );
}

/** The policies of the services, each once. */
function policiesOf(mesh: Mesh, services: ReadonlySet<number>): string {
  return [...new Set([...services].map((service) => mesh.services[service]!.loadBalancing.policy))].join("+");
}
