/** The callers of a game day: their requests come in on time, are routed, carried and counted; in a retry storm they insist. */

import type { Rng } from "../core/rng.ts";
import { matchRoute, pickBackend } from "../core/route/match.ts";
import { type Carrier, createCarrier } from "./carry/carry.ts";
import { createPassagePool, type Passage, type PassagePool, releasePassage, takePassage } from "./carry/passage.ts";
import { turnTo } from "./carry/to-service.ts";
import { chanceAt, rngAt, STREAM } from "./engine/chance.ts";
import { schedule } from "./engine/event-queue.ts";
import { type Recorder, recordFirstAttempt, recordRequest } from "./measure/recorder.ts";
import type { Arrival, Arrivals } from "./world/arrivals.ts";
import type { OpenMesh } from "./world/open-mesh.ts";
import { type Population, routerAt, seatFor } from "./world/population.ts";
import type { World } from "./world/world.ts";

/** A caller that insists does so after about so long, ms. */
const REPEAT_MS = 100;

/** Mutable; owned by one run. */
export interface Callers {
  readonly world: World;
  readonly population: Population;
  readonly recorder: Recorder;
  readonly carrier: Carrier;
  readonly pool: PassagePool;
  readonly arrivals: Arrivals;
  /** Cumulative shares of the regions. */
  readonly shares: readonly number[];
  readonly rng: Rng;
  /** No request begins from here on. */
  readonly endMs: number;
  /** Requests begun and over, the warm-up's included. */
  begun: number;
  over: number;
  next: Arrival | null;
}

export interface CallersInput extends Pick<Callers, "world" | "population" | "recorder" | "arrivals" | "endMs"> {
  readonly shares: readonly number[];
  /** The mesh that the run began with. */
  readonly open: OpenMesh;
  /** By station index: the endpoint's row in the result, −1 for none; and whether a fault hits it. */
  readonly rows: readonly { readonly row: number; readonly isFaulty: boolean }[];
}

/** Callers whose first request is on its way. */
export function createCallers(input: CallersInput): Callers {
  const { world, population, recorder, arrivals, endMs, open, rows } = input;
  const { queue, seed, startMs } = world;
  let sum = 0;
  const callers: Callers = {
    world,
    population,
    recorder,
    carrier: createCarrier(queue, seed, {
      onFirstAttempt: ({ service }, endpoint) => {
        const { row, isFaulty } = rows[open.stations[service]![endpoint]!.index]!;
        if (row >= 0) recordFirstAttempt(recorder, queue.nowMs - startMs, row, isFaulty);
      },
      onEnd: (passage, status) => onEnd(callers, passage, status),
    }),
    pool: createPassagePool(),
    arrivals,
    shares: input.shares.map((share) => (sum += share)),
    rng: rngAt(seed, STREAM.brain, -2),
    endMs,
    begun: 0,
    over: 0,
    next: null,
  };
  awaitNext(callers);
  return callers;
}

function awaitNext(callers: Callers): void {
  callers.next = callers.arrivals();
  const { next, endMs, world } = callers;
  if (next !== null && next.atMs < endMs) schedule(world.queue, next.atMs, onArrival, callers);
}

function onArrival(callers: Callers): void {
  const { kind, number, region } = callers.next!;
  const { seed, regions } = callers.world;
  const known = region === null ? -1 : regions.indexOf(region);
  const at = known >= 0 ? known : drawRegion(callers.shares, chanceAt(seed, STREAM.region, number));
  const seat = seatFor(callers.population, at, number);
  const passage = begin(callers, { kind, number, region: at, seat, repeat: 0 });
  awaitNext(callers);
  route(callers, passage);
}

function drawRegion(shares: readonly number[], u: number): number {
  let at = 0;
  while (at < shares.length - 1 && shares[at]! <= u) at += 1;
  return at;
}

type Begin = Pick<Passage, "kind" | "number" | "region" | "seat" | "repeat">;

function begin(callers: Callers, { kind, number, region, seat, repeat }: Begin): Passage {
  const router = routerAt(callers.population, region, seat);
  const { open } = router;
  const passage = takePassage(callers.pool, { kind, router, open, policy: open.mesh.policies[0]! });
  passage.number = number;
  passage.region = region;
  passage.seat = seat;
  passage.repeat = repeat;
  passage.arrivedAtMs = callers.world.queue.nowMs;
  callers.begun += 1;
  return passage;
}

/** Matches a route and draws a backend, as the edge does (src/edge/handle.ts). */
function route(callers: Callers, passage: Passage): void {
  const { open, kind } = passage;
  const matched = matchRoute(open.routes, kind.head);
  const answer = matched?.rule.filters?.answer ?? null;
  if (matched === null || answer !== null) {
    onEnd(callers, passage, answer === null ? 404 : answer.type === "redirect" ? answer.statusCode : answer.status);
    return;
  }
  const backend = pickBackend(matched.rule, callers.rng);
  if (backend === null || backend.service < 0) {
    onEnd(callers, passage, 500);
    return;
  }
  turnTo(passage, backend.service, backend.policy, callers.world.seed);
  callers.carrier.carry(passage);
}

function onEnd(callers: Callers, passage: Passage, status: number): void {
  const { world, recorder } = callers;
  const { queue, weather } = world;
  const { arrivedAtMs, retries, isShed, repeat } = passage;
  const ok = status < 500;
  const latencyMs = queue.nowMs - arrivedAtMs;
  recordRequest(recorder, arrivedAtMs - world.startMs, { ok, latencyMs, retries, isShed });
  callers.over += 1;
  if (ok || repeat >= weather.repeats || queue.nowMs >= callers.endMs) {
    releasePassage(callers.pool, passage);
    return;
  }
  const wait = 0.5 + chanceAt(world.seed, STREAM.repeat, passage.number, repeat);
  const again: Again = { callers, begin: { ...passage, repeat: repeat + 1 } };
  releasePassage(callers.pool, passage);
  schedule(queue, queue.nowMs + REPEAT_MS * wait, insist, again);
}

interface Again {
  readonly callers: Callers;
  readonly begin: Begin;
}

function insist({ callers, begin: what }: Again): void {
  if (callers.world.queue.nowMs < callers.endMs) route(callers, begin(callers, what));
}
