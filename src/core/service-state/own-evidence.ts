/**
 * What this isolate sees itself: answers, failures, its own breaker, and requests that take too long.
 *
 * The estimates in the columns are the snapshot's, with its samples as weight, plus our own that no snapshot covers yet.
 * Without fresh snapshots our own count for more, and are forgotten over five seconds.
 */
import { noteDelay } from "../balance/adaptive/own-evidence.ts";
import { addFailures, failuresInWindow } from "../health/failure-window.ts";
import type { ServiceState } from "./state.ts";

/** Milliseconds between two foldings at least, and the time constant of what is forgotten. */
const FOLD_MS = 1_000;
const MEMORY_MS = 5_000;
/** Samples that a distrusted snapshot's estimates still count for. */
const STALE_PRIOR_SAMPLES = 5;
/** A request is overdue after so many times the expected latency, and then some ms. */
const OVERDUE_RATIO = 3;
const OVERDUE_EXTRA_MS = 50;
/** A slow answer is news for the others while it is one of at most so many since the last report. */
const NEWS_MAX_SAMPLES = 10;
/** The exponent of a doubling stops here: 2^20 is above every configured maximum. */
const MAX_DOUBLINGS = 20;

/** When a request to the endpoint counts as overdue, in ms after its start. */
export function overdueAfterMs(state: ServiceState, e: number): number {
  return OVERDUE_RATIO * state.columns.latencyMs[e]! + OVERDUE_EXTRA_MS;
}

/** An answer that was no failure. */
export function noteOk(state: ServiceState, e: number, latencyMs: number, nowMs: number): void {
  const { own, reporting } = state;
  fold(state, nowMs);
  if (latencyMs > overdueAfterMs(state, e) && reporting.ok[e]! < NEWS_MAX_SAMPLES) reporting.urgent = true;
  noteDelay(state.columns.adaptive, e, latencyMs, nowMs);
  own.ok[e]! += 1;
  own.latencySumMs[e]! += latencyMs;
  if (own.consecutive[e] !== 0) endRun(state, e, nowMs);
  estimate(state, e);
}

/** An answer ends a run of failures, and with it our own doubts; a failover window goes on counting. */
function endRun(state: ServiceState, e: number, nowMs: number): void {
  const { own } = state;
  own.consecutive[e] = 0;
  if (state.failures !== null) return;
  state.columns.adaptive.coolUntilMs[e] = 0;
  if (own.outUntilMs[e]! > nowMs) {
    own.outUntilMs[e] = 0;
    state.settleAtMs = Number.NEGATIVE_INFINITY;
  }
}

/** A failure: cools the endpoint down, and opens our own breaker when it is one of several. */
export function noteFailure(state: ServiceState, e: number, nowMs: number): void {
  const { own, service, columns } = state;
  const { localConsecutiveFailures, localBaseMs, localMaxMs } = service.circuitBreaker;
  fold(state, nowMs);
  own.failed[e]! += 1;
  own.lastFailureAtMs[e] = nowMs;
  own.consecutive[e]! += 1;
  const run = own.consecutive[e]!;
  if (state.learning) columns.adaptive.coolUntilMs[e] = nowMs + backoffMs(localBaseMs, localMaxMs, run - 1);
  if (state.failures !== null) {
    const { failures, quietMs } = service.failover;
    addFailures(state.failures, e, 1, nowMs);
    if (failuresInWindow(state.failures, e, nowMs) >= failures) takeOut(state, e, nowMs + quietMs);
    else if (own.outUntilMs[e]! > nowMs) takeOut(state, e, nowMs + quietMs);
  } else if (run >= localConsecutiveFailures && service.circuitBreaker.enabled) {
    takeOut(state, e, nowMs + backoffMs(localBaseMs, localMaxMs, run - localConsecutiveFailures));
  }
  estimate(state, e);
}

function takeOut(state: ServiceState, e: number, untilMs: number): void {
  state.own.outUntilMs[e] = untilMs;
  state.settleAtMs = Number.NEGATIVE_INFINITY;
}

function backoffMs(baseMs: number, maxMs: number, doublings: number): number {
  return Math.min(maxMs, baseMs * 2 ** Math.min(MAX_DOUBLINGS, doublings));
}

/** Lets evidence that no snapshot takes over fade. Linear in the endpoints, at most once a second. */
export function fold(state: ServiceState, nowMs: number): void {
  const { own } = state;
  const elapsedMs = nowMs - own.foldedAtMs;
  if (elapsedMs < FOLD_MS) return;
  own.foldedAtMs = nowMs;
  const kept = Math.exp(-elapsedMs / MEMORY_MS);
  for (let e = 0; e < state.size; e++) {
    own.ok[e]! *= kept;
    own.latencySumMs[e]! *= kept;
    own.failed[e]! *= kept;
    own.sentOk[e]! *= kept;
    own.sentLatencySumMs[e]! *= kept;
    own.sentFailed[e]! *= kept;
  }
  estimateColumns(state);
}

/** What we know so far goes into a report now taken. */
export function markSent(state: ServiceState): void {
  const { own } = state;
  own.sentOk.set(own.ok);
  own.sentLatencySumMs.set(own.latencySumMs);
  own.sentFailed.set(own.failed);
}

/** A snapshot came that covers what was sent. */
export function dropSent(state: ServiceState): void {
  const { own } = state;
  for (let e = 0; e < state.size; e++) {
    own.ok[e] = Math.max(0, own.ok[e]! - own.sentOk[e]!);
    own.latencySumMs[e] = Math.max(0, own.latencySumMs[e]! - own.sentLatencySumMs[e]!);
    own.failed[e] = Math.max(0, own.failed[e]! - own.sentFailed[e]!);
  }
  own.sentOk.fill(0);
  own.sentLatencySumMs.fill(0);
  own.sentFailed.fill(0);
}

/** Recomputes the estimates of every endpoint. */
export function estimateColumns(state: ServiceState): void {
  for (let e = 0; e < state.size; e++) estimate(state, e);
}

function estimate(state: ServiceState, e: number): void {
  const { shared, own, columns } = state;
  let latencySamples = shared.latencySamples[e]!;
  let failureSamples = shared.failureSamples[e]!;
  if (!state.trusted) {
    latencySamples = Math.min(latencySamples, STALE_PRIOR_SAMPLES);
    failureSamples = Math.min(failureSamples, STALE_PRIOR_SAMPLES);
  }
  const ok = own.ok[e]!;
  const failed = own.failed[e]!;
  columns.latencyMs[e] = (shared.latencyMs[e]! * latencySamples + own.latencySumMs[e]!) / (latencySamples + ok);
  columns.failureRatio[e] = (shared.failureRatio[e]! * failureSamples + failed) / (failureSamples + ok + failed);
}

/** A request was sent. Keeps track of the oldest one in flight. */
export function noteStart(state: ServiceState, e: number, nowMs: number): void {
  const { own } = state;
  if (state.columns.ownInFlight[e] !== 1) return;
  own.oldestStartMs[e] = nowMs;
  own.nextOverdueAtMs = Math.min(own.nextOverdueAtMs, nowMs + overdueAfterMs(state, e));
}

/**
 * A request that began at `startMs` is over. If it was the oldest, the next one is taken to have begun halfway since:
 * starts are not kept one by one, and this errs on the young side.
 */
export function noteEnd(state: ServiceState, e: number, startMs: number, nowMs: number): void {
  const { own, columns } = state;
  if (columns.ownInFlight[e]! > 0 && startMs > own.oldestStartMs[e]!) return;
  columns.adaptive.overdueSinceMs[e] = Number.POSITIVE_INFINITY;
  if (columns.ownInFlight[e] === 0) return;
  own.oldestStartMs[e] = (startMs + nowMs) / 2;
  own.nextOverdueAtMs = Math.min(own.nextOverdueAtMs, own.oldestStartMs[e]! + overdueAfterMs(state, e));
}

/** Finds requests that are overdue now, reports each once, and notes when to look again. Linear in the endpoints. */
export function findOverdue(state: ServiceState, nowMs: number): void {
  const { own, columns, reporting } = state;
  let next = Number.POSITIVE_INFINITY;
  for (let e = 0; e < state.size; e++) {
    if (columns.ownInFlight[e] === 0) continue;
    if (columns.adaptive.overdueSinceMs[e]! < Number.POSITIVE_INFINITY) continue;
    const startMs = own.oldestStartMs[e]!;
    const dueMs = startMs + overdueAfterMs(state, e);
    if (nowMs <= dueMs) {
      next = Math.min(next, dueMs);
      continue;
    }
    columns.adaptive.overdueSinceMs[e] = startMs;
    reporting.overdue[e]! += 1;
    reporting.overdueAgeMs[e]! += nowMs - startMs;
    reporting.urgent = true;
  }
  own.nextOverdueAtMs = next;
}
