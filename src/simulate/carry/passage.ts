/** One user's request on its way through the mesh. Pooled. */
import type { RequestPolicy } from "../../core/mesh.ts";
import type { Router } from "../contender.ts";
import type { OpenMesh } from "../world/open-mesh.ts";
import type { RequestKind } from "../world/request-kind.ts";
import type { Attempt } from "./attempt.ts";

/** Mutable. */
export interface Passage {
  /** Of the arrival, counted from the start of the run: chance is drawn by it. */
  number: number;
  /** How often its caller has repeated it. */
  repeat: number;
  kind: RequestKind;
  /** Index of the region it comes in at, and of the isolate there. */
  region: number;
  seat: number;
  router: Router;
  /** The mesh it began with. */
  open: OpenMesh;
  arrivedAtMs: number;
  /** Infinity for none. */
  deadlineMs: number;
  /** Index into the mesh's services. */
  service: number;
  policy: RequestPolicy;
  /** Sending it twice is allowed by the policy. */
  repeatable: boolean;
  /** What affinity policies hash; "" for none. */
  hashKey: string;
  /** How important it is to the service (core/limit/rank.ts). */
  rank: number;
  /** Attempts made at the service, hedges not counted. */
  attempts: number;
  /** Attempts beyond the first, over all services, hedges included. */
  retries: number;
  /** Endpoints of the service whose attempts failed, in order. */
  readonly tried: number[];
  /** Attempts that are awaited now: 0, 1, or 2 with a hedge. */
  awaited: number;
  /** The running attempt, and the one beside it. May be over, and used for something else. */
  first: Attempt | null;
  hedge: Attempt | null;
  /** An attempt was made after which the request may have been carried out. */
  mayHaveArrived: boolean;
  /** The router refused it. */
  isShed: boolean;
  /** Told apart from later uses of the record. */
  generation: number;
  /** Services tried before, each with the fallback it is at. Empty but while falling back. */
  readonly left: { readonly service: number; readonly status: number; next: number }[];
  /** The router's own, per service. */
  home: unknown;
}

/** What a new record is made of, until its request is known. */
export type Blank = Pick<Passage, "kind" | "router" | "open" | "policy">;

export interface PassagePool {
  readonly free: Passage[];
  made: number;
}

export function createPassagePool(): PassagePool {
  return { free: [], made: 0 };
}

/** A record that has tried nothing. */
export function takePassage(pool: PassagePool, blank: Blank): Passage {
  const passage = pool.free.pop();
  if (passage !== undefined) {
    passage.kind = blank.kind;
    passage.router = blank.router;
    passage.open = blank.open;
    passage.policy = blank.policy;
    passage.generation += 1;
    passage.attempts = 0;
    passage.retries = 0;
    passage.awaited = 0;
    passage.first = null;
    passage.hedge = null;
    passage.mayHaveArrived = false;
    passage.isShed = false;
    passage.home = null;
    passage.tried.length = 0;
    passage.left.length = 0;
    return passage;
  }
  pool.made += 1;
  return {
    ...blank,
    number: 0,
    repeat: 0,
    region: 0,
    seat: 0,
    arrivedAtMs: 0,
    deadlineMs: 0,
    service: 0,
    repeatable: false,
    hashKey: "",
    rank: 0,
    attempts: 0,
    retries: 0,
    tried: [],
    awaited: 0,
    first: null,
    hedge: null,
    mayHaveArrived: false,
    isShed: false,
    generation: 0,
    left: [],
    home: null,
  };
}

export function releasePassage(pool: PassagePool, passage: Passage): void {
  pool.free.push(passage);
}
