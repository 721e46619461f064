/**
 * The way of a request through the edge begins here: stop loops, match a route, and hand it to the rule's guard, then its
 * filters or, as most rules have neither, to its backends.
 */
import type { Refusal } from "../core/refusal.ts";
import { matchRoute } from "../core/route/match.ts";
import { addressOf } from "./address.ts";
import type { Arrived } from "./arrived.ts";
import { filtered } from "./filter/filtered.ts";
import { forward } from "./forward.ts";
import { guarded } from "./guard/guarded.ts";
import { headOf } from "./head-of.ts";
import type { Isolate } from "./isolate.ts";
import { hopsOf } from "./outbound-headers.ts";
import { refuseHere } from "./refuse-here.ts";

/**
 * Answers one request. `url` is the request's: reading it is dear, so whoever read it hands it on.
 *
 * Rejects only for bugs and when the downstream goes away while its body is read.
 */
export function handleRequest(
  request: Request,
  url: string,
  isolate: Isolate,
  ctx: ExecutionContext,
): Response | Promise<Response> {
  return routeRequest(request, url, isolate, ctx) ?? refuseHere({ request, isolate, ctx }, { reason: "no_route" });
}

/** The same, but null where no route matches: somebody else may have an answer. */
export function routeRequest(
  request: Request,
  url: string,
  isolate: Isolate,
  ctx: ExecutionContext,
): Response | Promise<Response> | null {
  const arrivedAtMs = Date.now();
  const { open } = isolate;
  const { mesh } = open;
  const address = addressOf(url, mesh.edge.mergeSlashes);
  const via = mesh.edge.via ? request.headers.get("via") : null;
  const hops = hopsOf(via);
  if (hops > 0 && hops >= mesh.edge.maxHops) return refuseHere({ request, isolate, ctx }, { reason: "loop", hops });

  if (address.isOdd) {
    return refuseHere({ request, isolate, ctx }, { reason: "bad_authority", authority: address.authority });
  }
  const head = headOf(request, address);
  if (head.method !== "GET") {
    const refusal = refusalOfMethod(head.method, request.headers);
    if (refusal !== null) return refuseHere({ request, isolate, ctx }, refusal);
  }
  const matched = matchRoute(open.routes, head);
  if (matched === null) return null;
  const arrived = { request, address, via, isolate, open, matched, ctx, arrivedAtMs };
  const { guard } = matched.rule;
  return guard === undefined ? toRule(arrived) : guarded(arrived, open.guards.of[guard]!, toRule);
}

/** What must not be carried by this method; null for anything else. Asked for all but GET. */
function refusalOfMethod(method: string, headers: Headers): Refusal | null {
  // An endpoint would send back what the mesh says to it alone, its credentials too.
  if (method === "TRACE") return { reason: "method_not_carried", method };
  const isUpgrade = headers.get("upgrade")?.toLowerCase() === "websocket";
  return isUpgrade ? { reason: "unexpected_upgrade", method } : null;
}

function toRule(arrived: Arrived): Response | Promise<Response> {
  const { filters } = arrived.matched.rule;
  return filters === null ? forward(arrived, null) : filtered(arrived, filters);
}
