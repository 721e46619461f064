/**
 * From a matched rule to a service: draw the backend, read the body if it has to be read first, make what all attempts
 * have in common, and serve. With no body to read and a warm isolate nothing is awaited.
 */
import type { BackendRef, RetryPolicy, RouteFilters } from "../core/mesh.ts";
import { isRepeatable } from "../core/retry/retriable.ts";
import { pickBackend } from "../core/route/match.ts";
import type { Arrived } from "./arrived.ts";
import type { Carried } from "./carried.ts";
import { DEBUG_HEADER } from "./control-headers.ts";
import { changesAnswers, ownAnswer, withFilters } from "./filter/answers.ts";
import { type FilterChain, planOf, type RequestPlan } from "./filter/chain.ts";
import { mirror } from "./filter/mirror.ts";
import { outboundHeaders } from "./outbound-headers.ts";
import { refuseHere } from "./refuse-here.ts";
import { hasNoBody, type RequestBody, takeBody } from "./request-body.ts";
import { affinityKeyOf, requestClassOf } from "./request-traits.ts";
import { type ChosenSide, chooseSide } from "./rollout.ts";
import { serve } from "./serve.ts";
import { syncIfDue, warmUp } from "./sync.ts";
import { isToken } from "./token.ts";
import { clientIpOf, policyFor } from "./trust.ts";

const NO_BODY: RequestBody = { kind: "none" };

/**
 * Carries a request to one of its rule's backends.
 *
 * - `filters`: the rule's, as far as they have not acted yet; null for none.
 *
 * Rejects only for bugs and when the downstream goes away while its body is read.
 */
export function forward(arrived: Arrived, filters: RouteFilters | null): Response | Promise<Response> {
  const { isolate, matched } = arrived;
  const backend = pickBackend(matched.rule, isolate.rng);
  if (backend?.rollout === undefined) return toBackend(arrived, filters, backend);
  const choice = chooseSide(arrived, backend, backend.rollout);
  const goOn = (side: ChosenSide) => toBackend({ ...arrived, rollout: side.shown }, filters, side.backend);
  return choice instanceof Promise ? choice.then(goOn) : goOn(choice);
}

function toBackend(
  arrived: Arrived,
  filters: RouteFilters | null,
  backend: BackendRef | null,
): Response | Promise<Response> {
  if (filters === null && backend !== null && backend.filters === null && backend.service >= 0) {
    return begin(arrived, backend, null);
  }
  const chain = { rule: filters, backend: backend?.filters ?? null };
  const answer = throughFilters(arrived, backend, chain);
  if (!changesAnswers(chain)) return answer;
  if (answer instanceof Response) return withFilters(chain, arrived.request, answer);
  return answer.then((response) => withFilters(chain, arrived.request, response));
}

function throughFilters(
  arrived: Arrived,
  backend: BackendRef | null,
  chain: FilterChain,
): Response | Promise<Response> {
  const { request, isolate, matched, address } = arrived;
  const { route, rule } = matched;
  if (backend === null) return refuseHere(request, isolate, { reason: "no_backend", route: route.name });
  const answer = chain.backend?.answer ?? null;
  if (answer !== null) return ownAnswer(arrived, answer);
  if (backend.service < 0) {
    return refuseHere(request, isolate, { reason: "invalid_backend", route: route.name, rule: rule.name });
  }
  const isFiltered = chain.rule !== null || chain.backend !== null;
  return begin(arrived, backend, isFiltered ? planOf(chain, address, matched.match.path) : null);
}

function begin(arrived: Arrived, backend: BackendRef, plan: RequestPlan | null): Response | Promise<Response> {
  const service = arrived.open.services[backend.service]!;
  if (!service.warm || !hasNoBody(arrived.request)) return prepareAndServe(arrived, backend, plan);
  return serveAndMirror(carriedOf(arrived, backend, plan, NO_BODY), plan);
}

async function prepareAndServe(arrived: Arrived, backend: BackendRef, plan: RequestPlan | null): Promise<Response> {
  const { request, isolate, open, ctx } = arrived;
  const service = open.services[backend.service]!;
  if (!service.warm) await warmUp(isolate, service, ctx);
  const { bufferBytes } = open.mesh.policies[backend.policy]!.retry;
  const body = hasNoBody(request) ? NO_BODY : await takeBody(request, bufferBytes);
  return serveAndMirror(carriedOf(arrived, backend, plan, body), plan);
}

/** The request leaves first, then its copies. */
function serveAndMirror(carried: Carried, plan: RequestPlan | null): Promise<Response> {
  const answer = serve(carried);
  if (plan !== null && plan.mirrors.length > 0) mirror(carried, plan.mirrors);
  return answer;
}

function carriedOf(arrived: Arrived, backend: BackendRef, plan: RequestPlan | null, body: RequestBody): Carried {
  const { request, address, via, isolate, open, matched, ctx } = arrived;
  const service = open.services[backend.service]!;
  const { headers } = request;
  const settings = open.mesh.edge;
  const overrides = settings.timeoutOverrides;
  const own = open.mesh.policies[backend.policy]!;
  const policy = overrides === undefined ? own : policyFor(headers, isolate, own, overrides);
  const target = plan === null ? address : plan.target;
  const connection = headers.get("connection");
  const clientIp = clientIpOf(request, isolate.dev);
  const debugToken = isolate.env.HEDDLE_DEBUG_TOKEN;
  const given = debugToken === undefined && overrides === undefined ? null : headers.get(DEBUG_HEADER);
  const modifiers = plan === null ? null : plan.modifiers;
  const hasControls = given !== null || overrides?.from === "anyone";
  const origination = { address: target, settings, clientIp, via, connection, hasControls, modifiers };
  const startedAtMs = Date.now();
  syncIfDue(isolate, service, startedAtMs, "request", ctx);
  return {
    request,
    address,
    target,
    isolate,
    open,
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
    routeName: matched.route.name,
    rollout: arrived.rollout ?? "",
    startedAtMs,
    deadlineMs: policy.requestTimeoutMs > 0 ? startedAtMs + policy.requestTimeoutMs : Number.POSITIVE_INFINITY,
    tried: null,
    trail: [],
    mayHaveArrived: false,
    depth: 0,
  };
}

function mayBeSentTwice(retry: RetryPolicy, method: string, headers: Headers): boolean {
  return isRepeatable(retry, method, false) || isRepeatable(retry, method, headers.has("idempotency-key"));
}
