/**
 * The frame that models of other proxies share: one proxy in each region, which sees all of that region's requests. That is
 * generous to them, since few fleets are so concentrated. A model keeps, for each service, a `Balancer`; a pushed config
 * makes it start anew, as a reload does.
 *
 * They are models of documented behaviour and defaults, not the programs: no connection pools, no buffers, no threads.
 */
import type { Service } from "../../core/mesh.ts";
import { type AttemptOutcome, isFailure } from "../../core/outcome.ts";
import type { Region } from "../../core/region.ts";
import type { Rng } from "../../core/rng.ts";
import type { Attempt } from "../carry/attempt.ts";
import type { Passage } from "../carry/passage.ts";
import type { Contender, ContenderWorld, Fleet, Router } from "../contender.ts";
import type { OpenMesh } from "../world/open-mesh.ts";

/** Less time than this is not worth another attempt, ms. */
const WORTHWHILE_MS = 5;

/** What a model decides, for one service in one region. Endpoints are indices. */
export interface Balancer {
  /** The endpoint for the next attempt; `tried` were tried by this request. −1 for none. */
  pick(tried: readonly number[]): number;
  onEnd(endpoint: number, outcome: AttemptOutcome): void;
  /** Whether this failure is tried again, after `number` attempts; if so after how many ms, else −1. */
  retryAfterMs(number: number, failed: Attempt): number;
}

export interface BalancerInput {
  readonly world: ContenderWorld;
  readonly open: OpenMesh;
  readonly service: Service;
  readonly serviceIndex: number;
  readonly region: Region;
  readonly rng: Rng;
  /** Requests on their way to each endpoint; kept by the frame. */
  readonly active: readonly number[];
  /** False once a pushed config replaced the proxy: whatever it does by the clock ends then. */
  isInForce(): boolean;
}

/** A contender under that name, of which `create` makes the proxies. */
export function rival(name: string, create: (input: BalancerInput) => Balancer): Contender {
  return { name, scope: "region", create: (world) => createFleet(world, create) };
}

interface Seat {
  readonly balancer: Balancer;
  readonly active: number[];
}

interface RivalRouter extends Router {
  open: OpenMesh;
  seats: readonly Seat[];
  /** Told apart from routers of a config that was replaced. */
  generation: number;
}

function createFleet(world: ContenderWorld, create: (input: BalancerInput) => Balancer): Fleet {
  const routers: { readonly router: RivalRouter; readonly seatsFor: (open: OpenMesh) => readonly Seat[] }[] = [];
  let current = world.open;
  return {
    usage: { syncs: 0, exchanges: 0, alarms: 0, rowsWritten: 0, objects: 0 },
    start({ region, number }) {
      const rng = world.rng(number);
      const seatsFor = (open: OpenMesh) => {
        router.generation += 1;
        const { generation } = router;
        return open.mesh.services.map((service, serviceIndex) => {
          const active = service.endpoints.map(() => 0);
          const isInForce = () => router.generation === generation;
          const balancer = create({ world, open, service, serviceIndex, region, rng, active, isInForce });
          return { balancer, active };
        });
      };
      const router = createRouter(world, current);
      router.seats = seatsFor(current);
      routers.push({ router, seatsFor });
      return router;
    },
    onMesh(open) {
      current = open;
      for (const { router, seatsFor } of routers) {
        router.seats = seatsFor(open);
        router.open = open;
      }
    },
  };
}

function createRouter(world: ContenderWorld, open: OpenMesh): RivalRouter {
  return {
    open,
    seats: [],
    generation: 0,
    enter(passage) {
      passage.home = this.seats[passage.service]!;
      return true;
    },
    admit: () => true,
    pick: (passage) => seatOf(passage).balancer.pick(passage.tried),
    attemptTimeoutMs: ({ policy }) =>
      policy.attemptTimeoutMs > 0 ? policy.attemptTimeoutMs : policy.attemptTimeoutMaxMs,
    hedgeDelayMs: () => 0,
    onStart(passage, attempt) {
      const seat = seatOf(passage);
      attempt.token = seat;
      seat.active[attempt.endpoint]! += 1;
    },
    onEnd(_passage, attempt, outcome) {
      const seat = attempt.token as Seat;
      seat.active[attempt.endpoint]! -= 1;
      seat.balancer.onEnd(attempt.endpoint, outcome);
    },
    isRetriable: ({ repeatable }, { neverSent, outcome }) => isFailure(outcome) && (repeatable || neverSent),
    nextWaitMs(passage, attempt) {
      const waitMs = seatOf(passage).balancer.retryAfterMs(attempt.number, attempt);
      return passage.deadlineMs - world.nowMs() < waitMs + WORTHWHILE_MS ? -1 : waitMs;
    },
  };
}

function seatOf(passage: Passage): Seat {
  return passage.home as Seat;
}

/** The endpoints that `keep` accepts and the request has not tried; all untried ones when there are none; else all. */
export function candidates(size: number, tried: readonly number[], keep: (endpoint: number) => boolean): number[] {
  const all = Array.from({ length: size }, (_, endpoint) => endpoint);
  const untried = all.filter((endpoint) => !tried.includes(endpoint));
  const kept = untried.filter(keep);
  if (kept.length > 0) return kept;
  return untried.length > 0 ? untried : all;
}

/** Two different ones of a list, by chance; the same one twice when there is only one. */
export function drawTwo(list: readonly number[], rng: Rng): readonly [number, number] {
  const first = Math.floor(rng() * list.length);
  if (list.length < 2) return [list[first]!, list[first]!];
  const second = Math.floor(rng() * (list.length - 1));
  return [list[first]!, list[second < first ? second : second + 1]!];
}
