/**
 * The way of an attempt to its origin and back. A packet takes half a round trip, longer by a random part; what a fault
 * swallows is gone without a word, and the caller finds out by its own clock.
 */
import type { OutcomeClass } from "../../core/outcome.ts";
import { chanceAt, STREAM } from "../engine/chance.ts";
import { sample } from "../engine/distributions.ts";
import { type EventQueue, schedule } from "../engine/event-queue.ts";
import { offer } from "../world/serving.ts";
import type { Job, Station } from "../world/station.ts";
import { type Attempt, type AttemptPool, createAttemptPool, releaseAttempt } from "./attempt.ts";

/** A round trip takes up to this share longer than the shortest. */
const JITTER_RATIO = 0.1;

export interface Network {
  readonly pool: AttemptPool;
  /** Sends the attempt on its way. `passage`, `station`, `number` and `isHedge` are set. */
  send(attempt: Attempt): void;
}

/** `onAnswer`: an answer has come that its request still waits for; the attempt says which. */
export function createNetwork(queue: EventQueue, seed: number, onAnswer: (attempt: Attempt) => void): Network {
  const pool = createAttemptPool(onDone);

  function send(attempt: Attempt): void {
    const { station, region, key, draw } = attempt;
    if (station === null || isLost(station, region)) {
      attempt.isUnderWay = false;
      return;
    }
    const u = chanceAt(seed, STREAM.demand, key, draw);
    const v = station.sampler.type === "lognormal" ? chanceAt(seed, STREAM.demandAngle, key, draw) : 0;
    attempt.demand = sample(station.sampler, u, v);
    const jitter = JITTER_RATIO * chanceAt(seed, STREAM.jitter, key, draw);
    attempt.rttMs = station.rttMs[region]! * (1 + jitter);
    attempt.isUnderWay = true;
    schedule(queue, queue.nowMs + attempt.rttMs / 2, onArrival, attempt);
  }

  function onArrival(attempt: Attempt): void {
    const station = attempt.station!;
    const { condition } = station;
    if (condition.reach === "refuses") {
      attempt.neverSent = true;
      reply(attempt, "connect-failure", 521);
    } else if (isLost(station, attempt.region)) {
      lose(attempt);
    } else if (condition.failsFast) {
      reply(attempt, "5xx", 500);
    } else if (!offer(queue, station, attempt)) {
      reply(attempt, "5xx", 503);
    }
  }

  function onDone(job: Job, served: boolean): void {
    const attempt = job as Attempt;
    const station = attempt.station!;
    if (!served) {
      reply(attempt, "reset", 0);
      return;
    }
    const { errorRatio } = station.condition;
    if (isLost(station, attempt.region)) lose(attempt);
    else if (errorRatio > 0 && chanceAt(seed, STREAM.error, attempt.key, attempt.draw) < errorRatio) {
      reply(attempt, "5xx", 500);
    } else reply(attempt, "ok", 200);
  }

  function reply(attempt: Attempt, outcome: OutcomeClass, status: number): void {
    attempt.outcome = outcome;
    attempt.status = status;
    schedule(queue, queue.nowMs + attempt.rttMs / 2, onReturn, attempt);
  }

  function onReturn(attempt: Attempt): void {
    attempt.isUnderWay = false;
    if (attempt.isAwaited) onAnswer(attempt);
    else releaseAttempt(pool, attempt);
  }

  function lose(attempt: Attempt): void {
    attempt.isUnderWay = false;
    releaseAttempt(pool, attempt);
  }

  return { pool, send };
}

function isLost({ condition }: Station, region: number): boolean {
  return condition.reach === "swallows" || (condition.lostFrom & (1 << region)) !== 0;
}
