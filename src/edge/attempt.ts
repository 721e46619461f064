/**
 * One attempt at one endpoint: fetch with its own deadline to the first byte, classified and recorded.
 *
 * The time limit ends when the head of the answer is there; a body that flows is never cut. An abort signal costs a
 * tenth of a request on this platform, so the first attempt at an endpoint that has not failed lately goes without one:
 * if it is given up all the same, its answer's body is cancelled when it comes. Every other attempt can be aborted.
 */

import type { OutcomeClass } from "../core/outcome.ts";
import { isFailure } from "../core/outcome.ts";
import type { ProbeLease } from "../core/protocol.ts";
import { retryAfterMs } from "../core/retry/retry-after.ts";
import { attemptTimeoutMs, onAttemptEnd, onAttemptStart, onUnsent } from "../core/service-state.ts";
import { countOne, countUpstream } from "../core/traffic/tally.ts";
import type { AttemptTrace } from "../telemetry/trace/spans.ts";
import { type Carried, endpointId } from "./carried.ts";
import { classifyError, classifyResponse } from "./classify.ts";
import { arm, disarm, type InFlight, type Wake } from "./deadline.ts";
import { statusAs } from "./extension/classifier.ts";
import { NeverSent } from "./never-sent.ts";
import type { BodyEnd } from "./request-body.ts";
import { onUnauthorized, send, unsentSoFar } from "./send.ts";
import type { ServiceRuntime } from "./service-runtime.ts";
import { syncIfDue } from "./sync.ts";
import { endAttemptTrace, traceAttempt } from "./telemetry/request-trace.ts";
import { noteUnsent } from "./unsent.ts";

/** After a failure, attempts at the endpoint can be aborted for so long, ms. */
const CAUTION_MS = 10_000;

export interface AttemptResult {
  readonly endpoint: number;
  /** The answer, whatever its status; null when there was none. */
  readonly response: Response | null;
  readonly outcome: OutcomeClass;
  readonly status: number;
  readonly neverSent: boolean;
  readonly retryAfterMs: number;
  /** What kept the request from being sent at all, its body untouched; null when it left. */
  readonly unsent: NeverSent | null;
}

export interface AttemptOptions {
  readonly endpoint: number;
  /** 1 for the request's first attempt. */
  readonly number: number;
  readonly lease: ProbeLease | null;
  readonly isHedge: boolean;
  readonly nowMs: number;
  /** Lets the caller give the attempt up; its outcome is then `cancelled`. */
  readonly abort: AbortController | null;
}

/** An attempt that was begun: await `settled`, then end it. */
export interface AttemptInFlight extends InFlight {
  readonly service: ServiceRuntime;
  readonly options: AttemptOptions;
  readonly timeoutMs: number;
  /** Set right after the flight was made, and never again. */
  fetching: Promise<Response>;
  readonly abort: AbortController | null;
  /** Null when the request is not traced. */
  readonly trace: AttemptTrace | null;
  /** When the clock of the attempt began: when it was sent, or when the last byte of a streamed body had left. */
  startedAtMs: number;
  /** The downstream broke off the body: what becomes of the attempt says nothing of the endpoint. */
  isBodyBroken: boolean;
  /** Nothing was sent: how its body ends does not concern it. */
  isUnsent: boolean;
}

/** The platform's answer, its error, or what the ledger says. */
type Settled = Response | Failed | Wake;

interface Failed {
  readonly error: unknown;
}

/** Makes the attempt. Never rejects: whatever happens is a result. */
export function attempt(carried: Carried, options: AttemptOptions): Promise<AttemptResult> {
  return attemptEnd(carried, beginAttempt(carried, options));
}

/** Waits for an attempt that was begun, and ends it. Never rejects. */
export async function attemptEnd(carried: Carried, flight: AttemptInFlight): Promise<AttemptResult> {
  let settled = await flightSettled(flight);
  while (settled === "rearm") settled = await rearmed(carried, flight);
  return endAttempt(carried, flight, settled);
}

/** Sends the request and enters the attempt in the ledger. Never throws. */
export function beginAttempt(carried: Carried, options: AttemptOptions): AttemptInFlight {
  const { service, isolate, policy, body } = carried;
  const { endpoint, nowMs } = options;
  const timeoutMs = attemptTimeoutMs(service.state, endpoint, policy);
  const dueMs = body.kind === "stream" ? Number.POSITIVE_INFINITY : Math.min(carried.deadlineMs, nowMs + timeoutMs);
  const abort = options.abort ?? (mustAbort(carried, options) ? new AbortController() : null);
  onAttemptStart(service.state, endpoint, nowMs, body.kind === "stream");
  const trace = carried.trace === null ? null : traceAttempt(carried.trace, carried, options);
  if (options.isHedge) countOne(service.tally, "hedges");
  const flight: AttemptInFlight = {
    dueMs,
    wake: null,
    armedAtMs: nowMs,
    wokenAtMs: 0,
    isEnded: false,
    onGone: endGone,
    service,
    options,
    timeoutMs,
    fetching: UNSENT,
    abort,
    trace,
    startedAtMs: nowMs,
    isBodyBroken: false,
    isUnsent: false,
  };
  flight.fetching = send(carried, flight);
  if (body.kind === "stream") watchBody(body.end, carried, flight);
  arm(isolate.deadlines, flight, nowMs, carried.ctx);
  return flight;
}

const UNSENT: Promise<Response> = new Promise(() => {});

/** Settles with whatever comes first; never rejects. `rearm` asks for `rearmed`. */
export function flightSettled(flight: AttemptInFlight): Promise<Settled> {
  return new Promise((resolve) => {
    flight.wake = resolve;
    flight.fetching.then(resolve, (error: unknown) => resolve({ error }));
  });
}

/** Goes on waiting, on this request's own account if need be. */
export function rearmed(carried: Carried, flight: AttemptInFlight): Promise<Settled> {
  revive(flight);
  arm(carried.isolate.deadlines, flight, Date.now(), carried.ctx);
  return flightSettled(flight);
}

/** Takes the attempt out of the ledger, classifies and records it. Never throws. */
export function endAttempt(
  carried: Carried,
  flight: AttemptInFlight,
  settled: Exclude<Settled, "rearm">,
): AttemptResult {
  const nowMs = Date.now();
  revive(flight);
  disarm(carried.isolate.deadlines, flight);
  if (settled === "overdue") {
    // An issuer that is slow makes no endpoint slow.
    const unsent = unsentSoFar(flight.fetching);
    giveUp(flight.fetching, flight.abort);
    if (unsent !== null) return endUnsent(carried, flight, unsent, nowMs);
    return record(carried, flight, null, "timeout", false, nowMs);
  }
  if ("error" in settled) {
    if (settled.error instanceof NeverSent) return endUnsent(carried, flight, settled.error, nowMs);
    const cancelled = flight.options.abort?.signal.aborted === true || flight.isBodyBroken;
    const { outcome, neverSent } = classifyError(settled.error);
    return record(carried, flight, null, cancelled ? "cancelled" : outcome, neverSent, nowMs);
  }
  const { status } = settled;
  if (status === 401) onUnauthorized(carried, flight.options, nowMs);
  const byStatus = classifyResponse(settled, status);
  const { classify } = carried.service;
  if (classify === null) return record(carried, flight, settled, byStatus.outcome, byStatus.neverSent, nowMs, status);
  const judged = classify(settled, byStatus);
  const shown = statusAs(judged, byStatus, status);
  return record(carried, flight, settled, judged.outcome, judged.neverSent, nowMs, shown);
}

/** Starts the clock when the last byte has left; gives the attempt up when the downstream broke the body off. */
function watchBody(end: Promise<BodyEnd>, carried: Carried, flight: AttemptInFlight): void {
  end.then((how) => {
    if (flight.isUnsent) return;
    if (how === "sent") {
      const nowMs = Date.now();
      if (carried.deadlineMs < Number.POSITIVE_INFINITY) carried.deadlineMs += nowMs - flight.startedAtMs;
      flight.startedAtMs = nowMs;
      flight.dueMs = Math.min(carried.deadlineMs, nowMs + flight.timeoutMs);
    } else if (how === "broken") {
      flight.isBodyBroken = true;
      flight.abort?.abort();
    }
  });
}

function mustAbort(carried: Carried, options: AttemptOptions): boolean {
  return (
    options.number > 1 ||
    carried.body.kind !== "none" ||
    carried.service.cautionUntilMs[options.endpoint]! > options.nowMs
  );
}

function giveUp(fetching: Promise<Response>, abort: AbortController | null): void {
  fetching.then(discard, () => {});
  abort?.abort();
}

/**
 * Frees the connection of an answer that nobody will read. Short bodies are read to their end, which keeps the
 * connection and costs less than cancelling; others are cancelled. Never throws, never waits.
 */
export function discard(response: Response): void {
  if (response.body === null) return;
  const length = response.headers.get("content-length");
  const ended = length !== null && Number(length) <= 4_096 ? response.arrayBuffer() : response.body.cancel();
  ended.then(
    () => {},
    () => {},
  );
}

function record(
  carried: Carried,
  flight: AttemptInFlight,
  response: Response | null,
  outcome: OutcomeClass,
  neverSent: boolean,
  nowMs: number,
  status = 0,
): AttemptResult {
  const { service } = carried;
  const { endpoint, number, isHedge, lease } = flight.options;
  const askedMs = outcome === "throttled" ? retryAfterMs(response!.headers.get("retry-after"), nowMs) : 0;
  const latencyMs = Math.max(0, nowMs - flight.startedAtMs);
  onAttemptEnd(
    service.state,
    endpoint,
    {
      outcome,
      status,
      latencyMs,
      nowMs,
      isRetry: number > 1 && !isHedge,
      isHedge,
      isRepeatable: carried.repeatable,
      retryAfterMs: askedMs,
    },
    lease,
  );
  if (response !== null) countUpstream(service.tally, service.state.service.endpoints[endpoint]!.id, latencyMs);
  if (flight.trace !== null) endAttemptTrace(flight.trace, outcome, status, nowMs);
  const failed = isFailure(outcome);
  if (failed) service.cautionUntilMs[endpoint] = nowMs + CAUTION_MS;
  syncIfDue(carried.isolate, service, nowMs, failed ? "failure" : "result", carried.ctx);
  return { endpoint, response, outcome, status, neverSent, retryAfterMs: askedMs, unsent: null };
}

/** Another endpoint may be tried as after a failed connection; what is said of this one is in unsent.ts. */
function endUnsent(carried: Carried, flight: AttemptInFlight, unsent: NeverSent, nowMs: number): AttemptResult {
  const { service, isolate } = carried;
  const { endpoint } = flight.options;
  flight.isUnsent = true;
  record(carried, flight, null, "cancelled", true, nowMs);
  if (unsent.of === "ours") onUnsent(service.state, endpoint, nowMs);
  if (unsent.of !== "body") {
    noteUnsent(isolate.unsent, service.state.service.name, endpointId(carried, endpoint), unsent.message, nowMs);
  }
  return {
    endpoint,
    response: null,
    outcome: "connect-failure",
    status: 0,
    neverSent: true,
    retryAfterMs: 0,
    unsent,
  };
}

/** The request was not gone but slow: the attempt that the ledger ended counts as begun anew, so that ends match starts. */
function revive(flight: AttemptInFlight): void {
  if (!flight.isEnded) return;
  flight.isEnded = false;
  onAttemptStart(flight.service.state, flight.options.endpoint, Date.now());
}

function endGone(flight: InFlight, nowMs: number): void {
  const { service, options, startedAtMs } = flight as AttemptInFlight;
  onAttemptEnd(
    service.state,
    options.endpoint,
    {
      outcome: "cancelled",
      status: 0,
      latencyMs: nowMs - startedAtMs,
      nowMs,
      isRetry: options.number > 1,
      isHedge: options.isHedge,
      retryAfterMs: 0,
    },
    options.lease,
  );
}
