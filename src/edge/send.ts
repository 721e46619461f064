/** Sends the request of one attempt: its own headers, its endpoint's address and credentials, by the endpoint's way. */

import type { FetchVia } from "../security/origin/certificate-binding.ts";
import type { CredentialFault, OriginCredential, OutgoingRequest } from "../security/origin/credential.ts";
import { applyCredentials } from "../security/origin/open.ts";
import type { AttemptInFlight, AttemptOptions } from "./attempt.ts";
import type { Carried } from "./carried.ts";
import { NeverSent } from "./never-sent.ts";
import { headersFor, TIMEOUT_HEADER } from "./outbound-headers.ts";
import { setTraceParent } from "./telemetry/request-trace.ts";

/** Rejects with what `fetch` throws, and with NeverSent. Without credentials nothing is awaited before the request leaves. */
export function send(carried: Carried, flight: AttemptInFlight): Promise<Response> {
  const { options, dueMs, abort, trace } = flight;
  const { target, body, isolate, service } = carried;
  const endpoint = service.state.service.endpoints[options.endpoint]!;
  const own = service.credentials === null ? null : service.credentials[options.endpoint]!;
  const set = carried.credentials;
  const credentials = set === null ? own : own === null ? set : [...set, ...own];
  const headers = headersFor(endpoint, carried.headers, credentials);
  if (isolate.open.mesh.edge.timeoutHeader) setTimeLeft(headers, dueMs, options.nowMs);
  if (trace !== null) setTraceParent(headers, carried.trace!, trace);
  const { method } = carried;
  const init: RequestInit = { method, headers, redirect: "manual" };
  if (body.kind === "buffered") init.body = body.bytes;
  else if (body.kind === "stream") init.body = body.stream;
  if (abort !== null) init.signal = abort.signal;
  const url = endpoint.origin + endpoint.basePath + target.path + target.query;
  const via = service.transport === null ? null : service.transport[options.endpoint]!;
  if (credentials === null) return via === null ? fetch(url, init) : via(url, init);
  const request: OutgoingRequest = { method, url, headers, body, nowMs: options.nowMs, ctx: carried.ctx };
  return sendWith(credentials, request, { init, via, carried, flight, ofRule: set });
}

function setTimeLeft(headers: Headers, dueMs: number, nowMs: number): void {
  if (dueMs === Number.POSITIVE_INFINITY) headers.delete(TIMEOUT_HEADER);
  else headers.set(TIMEOUT_HEADER, String(Math.max(1, Math.ceil(dueMs - nowMs))));
}

/** Lets the credentials of an attempt's endpoint know that it was refused for them, perhaps. Never throws. */
export function onUnauthorized(
  { service, ctx }: Carried,
  { endpoint, nowMs: sentAtMs }: AttemptOptions,
  nowMs: number,
) {
  const credentials = service.credentials === null ? null : service.credentials[endpoint]!;
  if (credentials === null) return;
  for (const credential of credentials) credential.onUnauthorized?.(sentAtMs, nowMs, ctx);
}

interface Outgoing {
  readonly init: RequestInit;
  readonly via: FetchVia | null;
  readonly carried: Carried;
  readonly flight: AttemptInFlight;
  /** Those of the credentials that filters set; null for none. */
  readonly ofRule: readonly OriginCredential[] | null;
}

function sendWith(
  credentials: readonly OriginCredential[],
  request: OutgoingRequest,
  outgoing: Outgoing,
): Promise<Response> {
  const applied = applyCredentials(credentials, request);
  if (!(applied instanceof Promise)) return dispatch(applied, request, outgoing);
  const sending: Promise<Response> = applied.then((fault) => {
    preparing.delete(sending);
    // Given up while its token was on the way, without a signal that would stop it: it must not be sent behind the next attempt.
    const nowMs = Date.now();
    if (nowMs >= outgoing.flight.dueMs) throw new NeverSent(TOO_LATE);
    onSent(outgoing.carried, outgoing.flight, nowMs);
    const { isolate } = outgoing.carried;
    // What is signed stays as it was signed.
    if (isolate.open.mesh.edge.timeoutHeader && !isTimeLeftSigned(request.headers)) {
      setTimeLeft(request.headers, outgoing.flight.dueMs, nowMs);
    }
    return dispatch(fault, request, outgoing);
  });
  preparing.add(sending);
  return sending;
}

/**
 * Starts the clock anew when what the attempt carries had to be waited for: an issuer that is slow makes no endpoint slow. So the
 * time limit of an attempt holds for its credentials, and then for its endpoint; that of the request for both together.
 */
function onSent({ deadlineMs }: Carried, flight: AttemptInFlight, nowMs: number): void {
  flight.startedAtMs = nowMs;
  if (flight.dueMs < Number.POSITIVE_INFINITY) flight.dueMs = Math.min(deadlineMs, nowMs + flight.timeoutMs);
}

/** Source: RFC 9421 §2.1: names of fields are lowercase strings in the input of a signature. */
function isTimeLeftSigned(headers: Headers): boolean {
  return headers.get("signature-input")?.includes(`"${TIMEOUT_HEADER}"`) === true;
}

/** Whether an attempt waits for its credentials still. Never throws. */
export function isPreparing(sending: Promise<Response>): boolean {
  return preparing.has(sending);
}

/** Attempts whose credentials are on the way. */
const preparing = new WeakSet<Promise<Response>>();
const TOO_LATE = "its credentials were not there in time";

/** Why an attempt that is given up now was never sent; null when it was. Never throws. */
export function unsentSoFar(sending: Promise<Response>): NeverSent | null {
  return isPreparing(sending) ? new NeverSent(TOO_LATE) : null;
}

function dispatch(fault: CredentialFault | null, { url }: OutgoingRequest, outgoing: Outgoing): Promise<Response> {
  if (fault !== null) return Promise.reject(lackOf(fault, outgoing));
  const { init, via } = outgoing;
  return via === null ? fetch(url, init) : via(url, init);
}

function lackOf({ credential, why, of }: CredentialFault, { ofRule }: Outgoing): NeverSent {
  const isOfRule = of === "ours" && ofRule?.some(({ name }) => name === credential) === true;
  return new NeverSent(`credential ${credential}: ${why}`, isOfRule ? "rule" : of);
}
