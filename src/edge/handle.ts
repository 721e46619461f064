/**
 * The way of a request through the edge: match a route, choose a backend, and carry it there. Everything that needs
 * waiting for is in the attempts; with no body to read and a warm isolate nothing else is awaited.
 */
import type { RetryPolicy } from "../core/mesh.ts";
import type { Refusal } from "../core/refusal.ts";
import type { RequestHead } from "../core/request-head.ts";
import { isRepeatable } from "../core/retry/retriable.ts";
import { matchRoute, pickBackend } from "../core/route/match.ts";
import { type Address, addressOf } from "./address.ts";
import type { Carried } from "./carried.ts";
import type { Isolate } from "./isolate.ts";
import { DEBUG_HEADER, hopsOf, outboundHeaders } from "./outbound-headers.ts";
import { logRefusal } from "./refusal-log.ts";
import { refuse } from "./refuse.ts";
import { hasNoBody, type RequestBody, takeBody } from "./request-body.ts";
import { requestIdOf } from "./request-id.ts";
import { affinityKeyOf, requestClassOf } from "./request-traits.ts";
import { serve } from "./serve.ts";
import { syncIfDue, warmUp } from "./sync.ts";
import { isToken } from "./token.ts";

const NO_BODY: RequestBody = { kind: "none" };

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
  const { mesh, routes, services } = isolate.open;
  const address = addressOf(url);
  const via = mesh.edge.via ? request.headers.get("via") : null;
  const hops = hopsOf(via);
  if (hops > 0 && hops >= mesh.edge.maxHops) return refuseHere(request, isolate, { reason: "loop", hops });

  const matched = matchRoute(routes, headOf(request, address));
  if (matched === null) return refuseHere(request, isolate, { reason: "no_route" });
  const backend = pickBackend(matched.rule, isolate.rng);
  if (backend === null) return refuseHere(request, isolate, { reason: "no_backend", route: matched.route.name });

  const service = services[backend.service]!;
  const policy = mesh.policies[backend.policy]!;
  const routed: Routed = { request, address, via, isolate, service, policy, routeName: matched.route.name, ctx };
  return service.warm && hasNoBody(request) ? serve(carriedOf(routed, NO_BODY)) : prepareAndServe(routed);
}

/** Where a request goes, before anything of it was read. */
type Routed = Pick<Carried, "request" | "address" | "isolate" | "service" | "policy" | "routeName" | "ctx"> & {
  readonly via: string | null;
};

async function prepareAndServe(routed: Routed): Promise<Response> {
  const { request, isolate, service, policy, ctx } = routed;
  if (!service.warm) await warmUp(isolate, service, ctx);
  const body = hasNoBody(request) ? NO_BODY : await takeBody(request, policy.retry.bufferBytes);
  return serve(carriedOf(routed, body));
}

function carriedOf(routed: Routed, body: RequestBody): Carried {
  const { request, address, via, isolate, service, policy, routeName, ctx } = routed;
  const { headers } = request;
  const settings = isolate.open.mesh.edge;
  const connection = headers.get("connection");
  const clientIp = clientIpOf(request, isolate.dev);
  const debugToken = isolate.env.HEDDLE_DEBUG_TOKEN;
  const given = debugToken === undefined ? null : headers.get(DEBUG_HEADER);
  const origination = { address, settings, clientIp, via, connection, hasDebugToken: given !== null };
  const startedAtMs = Date.now();
  syncIfDue(isolate, service, startedAtMs, "request", ctx);
  return {
    request,
    address,
    isolate,
    service,
    policy,
    ctx,
    clientIp,
    headers: outboundHeaders(headers, origination),
    body,
    repeatable: mayBeSentTwice(policy.retry, request.method, headers),
    hashKey: affinityKeyOf(service.state.service, request.headers, address, clientIp),
    requestClass: requestClassOf(service.state.service, headers),
    visible: isolate.dev || isToken(given, debugToken),
    routeName,
    startedAtMs,
    deadlineMs: policy.requestTimeoutMs > 0 ? startedAtMs + policy.requestTimeoutMs : Number.POSITIVE_INFINITY,
    tried: null,
    trail: [],
    mayHaveArrived: false,
    depth: 0,
  };
}

/** What routing looks at of a request. */
export function headOf(request: Request, address: Address): RequestHead {
  return {
    method: request.method,
    host: address.host,
    path: address.path,
    query: address.query,
    header: (name) => request.headers.get(name),
  };
}

function mayBeSentTwice(retry: RetryPolicy, method: string, headers: Headers): boolean {
  return isRepeatable(retry, method, false) || isRepeatable(retry, method, headers.has("idempotency-key"));
}

/** The downstream's address: Cloudflare's word for it, which a caller cannot forge there; "" when nobody says. */
function clientIpOf(request: Request, dev: boolean): string {
  if (!dev) return request.headers.get("cf-connecting-ip") ?? "";
  const told = (request.cf as { clientIp?: string } | undefined)?.clientIp ?? "";
  return told.slice(0, Math.max(0, told.lastIndexOf(":")));
}

function refuseHere(request: Request, isolate: Isolate, refusal: Refusal): Response {
  const requestId = requestIdOf(request.headers);
  logRefusal(isolate.refusals, refusal, requestId, Date.now());
  return refuse(refusal, requestId, false);
}
