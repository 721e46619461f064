import type { Refusal } from "../core/refusal.ts";
import { type Met, observeUnrouted } from "./observe.ts";
import { logRefusal } from "./refusal-log.ts";
import { FLAGS_HEADER, refuse } from "./refuse.ts";
import { requestIdOf } from "./request-id.ts";

/** Refuses a request that went to no service, and logs why. Never throws. */
export function refuseHere(met: Met, refusal: Refusal): Response {
  const response = refusalHere(met, refusal);
  observeUnrouted(met, response.status, response.headers.get(FLAGS_HEADER) ?? "", refusal);
  return response;
}

/** The same for a request that was answered, and counted, before. */
export function refusalHere({ request, isolate }: Pick<Met, "request" | "isolate">, refusal: Refusal): Response {
  const requestId = requestIdOf(request.headers);
  logRefusal(isolate.refusals, refusal, requestId, Date.now());
  return refuse(refusal, requestId, false);
}
