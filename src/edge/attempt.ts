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
import { attemptTimeoutMs, onAttemptEnd, onAttemptStart } from "../core/service-state.ts";
import type { Carried } from "./carried.ts";
import { classifyError, classifyResponse } from "./classify.ts";
import { arm, disarm, type InFlight, type Wake } from "./deadline.ts";
import type { ServiceRuntime } from "./isolate.ts";
import { headersFor, TIMEOUT_HEADER } from "./outbound-headers.ts";
import { syncIfDue } from "./sync.ts";

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

interface AttemptInFlight extends InFlight {
  readonly service: ServiceRuntime;
  readonly options: AttemptOptions;
}

/** Makes the attempt. Never rejects: whatever happens is a result. */
export async function attempt(carried: Carried, options: AttemptOptions): Promise<AttemptResult> {
  const { service, isolate, policy, body } = carried;
  const { endpoint, nowMs } = options;
  const { state } = service;
  const timeoutMs = attemptTimeoutMs(state, endpoint, policy);
  const upload = body.kind === "stream" ? body : null;
  const dueMs = upload === null ? Math.min(carried.deadlineMs, nowMs + timeoutMs) : Number.POSITIVE_INFINITY;
  const abort = options.abort ?? (mustAbort(carried, options) ? new AbortController() : null);
  const flight: AttemptInFlight = {
    dueMs,
    wake: null,
    armedAtMs: nowMs,
    wokenAtMs: 0,
    isEnded: false,
    onGone: endGone,
    service,
    options,
  };
  let startedAtMs = nowMs;

  onAttemptStart(state, endpoint, nowMs);
  const fetching = send(carried, options, dueMs, abort);
  if (upload !== null) {
    upload.sent.then(
      () => {
        startedAtMs = Date.now();
        if (carried.deadlineMs < Number.POSITIVE_INFINITY) carried.deadlineMs += startedAtMs - nowMs;
        flight.dueMs = Math.min(carried.deadlineMs, startedAtMs + timeoutMs);
      },
      () => {},
    );
  }

  let answer: Response | Wake;
  try {
    arm(isolate.deadlines, flight, nowMs, carried.ctx);
    answer = await settled(fetching, flight);
    while (answer === "rearm") {
      revive(flight);
      arm(isolate.deadlines, flight, Date.now(), carried.ctx);
      answer = await settled(fetching, flight);
    }
  } catch (error) {
    const endedAtMs = Date.now();
    revive(flight);
    disarm(isolate.deadlines, flight);
    const cancelled = options.abort?.signal.aborted === true;
    const { outcome, neverSent } = classifyError(error);
    return record(carried, options, null, cancelled ? "cancelled" : outcome, neverSent, startedAtMs, endedAtMs);
  }

  const endedAtMs = Date.now();
  revive(flight);
  disarm(isolate.deadlines, flight);
  if (answer === "overdue") {
    giveUp(fetching, abort);
    return record(carried, options, null, "timeout", false, startedAtMs, endedAtMs);
  }
  const { outcome, neverSent } = classifyResponse(answer);
  return record(carried, options, answer, outcome, neverSent, startedAtMs, endedAtMs);
}

function send(
  carried: Carried,
  options: AttemptOptions,
  dueMs: number,
  abort: AbortController | null,
): Promise<Response> {
  const endpoint = carried.service.state.service.endpoints[options.endpoint]!;
  const { address, body, isolate } = carried;
  const headers = headersFor(endpoint, carried.headers);
  if (isolate.open.mesh.edge.timeoutHeader) {
    if (dueMs === Number.POSITIVE_INFINITY) headers.delete(TIMEOUT_HEADER);
    else headers.set(TIMEOUT_HEADER, String(Math.max(1, Math.ceil(dueMs - options.nowMs))));
  }
  const init: RequestInit = { method: carried.request.method, headers, redirect: "manual" };
  if (body.kind === "buffered") init.body = body.bytes;
  else if (body.kind === "stream") init.body = body.stream;
  if (abort !== null) init.signal = abort.signal;
  return fetch(endpoint.origin + endpoint.basePath + address.path + address.query, init);
}

function settled(fetching: Promise<Response>, flight: InFlight): Promise<Response | Wake> {
  return new Promise((resolve, reject) => {
    flight.wake = resolve;
    fetching.then(resolve, reject);
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
  options: AttemptOptions,
  response: Response | null,
  outcome: OutcomeClass,
  neverSent: boolean,
  startedAtMs: number,
  nowMs: number,
): AttemptResult {
  const { service } = carried;
  const { endpoint, number, isHedge, lease } = options;
  const status = response === null ? 0 : response.status;
  const askedMs = outcome === "throttled" ? retryAfterMs(response!.headers.get("retry-after"), nowMs) : 0;
  const latencyMs = Math.max(0, nowMs - startedAtMs);
  onAttemptEnd(
    service.state,
    endpoint,
    { outcome, status, latencyMs, nowMs, isRetry: number > 1 && !isHedge, isHedge, retryAfterMs: askedMs },
    lease,
  );
  const failed = isFailure(outcome);
  if (failed) service.cautionUntilMs[endpoint] = nowMs + CAUTION_MS;
  syncIfDue(carried.isolate, service, nowMs, failed ? "failure" : "result", carried.ctx);
  return { endpoint, response, outcome, status, neverSent, retryAfterMs: askedMs };
}

/** The request was not gone but slow: the attempt that the ledger ended counts as begun anew, so that ends match starts. */
function revive(flight: AttemptInFlight): void {
  if (!flight.isEnded) return;
  flight.isEnded = false;
  onAttemptStart(flight.service.state, flight.options.endpoint, Date.now());
}

function endGone(flight: InFlight, nowMs: number): void {
  const { service, options } = flight as AttemptInFlight;
  onAttemptEnd(
    service.state,
    options.endpoint,
    {
      outcome: "cancelled",
      status: 0,
      latencyMs: nowMs - options.nowMs,
      nowMs,
      isRetry: options.number > 1,
      isHedge: options.isHedge,
      retryAfterMs: 0,
    },
    options.lease,
  );
}
