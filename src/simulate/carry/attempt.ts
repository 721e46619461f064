/** One attempt at one endpoint. Pooled: a simulated second of traffic allocates none. */
import type { OutcomeClass } from "../../core/outcome.ts";
import type { Job } from "../world/station.ts";
import type { Passage } from "./passage.ts";

/** Mutable. `station` is null when nobody is at that address. A record is free again when neither its request waits for it nor the network or the origin has it. */
export interface Attempt extends Job {
  passage: Passage;
  /** Index in the service's endpoints. */
  endpoint: number;
  /** 1 for the request's first. */
  number: number;
  isHedge: boolean;
  startedAtMs: number;
  rttMs: number;
  /** Where its request came in, and what its chance is drawn by: the request may be over before its origin knows. */
  region: number;
  key: number;
  draw: number;
  /** Its request waits for it. */
  isAwaited: boolean;
  /** Something of it is on its way: a packet, the job, the answer. */
  isUnderWay: boolean;
  /** Told apart from later uses of the record. */
  generation: number;
  /** How it ended. */
  outcome: OutcomeClass;
  /** 0: no answer. */
  status: number;
  neverSent: boolean;
  /** The router's own. */
  token: unknown;
}

export interface AttemptPool {
  readonly free: Attempt[];
  readonly onDone: Job["onDone"];
  /** Records made so far. */
  made: number;
}

/** `onDone`: told when an origin is done with an attempt. */
export function createAttemptPool(onDone: Job["onDone"]): AttemptPool {
  return { free: [], onDone, made: 0 };
}

/** A record for an attempt of `passage`; everything else is the caller's to set. */
export function takeAttempt(pool: AttemptPool, passage: Passage): Attempt {
  const attempt = pool.free.pop();
  if (attempt !== undefined) {
    attempt.passage = passage;
    attempt.generation += 1;
    return attempt;
  }
  pool.made += 1;
  return {
    passage,
    endpoint: 0,
    number: 0,
    isHedge: false,
    startedAtMs: 0,
    rttMs: 0,
    region: 0,
    key: 0,
    draw: 0,
    isAwaited: false,
    isUnderWay: false,
    generation: 0,
    outcome: "ok",
    status: 0,
    neverSent: false,
    token: null,
    demand: 0,
    place: 0,
    ticket: 0,
    station: null,
    onDone: pool.onDone,
  };
}

/** Gives the record back if nothing needs it any more. */
export function releaseAttempt(pool: AttemptPool, attempt: Attempt): void {
  if (attempt.isAwaited || attempt.isUnderWay) return;
  attempt.token = null;
  attempt.station = null;
  pool.free.push(attempt);
}
