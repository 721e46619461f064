/** What the world shows to a contender. */
import type { Region } from "../core/region.ts";
import type { ContenderWorld, ProbeRequest } from "./contender.ts";
import { chanceAt, rngAt, STREAM } from "./engine/chance.ts";
import { schedule } from "./engine/event-queue.ts";
import type { Transition } from "./result.ts";
import { roundTripMs } from "./world/distances.ts";
import type { OpenMesh } from "./world/open-mesh.ts";
import { offer } from "./world/serving.ts";
import type { Job } from "./world/station.ts";
import type { World } from "./world/world.ts";

/** A call within the platform takes up to this share longer than the shortest. */
const JITTER_RATIO = 0.2;
/** A health check is a small piece of work: this share of a request. */
const PROBE_DEMAND = 0.05;

/**
 * - `loss`: 0..1 of the messages to and from the state plane that do not arrive.
 * - `onTransition`: told what was decided about an endpoint.
 */
export function createContenderWorld(
  world: World,
  open: OpenMesh,
  loss: number,
  onTransition: (transition: Transition) => void,
): ContenderWorld {
  const { queue, seed, regions } = world;
  const rng = rngAt(seed, STREAM.plane, 0);
  return {
    open,
    regions,
    nowMs: () => queue.nowMs,
    after: (waitMs, handler, subject, tag = 0) => schedule(queue, queue.nowMs + waitMs, handler, subject, tag),
    rng: (number) => rngAt(seed, STREAM.brain, number),
    rttMs: (from, to) => roundTripMs(from, to) * (1 + JITTER_RATIO * rng()),
    isDelivered: (from) => {
      if (from !== null && isPartitioned(world, from)) return false;
      return loss <= 0 || rng() >= loss;
    },
    probe: (probe, done) => sendProbe(world, probe, done),
    onTransition,
  };
}

function isPartitioned({ weather, regions }: World, from: Region): boolean {
  return weather.partitioned !== 0 && (weather.partitioned & (1 << regions.indexOf(from))) !== 0;
}

interface Probe extends Job {
  readonly wayMs: number;
  readonly region: number;
  readonly sentMs: number;
  isOver: boolean;
  readonly done: (ok: boolean, latencyMs: number) => void;
  readonly world: World;
}

/** A probe of an endpoint that only fails some requests passes, as real ones do: it is no request. */
function sendProbe(world: World, request: ProbeRequest, done: Probe["done"]): void {
  const { queue, regions, seed } = world;
  const station = request.open.stations[request.service]![request.endpoint]!;
  const region = regions.indexOf(request.from);
  const sentMs = queue.nowMs;
  const jitter = 0.1 * chanceAt(seed, STREAM.plane, Math.floor(sentMs), region);
  const wayMs = station === null ? 0 : (station.rttMs[region]! * (1 + jitter)) / 2;
  const rest = { wayMs, region, sentMs, isOver: false, done, world };
  const probe: Probe = { demand: PROBE_DEMAND, place: 0, ticket: 0, station, onDone: onServed, ...rest };
  schedule(queue, sentMs + request.timeoutMs, endProbe, probe, 0);
  if (station === null || isLost(probe)) return;
  const arrive = request.type === "tcp" ? onConnection : onArrival;
  schedule(queue, sentMs + wayMs, arrive, probe);
}

function onConnection(probe: Probe): void {
  if (isLost(probe)) return;
  answer(probe, probe.station!.condition.reach === "answers");
}

function onArrival(probe: Probe): void {
  const { world, station } = probe;
  const { reach, failsFast } = station!.condition;
  if (isLost(probe)) return;
  if (reach === "refuses" || failsFast || !offer(world.queue, station!, probe)) answer(probe, false);
}

function onServed(job: Job, served: boolean): void {
  const probe = job as Probe;
  if (!isLost(probe)) answer(probe, served);
}

function answer(probe: Probe, ok: boolean): void {
  const { queue } = probe.world;
  schedule(queue, queue.nowMs + probe.wayMs, endProbe, probe, ok ? 1 : 0);
}

function endProbe(probe: Probe, ok: number): void {
  if (probe.isOver) return;
  probe.isOver = true;
  probe.done(ok === 1, probe.world.queue.nowMs - probe.sentMs);
}

function isLost({ station, region }: Probe): boolean {
  const { reach, lostFrom } = station!.condition;
  return reach === "swallows" || (lostFrom & (1 << region)) !== 0;
}
