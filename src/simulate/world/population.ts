/**
 * The isolates of each region, which come and go: a seat is taken by a fresh isolate, which knows nothing, when the one before
 * it has lived its time. Some are far busier than others, as data centres are.
 */
import type { Region } from "../../core/region.ts";
import type { Fleet, Router } from "../contender.ts";
import { chanceAt, STREAM } from "../engine/chance.ts";
import type { World } from "./world.ts";

interface Seat {
  router: Router;
  untilMs: number;
  lives: number;
}

/** Mutable; owned by one run. */
export interface Population {
  readonly world: World;
  readonly fleet: Fleet;
  readonly seats: readonly (readonly (Seat | null)[])[];
  readonly lifeMs: number;
  started: number;
}

/**
 * - `sizes`: isolates by region index, each ≥ 1.
 * - `lifeMs`: mean of their exponential lifetimes; Infinity for proxies, which stay.
 */
export function createPopulation(world: World, fleet: Fleet, sizes: readonly number[], lifeMs: number): Population {
  const seats = sizes.map((size) => new Array<Seat | null>(size).fill(null));
  return { world, fleet, seats, lifeMs, started: 0 };
}

/**
 * The seat that request `number` comes to: popularity falls with the square root of the rank, so that of a hundred isolates the
 * busiest gets a tenth of the requests and the last twenty get a tenth together.
 */
export function seatFor({ world, seats }: Population, region: number, number: number): number {
  const u = chanceAt(world.seed, STREAM.isolate, number);
  return Math.floor(seats[region]!.length * u * u);
}

/** Who answers there now. Starts an isolate when nobody does. */
export function routerAt(population: Population, region: number, seat: number): Router {
  const { world, fleet, lifeMs } = population;
  const { nowMs } = world.queue;
  const seats = population.seats[region]! as (Seat | null)[];
  const taken = seats[seat]!;
  if (taken !== null && nowMs < taken.untilMs) return taken.router;
  const lives = taken === null ? 0 : taken.lives + 1;
  const router = fleet.start({ region: world.regions[region] as Region, seat, number: population.started });
  population.started += 1;
  // Those who sit there at the beginning have lived a while: an exponential does not remember how long.
  const life = -Math.log(chanceAt(world.seed, STREAM.lifetime, (region << 20) + seat, lives)) * lifeMs;
  seats[seat] = { router, untilMs: nowMs + life, lives };
  return router;
}
