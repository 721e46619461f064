/**
 * From a matched rule to a service: draw the backend, read the body if it has to be read first, make what all attempts
 * have in common, and serve. With no body to read and a warm isolate nothing is awaited.
 */
import type { BackendRef, RetryPolicy, RouteFilters, SessionPersistence } from "../core/mesh.ts";
import { isRepeatable } from "../core/retry/retriable.ts";
import { pickBackend } from "../core/route/match.ts";
import { splitBackend } from "../core/route/split.ts";
import { NO_ENDPOINT } from "../core/service-state.ts";
import type { Arrived } from "./arrived.ts";
import { bodyOf } from "./body-of.ts";
import type { Carried } from "./carried.ts";
import { DEBUG_HEADER } from "./control-headers.ts";
import { throughExtensions } from "./extension/filter.ts";
import { changesAnswers, ownAnswer, withFilters } from "./filter/answers.ts";
import { type FilterChain, planOf, type RequestPlan } from "./filter/chain.ts";
import { mirror } from "./filter/mirror.ts";
import { letGo } from "./held-body.ts";
import type { OpenMesh } from "./isolate.ts";
import { observeOwn } from "./observe.ts";
import { outboundHeaders } from "./outbound-headers.ts";
import { refuseHere } from "./refuse-here.ts";
import { hasNoBody, type RequestBody } from "./request-body.ts";
import { affinityKeyOf, requestClassOf, splitKeyOf } from "./request-traits.ts";
import { type ChosenSide, chooseSide } from "./rollout.ts";
import { serve } from "./serve.ts";
import { findSession, type SessionOnItsWay, withSession } from "./session/session.ts";
import { runtimeFor, syncIfDue } from "./sync.ts";
import { beginTrace } from "./telemetry/request-trace.ts";
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
  const { sessionPersistence } = arrived.matched.rule;
  if (sessionPersistence !== null && arrived.isolate.sessions.keys.length > 0) {
    return inSession(arrived, filters, sessionPersistence);
  }
  return toDrawn(arrived, filters, null);
}

/** A session stays with its backend even when it has to move there, but not with one that gets no sessions any more. */
async function inSession(
  arrived: Arrived,
  filters: RouteFilters | null,
  persistence: SessionPersistence,
): Promise<Response> {
  const session = await findSession(arrived, persistence);
  const { held, pinned } = session;
  const stays = held !== null && (pinned !== NO_ENDPOINT || held.backend.weight > 0);
  const answer = stays
    ? toBackend(held.shown === "" ? arrived : { ...arrived, rollout: held.shown }, filters, held.backend, session)
    : toDrawn(arrived, filters, session);
  return withSession(arrived, session, await answer);
}

function toDrawn(
  arrived: Arrived,
  filters: RouteFilters | null,
  session: SessionOnItsWay | null,
): Response | Promise<Response> {
  const backend = drawBackend(arrived);
  if (backend?.rollout === undefined) return toBackend(arrived, filters, backend, session);
  const choice = chooseSide(arrived, backend, backend.rollout);
  const goOn = (side: ChosenSide) => toBackend({ ...arrived, rollout: side.shown }, filters, side.backend, session);
  return choice instanceof Promise ? choice.then(goOn) : goOn(choice);
}

function drawBackend({ request, address, isolate, open, matched }: Arrived): BackendRef | null {
  const { rule } = matched;
  if (rule.splitOn.length === 0 || rule.backendRefs.length < 2) return pickBackend(rule, isolate.rng);
  const key = splitKeyOf(rule.splitOn, request.headers, address, clientIpOf(request, isolate.dev));
  if (key === "") return pickBackend(rule, isolate.rng);
  return splitBackend(rule, key, ({ service }) => open.mesh.services[service]?.name ?? "");
}

function toBackend(
  arrived: Arrived,
  filters: RouteFilters | null,
  backend: BackendRef | null,
  session: SessionOnItsWay | null,
): Response | Promise<Response> {
  if (filters === null && backend !== null && backend.filters === null && backend.service >= 0) {
    return begin(arrived, backend, null, session);
  }
  const chain = { rule: filters, backend: backend?.filters ?? null };
  const answer = throughFilters(arrived, backend, chain, session);
  if (!changesAnswers(chain)) return answer;
  if (answer instanceof Response) return withFilters(chain, arrived.request, answer);
  return answer.then((response) => withFilters(chain, arrived.request, response));
}

function throughFilters(
  arrived: Arrived,
  backend: BackendRef | null,
  chain: FilterChain,
  session: SessionOnItsWay | null,
): Response | Promise<Response> {
  const { matched, address } = arrived;
  const { route, rule } = matched;
  if (backend === null) return refuseHere(arrived, { reason: "no_backend", route: route.name });
  const extensions = chain.backend?.extensions ?? [];
  if (extensions.length > 0) {
    const rest = { ...chain, backend: { ...chain.backend!, extensions: [] } };
    const next = (passed: Arrived) => throughFilters(passed, backend, rest, session);
    return throughExtensions(arrived, { extensions, next, own: (response) => response });
  }
  const answer = chain.backend?.answer ?? null;
  if (answer !== null) return observeOwn(arrived, ownAnswer(arrived, answer));
  if (backend.service < 0) {
    return refuseHere(arrived, { reason: "invalid_backend", route: route.name, rule: rule.name });
  }
  const isFiltered = chain.rule !== null || chain.backend !== null;
  return begin(arrived, backend, isFiltered ? planOf(chain, address, matched.match.path) : null, session);
}

function begin(
  arrived: Arrived,
  backend: BackendRef,
  plan: RequestPlan | null,
  session: SessionOnItsWay | null,
): Response | Promise<Response> {
  const service = arrived.open.services[backend.service]!;
  if (!service.warm || !hasNoBody(arrived.request)) return prepareAndServe(arrived, backend, plan, session);
  return serveAndMirror(carriedOf(arrived, backend, { plan, session, body: NO_BODY }), plan);
}

async function prepareAndServe(
  given: Arrived,
  backend: BackendRef,
  plan: RequestPlan | null,
  session: SessionOnItsWay | null,
): Promise<Response> {
  const arrived = await warmed(given, backend, session);
  const { request, open } = arrived;
  if (hasNoBody(request)) return serveAndMirror(carriedOf(arrived, backend, { plan, session, body: NO_BODY }), plan);
  const { bufferBytes } = open.mesh.policies[backend.policy]!.retry;
  const requiredBytes = open.services[backend.service]!.signedBodyBytes;
  const body = await bodyOf(arrived, {
    limitBytes: Math.max(bufferBytes, signedBytes(open, backend.service)),
    requiredBytes,
  });
  if ("reason" in body) return refuseHere(arrived, body);
  if (body.kind !== "buffered") return serveAndMirror(carriedOf(arrived, backend, { plan, session, body }), plan);
  try {
    return await serveAndMirror(carriedOf(arrived, backend, { plan, session, body }), plan);
  } finally {
    letGo(body.held);
  }
}

/** The most that the service's credentials sign, or those of the services that stand in for it: a stream cannot be signed later. */
function signedBytes({ services }: OpenMesh, index: number): number {
  const { signedBodyBytes, state } = services[index]!;
  let most = signedBodyBytes;
  for (const fallback of state.service.fallback) {
    if (fallback.type === "service") most = Math.max(most, services[fallback.service]?.signedBodyBytes ?? 0);
  }
  return most;
}

/**
 * With the runtime that the backend's service has now: the isolate may have been cold, or other endpoints have come since the
 * request did. A session stays with the one that it was found in, whose numbers it goes by, and everything with its own mesh.
 */
async function warmed(arrived: Arrived, backend: BackendRef, session: SessionOnItsWay | null): Promise<Arrived> {
  const { open } = arrived;
  const held = session?.held ?? null;
  const service = held?.backend === backend ? held.service : await runtimeFor(arrived, backend.service);
  if (service === open.services[backend.service]) return arrived;
  return { ...arrived, open: { ...open, services: open.services.with(backend.service, service) } };
}

/** The request leaves first, then its copies. */
function serveAndMirror(carried: Carried, plan: RequestPlan | null): Promise<Response> {
  const answer = serve(carried);
  if (plan !== null && plan.mirrors.length > 0) mirror(carried, plan.mirrors);
  return answer;
}

interface Load {
  readonly plan: RequestPlan | null;
  readonly session: SessionOnItsWay | null;
  readonly body: RequestBody;
}

function carriedOf(arrived: Arrived, backend: BackendRef, { plan, session, body }: Load): Carried {
  const { request, address, via, isolate, open, matched, ctx, arrivedAtMs } = arrived;
  const service = open.services[backend.service]!;
  const { headers, method } = request;
  const settings = open.mesh.edge;
  const overrides = settings.timeoutOverrides;
  const own = open.mesh.policies[backend.policy]!;
  const policy = overrides === undefined ? own : policyFor(headers, isolate, own, overrides);
  const target = plan === null ? address : plan.target;
  const connection = headers.get("connection");
  const clientIp = clientIpOf(request, isolate.dev, headers);
  const debugToken = isolate.env.HEDDLE_DEBUG_TOKEN;
  const given = debugToken === undefined && overrides === undefined ? null : headers.get(DEBUG_HEADER);
  const modifiers = modifiersOf(plan, arrived.imposed);
  const hasControls = given !== null || overrides?.from === "anyone";
  const tracing = isolate.telemetry === null ? null : isolate.telemetry.tracing;
  const trace = tracing === null ? null : beginTrace(tracing, headers, isolate);
  const origination = { address: target, settings, clientIp, via, connection, hasControls, modifiers, trace };
  const startedAtMs = Date.now();
  syncIfDue(isolate, service, startedAtMs, "request", ctx);
  const visible = isolate.dev || isToken(given, debugToken);
  if (session !== null) session.visible = visible;
  return {
    request,
    method,
    address,
    target,
    isolate,
    open,
    service,
    chosen: service,
    policy,
    ctx,
    clientIp,
    headers: outboundHeaders(headers, origination),
    credentials: plan === null ? null : openedOf(plan.credentials, open),
    ruleCredentials: plan === null ? null : openedOf(plan.ruleCredentials, open),
    body,
    repeatable: mayBeSentTwice(policy.retry, method, headers),
    hashKey: affinityKeyOf(service.state.service, headers, address, clientIp),
    session,
    requestClass: requestClassOf(service.state.service, headers, modifiers),
    said: modifiers,
    visible,
    isPersonal: arrived.isVouched === true || isToldOfCaller(arrived),
    routeName: matched.route.name,
    matchedPath: matched.match.path,
    trace,
    ruleName: matched.rule.name,
    rollout: arrived.rollout ?? "",
    arrivedAtMs,
    startedAtMs,
    deadlineMs: policy.requestTimeoutMs > 0 ? startedAtMs + policy.requestTimeoutMs : Number.POSITIVE_INFINITY,
    tried: null,
    trail: [],
    mayHaveArrived: false,
    depth: 0,
  };
}

function openedOf(indices: readonly number[] | null, { credentials }: OpenMesh): Carried["credentials"] {
  return indices === null ? null : indices.map((at) => credentials.of[at]!);
}

/** Whether the endpoint hears from the mesh who is calling, or what an authorizer made of it. */
function isToldOfCaller({ principal, imposed }: Arrived): boolean {
  return (
    (principal !== undefined && principal.kind !== "anonymous") || (imposed !== undefined && imposed.set.length > 0)
  );
}

function mayBeSentTwice(retry: RetryPolicy, method: string, headers: Headers): boolean {
  return isRepeatable(retry, method, false) || isRepeatable(retry, method, headers.has("idempotency-key"));
}

/** The guard's come first: a filter may still say otherwise. */
function modifiersOf(plan: RequestPlan | null, imposed: Arrived["imposed"]): RequestPlan["modifiers"] {
  const modifiers = plan === null ? null : plan.modifiers;
  if (imposed === undefined) return modifiers;
  return modifiers === null ? [imposed] : [imposed, ...modifiers];
}
