/**
 * The last step of an answer: what one hop must not hand on is removed, what the caller may see is added. An answer
 * that needs neither is returned as it came, untouched: rebuilding costs a tenth of a request.
 */
import { optionsOf } from "../core/connection-options.ts";
import type { Refusal } from "../core/refusal.ts";
import type { AttemptResult } from "./attempt.ts";
import { type Carried, endpointId } from "./carried.ts";
import { stripConnectionOptions } from "./connection-options.ts";
import { observeAnswer, observeFallback, observeRefusal } from "./observe.ts";
import { logRefusal } from "./refusal-log.ts";
import { FLAGS_HEADER, refuse } from "./refuse.ts";
import { requestIdOf } from "./request-id.ts";
import { keepForStale } from "./stale-cache.ts";
import { shouldWatch, watched } from "./watch-body.ts";

/** Finishes an endpoint's answer. `result.response` is not null. */
export function finish(carried: Carried, result: AttemptResult): Response {
  return finished(carried, result, "", false);
}

/** Finishes an answer that was to be tried again and could not be: the attempt is among those written down. */
export function finishFailed(carried: Carried, result: AttemptResult, exhausted: boolean): Response {
  return finished(carried, result, exhausted ? "URX" : "", true);
}

/** `flags`: response flags to show, "" for none. `isNoted`: the attempt is in the trail. */
function finished(carried: Carried, result: AttemptResult, flags: string, isNoted: boolean): Response {
  let response = result.response!;
  observeAnswer(carried, result, flags, isNoted);
  const { session } = carried;
  if (session !== null && result.outcome === "ok") {
    session.answeredBy = result.endpoint;
    session.service = carried.service;
  }
  const { status } = response;
  if (status === 101) return response;
  if (result.outcome === "ok") keepForStale(carried, response);
  const connection = response.headers.get("connection");
  const strips = (connection !== null && optionsOf(connection).length > 0) || status === 407;
  if (shouldWatch(carried, result.endpoint, response)) response = watched(carried, result.endpoint, response);
  if (!strips && !carried.visible && flags === "") return response;

  const own = new Response(response.body, response);
  if (strips) {
    stripConnectionOptions(own.headers, connection ?? "");
    own.headers.delete("proxy-authenticate");
  }
  if (flags !== "") own.headers.set(FLAGS_HEADER, flags);
  if (carried.visible) {
    const endpoint = endpointId(carried, result.endpoint);
    show(carried, own.headers, isNoted ? "" : `${endpoint}:${result.outcome}`);
    own.headers.set("x-heddle-endpoint", endpoint);
  }
  return own;
}

/** Finishes an answer that a fallback gave. */
export function reveal(carried: Carried, response: Response, source: "stale" | "response"): Response {
  observeFallback(carried, response.status, source);
  if (!carried.visible) return response;
  const own = new Response(response.body, response);
  show(carried, own.headers, "");
  own.headers.set("x-heddle-fallback", source);
  return own;
}

/** Refuses a request on its way to a service, and logs why. */
export function refuseCarried(carried: Carried, refusal: Refusal, exhausted: boolean): Response {
  const requestId = requestIdOf(carried.request.headers);
  logRefusal(carried.isolate.refusals, refusal, requestId, Date.now());
  const response = refuse(refusal, requestId, exhausted);
  observeRefusal(carried, refusal, response.status, response.headers.get(FLAGS_HEADER) ?? "");
  if (carried.visible) show(carried, response.headers, "");
  return response;
}

/** `attempt`: what to add to the attempts in the trail, "" for nothing. */
function show(carried: Carried, headers: Headers, attempt: string): void {
  const { state } = carried.service;
  const attempts = carried.trail.map((entry) => `${entry.endpoint}:${entry.outcome}`);
  if (attempt !== "") attempts.push(attempt);
  headers.set("x-heddle-service", state.service.name);
  if (attempts.length > 0) headers.set("x-heddle-attempts", attempts.join(","));
  headers.set("x-heddle-route", carried.routeName);
  if (carried.rollout !== "") headers.set("x-heddle-rollout", carried.rollout);
  headers.set("x-heddle-snapshot-age-ms", snapshotAge(carried));
  headers.set("x-heddle-mesh", meshShown(carried));
}

/** The mesh that answered, and the one that would have if it could have been taken. */
function meshShown({ open, isolate }: Carried): string {
  const { refused } = isolate.reach;
  return refused === null ? open.mesh.version : `${open.mesh.version};refused=${refused.version}`;
}

function snapshotAge(carried: Carried): string {
  const { snapshot, snapshotAtMs } = carried.service.state;
  return snapshot === null ? "none" : String(Math.max(0, Date.now() - snapshotAtMs));
}
