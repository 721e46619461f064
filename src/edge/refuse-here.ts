import type { Refusal } from "../core/refusal.ts";
import type { Isolate } from "./isolate.ts";
import { logRefusal } from "./refusal-log.ts";
import { refuse } from "./refuse.ts";
import { requestIdOf } from "./request-id.ts";

/** Refuses a request that went to no service, and logs why. Never throws. */
export function refuseHere(request: Request, isolate: Isolate, refusal: Refusal): Response {
  const requestId = requestIdOf(request.headers);
  logRefusal(isolate.refusals, refusal, requestId, Date.now());
  return refuse(refusal, requestId, false);
}
