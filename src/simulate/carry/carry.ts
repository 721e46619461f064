/**
 * Carries requests as the edge does (src/edge/carry.ts, hedge.ts, serve.ts), in virtual time: pick, attempt, and while it fails
 * and may be tried again, pick another; then the fallbacks. What is decided is the router's; this only keeps the order.
 */
import type { AttemptOutcome } from "../../core/outcome.ts";
import { type EventQueue, schedule } from "../engine/event-queue.ts";
import { type Attempt, releaseAttempt, takeAttempt } from "./attempt.ts";
import { fallBack } from "./fall-back.ts";
import { createNetwork, type Network } from "./network.ts";
import type { Passage } from "./passage.ts";

export interface Carrier {
  readonly network: Network;
  /** A request whose service and policy are known. Ends in `onEnd`, some time later or at once. */
  carry(passage: Passage): void;
}

export interface CarrierEvents {
  /** A first attempt at the service that the request was routed to. */
  readonly onFirstAttempt: (passage: Passage, endpoint: number) => void;
  /** `status`: 503 and 504 may be the mesh's own. */
  readonly onEnd: (passage: Passage, status: number) => void;
}

const NO_ANSWER = 503;
const TOO_LATE = 504;

export function createCarrier(queue: EventQueue, seed: number, events: CarrierEvents): Carrier {
  const network = createNetwork(queue, seed, onAnswer);
  const { pool } = network;
  const ended: { -readonly [K in keyof AttemptOutcome]: AttemptOutcome[K] } = {
    outcome: "ok",
    status: 0,
    latencyMs: 0,
    nowMs: 0,
    isRetry: false,
    isHedge: false,
    isRepeatable: true,
    retryAfterMs: 0,
  };

  function carry(passage: Passage): void {
    if (passage.router.enter(passage, go)) go(passage);
  }

  function go(passage: Passage): void {
    const { requestTimeoutMs } = passage.policy;
    if (passage.left.length === 0) {
      passage.deadlineMs = requestTimeoutMs > 0 ? queue.nowMs + requestTimeoutMs : Number.POSITIVE_INFINITY;
    }
    if (passage.router.admit(passage)) attemptNext(passage);
    else {
      passage.isShed = true;
      giveUp(passage, NO_ANSWER);
    }
  }

  function attemptNext(passage: Passage): void {
    const endpoint = passage.router.pick(passage);
    if (endpoint < 0) {
      giveUp(passage, NO_ANSWER);
      return;
    }
    passage.attempts += 1;
    if (passage.attempts > 1) passage.retries += 1;
    else if (passage.left.length === 0) events.onFirstAttempt(passage, endpoint);
    const attempt = start(passage, endpoint, false);
    if (passage.attempts > 1) return;
    const hedgeMs = passage.router.hedgeDelayMs(passage, attempt);
    if (hedgeMs > 0) schedule(queue, queue.nowMs + hedgeMs, hedge, attempt, attempt.generation);
  }

  function start(passage: Passage, endpoint: number, isHedge: boolean): Attempt {
    const { router, open, service, deadlineMs } = passage;
    const { nowMs } = queue;
    const timeoutMs = router.attemptTimeoutMs(passage, endpoint);
    const attempt = takeAttempt(pool, passage);
    attempt.endpoint = endpoint;
    attempt.station = open.stations[service]![endpoint]!;
    attempt.number = passage.attempts;
    attempt.isHedge = isHedge;
    attempt.startedAtMs = nowMs;
    attempt.neverSent = false;
    attempt.isAwaited = true;
    attempt.region = passage.region;
    attempt.key = passage.number;
    attempt.draw = (passage.repeat << 8) + (passage.attempts << 1) + (isHedge ? 1 : 0);
    if (isHedge) passage.hedge = attempt;
    else passage.first = attempt;
    passage.awaited += 1;
    router.onStart(passage, attempt);
    schedule(queue, Math.min(deadlineMs, nowMs + timeoutMs), onOverdue, attempt, attempt.generation);
    network.send(attempt);
    return attempt;
  }

  /** The first attempt takes long: another one beside it. */
  function hedge(first: Attempt, generation: number): void {
    if (first.generation !== generation || !first.isAwaited) return;
    const { passage } = first;
    passage.tried.push(first.endpoint);
    const endpoint = passage.router.pick(passage);
    passage.tried.pop();
    if (endpoint < 0 || endpoint === first.endpoint) return;
    passage.retries += 1;
    start(passage, endpoint, true);
  }

  function onOverdue(attempt: Attempt, generation: number): void {
    if (attempt.generation !== generation || !attempt.isAwaited) return;
    attempt.outcome = "timeout";
    attempt.status = 0;
    attempt.neverSent = false;
    onAnswer(attempt);
  }

  function onAnswer(attempt: Attempt): void {
    const { passage } = attempt;
    const { router } = passage;
    settle(attempt);
    if (!router.isRetriable(passage, attempt)) {
      if (passage.awaited > 0) cancelOther(passage, attempt);
      const { outcome, status, neverSent } = attempt;
      passage.mayHaveArrived ||= !neverSent;
      releaseAttempt(pool, attempt);
      if (status > 0) events.onEnd(passage, status);
      else giveUp(passage, outcome === "timeout" ? TOO_LATE : NO_ANSWER);
      return;
    }
    passage.mayHaveArrived ||= !attempt.neverSent;
    passage.tried.push(attempt.endpoint);
    // The other attempt of a hedged pair may still save it.
    if (passage.awaited > 0) {
      releaseAttempt(pool, attempt);
      return;
    }
    const waitMs = router.nextWaitMs(passage, attempt);
    const status = attempt.status > 0 ? attempt.status : attempt.outcome === "timeout" ? TOO_LATE : NO_ANSWER;
    releaseAttempt(pool, attempt);
    if (waitMs < 0) giveUp(passage, status);
    else if (waitMs === 0) attemptNext(passage);
    else schedule(queue, queue.nowMs + waitMs, attemptNext, passage);
  }

  function settle(attempt: Attempt): void {
    const { passage } = attempt;
    attempt.isAwaited = false;
    passage.awaited -= 1;
    ended.outcome = attempt.outcome;
    ended.status = attempt.status;
    ended.nowMs = queue.nowMs;
    ended.latencyMs = queue.nowMs - attempt.startedAtMs;
    ended.isRetry = attempt.number > 1 && !attempt.isHedge;
    ended.isHedge = attempt.isHedge;
    ended.isRepeatable = passage.repeatable;
    passage.router.onEnd(passage, attempt, ended);
  }

  /** A good answer has come: the other attempt of the pair is given up; its origin does not hear of it. */
  function cancelOther(passage: Passage, winner: Attempt): void {
    const other = winner.isHedge ? passage.first : passage.hedge;
    if (other === null || !other.isAwaited) return;
    other.outcome = "cancelled";
    other.status = 0;
    settle(other);
    releaseAttempt(pool, other);
  }

  function giveUp(passage: Passage, status: number): void {
    const verdict = fallBack(passage, status, seed);
    if (verdict > 0) events.onEnd(passage, verdict);
    else carry(passage);
  }

  return { network, carry };
}
