/**
 * Answers a request: by the service's endpoints, else by its fallbacks in the configured order, else by the endpoint's
 * own failing answer if there was one, else by a refusal. A fallback service that has no answer is passed over, with
 * its own fallbacks; the last word is the first service's.
 */
import type { Fallback } from "../core/mesh.ts";
import { isRepeatable } from "../core/retry/retriable.ts";
import { discard } from "./attempt.ts";
import type { Carried } from "./carried.ts";
import { carry, mayRepeat, type Unanswered } from "./carry.ts";
import { finish, finishFailed, refuseCarried, reveal } from "./finish.ts";
import { affinityKeyOf, requestClassOf } from "./request-traits.ts";
import { staleAnswer } from "./stale-cache.ts";

/** Fallback services of fallback services end here. The config refuses cycles; this bounds their length. */
const MAX_DEPTH = 4;

/** Rejects only for bugs. */
export function serve(carried: Carried): Promise<Response> {
  return carry(carried, finish, doWithout);
}

async function doWithout(carried: Carried, unanswered: Unanswered): Promise<Response> {
  const isRefused = unanswered.refusal.reason === "out_of_bounds";
  const answer = isRefused ? null : await degrade(carried, unanswered);
  if (answer !== null) return answer;
  const { refusal, failed, exhausted } = unanswered;
  if (failed?.response) return finishFailed(carried, failed, exhausted);
  return refuseCarried(carried, refusal, exhausted);
}

/** The answer of the first fallback that has one; null when none has. */
async function degrade(carried: Carried, { failed }: Unanswered): Promise<Response | null> {
  for (const fallback of carried.service.state.service.fallback) {
    const response = await fallBack(carried, fallback);
    if (response === null) continue;
    if (failed?.response) discard(failed.response);
    return response;
  }
  return null;
}

async function fallBack(carried: Carried, fallback: Fallback): Promise<Response | null> {
  switch (fallback.type) {
    case "service":
      return moveOn(carried, fallback.service, fallback.policy);
    case "staleIfError": {
      const stale = await staleAnswer(carried, fallback.maxAgeMs);
      return stale === null ? null : reveal(carried, stale, "stale");
    }
    case "response": {
      const headers = new Headers(fallback.headers as [string, string][]);
      const bodiless = carried.request.method === "HEAD" || fallback.status === 204 || fallback.status === 304;
      const response = new Response(bodiless ? null : fallback.body, { status: fallback.status, headers });
      return reveal(carried, response, "response");
    }
  }
}

/** Asks another service, by its own settings and with its own fallbacks. Null when it has no answer either. */
async function moveOn(carried: Carried, serviceIndex: number, policyIndex: number): Promise<Response | null> {
  const { request, depth } = carried;
  const { services, mesh } = carried.open;
  const service = services[serviceIndex];
  const policy = mesh.policies[policyIndex];
  if (service === undefined || policy === undefined || depth >= MAX_DEPTH || !mayMoveOn(carried)) return null;
  const repeatable = isRepeatable(policy.retry, request.method, request.headers.has("idempotency-key"));
  const settings = service.state.service;
  const moved: Carried = {
    ...carried,
    service,
    policy,
    credentials: carried.ruleCredentials,
    repeatable,
    hashKey: affinityKeyOf(settings, request.headers, carried.address, carried.clientIp),
    requestClass: requestClassOf(settings, request.headers, carried.said),
    session: null,
    tried: null,
    depth: depth + 1,
    startedAtMs: Date.now(),
  };
  const answer = await carry<Response | null>(moved, finish, passOver);
  carried.mayHaveArrived ||= moved.mayHaveArrived;
  return answer;
}

/** A fallback service without an answer: its own fallbacks, else nothing. */
async function passOver(moved: Carried, unanswered: Unanswered): Promise<Response | null> {
  const answer = await degrade(moved, unanswered);
  if (answer === null && unanswered.failed?.response) discard(unanswered.failed.response);
  return answer;
}

/** Another service may be asked unless this request may have been carried out already and must not be twice. */
function mayMoveOn(carried: Carried): boolean {
  const untouched = carried.tried === null && !carried.mayHaveArrived;
  return untouched || mayRepeat(carried) || (!carried.mayHaveArrived && carried.body.kind !== "stream");
}
