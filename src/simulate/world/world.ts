/** The world of a run: its clock, its origins, its weather, and the faults that change them on time. */
import type { Region } from "../../core/region.ts";
import { chanceAt, STREAM } from "../engine/chance.ts";
import { createEventQueue, type EventQueue, schedule } from "../engine/event-queue.ts";
import type { Scenario } from "../scenario.ts";
import { conditionOf, nextChangeMs, type Weather, weatherOf } from "./condition.ts";
import { crash, createOnServed, offer, serveWaiting } from "./serving.ts";
import { createStation, type Job, type Station, type StationSettings } from "./station.ts";

/** The virtual clock begins here, ms: some time after 0, which is "never" to some of the product's modules. */
export const BEGIN_MS = 1e9;

/** Mutable; owned by one run. */
export interface World {
  readonly queue: EventQueue;
  readonly seed: number;
  readonly scenario: Scenario;
  /** With traffic. */
  readonly regions: readonly Region[];
  readonly stations: readonly Station[];
  /** The end of the warm-up; faults count from here. */
  readonly startMs: number;
  weather: Weather;
}

export interface WorldInput {
  readonly seed: number;
  readonly scenario: Scenario;
  readonly regions: readonly Region[];
  readonly warmUpMs: number;
  readonly origins: readonly Omit<StationSettings, "index" | "onServed">[];
}

/** A world in which nothing has happened yet but the faults that begin before the warm-up does; the others come on time. */
export function createWorld({ seed, scenario, regions, warmUpMs, origins }: WorldInput): World {
  const queue = createEventQueue(BEGIN_MS);
  const onServed = createOnServed(queue);
  const stations = origins.map((settings, index) => createStation({ ...settings, index, onServed }, BEGIN_MS));
  const startMs = BEGIN_MS + warmUpMs;
  const world: World = {
    queue,
    seed,
    scenario,
    regions,
    stations,
    startMs,
    weather: weatherOf(scenario, regions, Number.NEGATIVE_INFINITY),
  };
  change(world);
  return world;
}

/** Puts what is wrong now into force, and comes back when that changes. */
function change(world: World): void {
  const { queue, scenario, regions, stations, startMs } = world;
  const sinceMs = queue.nowMs - startMs;
  world.weather = weatherOf(scenario, regions, sinceMs);
  for (const station of stations) changeStation(world, station, sinceMs);
  const nextMs = nextChangeMs(scenario, sinceMs);
  if (nextMs < Number.POSITIVE_INFINITY) schedule(queue, startMs + nextMs, change, world);
}

function changeStation(world: World, station: Station, sinceMs: number): void {
  const { queue, scenario, regions } = world;
  const before = station.condition;
  station.condition = conditionOf(scenario, station, regions, sinceMs);
  const { reach, antagonistRatio } = station.condition;
  if (before.reach === "answers" && reach === "refuses") crash(queue, station);
  if (before.reach === "refuses" && reach === "answers") noteCold(world, station, sinceMs);
  if (antagonistRatio > 0 && before.antagonistRatio === 0) antagonise(world, station);
  serveWaiting(queue, station);
}

/** It is back, with cold caches if the fault that ends now says so. */
function noteCold({ queue, scenario }: World, station: Station, sinceMs: number): void {
  for (const { fault, atMs, forMs } of scenario.faults) {
    if (fault.type !== "cold-recovery" || atMs + forMs > sinceMs || station.coldSinceMs >= queue.nowMs) continue;
    if (conditionOf({ name: "", faults: [{ fault, atMs, forMs }] }, station, [], atMs).reach !== "refuses") continue;
    station.coldSinceMs = queue.nowMs;
    station.coldFactor = fault.factor;
    station.warmMs = fault.warmMs;
  }
}

/** Somebody else's jobs: a Poisson stream that asks for a share of the capacity, as long as the fault lasts. */
function antagonise(world: World, station: Station): void {
  const { queue, seed } = world;
  const free: Job[] = [];
  const onDone = (job: Job) => void free.push(job);
  let number = 0;
  const arrive = (): void => {
    const { antagonistRatio } = station.condition;
    if (antagonistRatio <= 0) return;
    number += 1;
    const job = free.pop() ?? { demand: 0, place: 0, ticket: 0, station: null, onDone };
    job.demand = -Math.log(chanceAt(seed, STREAM.antagonist, number, 2 * station.index));
    if (!offer(queue, station, job)) free.push(job);
    const gap = -Math.log(chanceAt(seed, STREAM.antagonist, number, 2 * station.index + 1));
    schedule(queue, queue.nowMs + (gap * station.meanServiceMs) / (station.servers * antagonistRatio), arrive, null);
  };
  arrive();
}
