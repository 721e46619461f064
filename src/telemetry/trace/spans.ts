/**
 * The spans of one request: the request itself (server), its way through the mesh (internal: admission, picks, waits), and
 * below that each attempt and hedge (client), whose ids endpoints were told in traceparent.
 *
 * Source: OpenTelemetry semantic conventions 1.45, "Semantic conventions for HTTP spans": names, statuses, error.type.
 */
import type { OutcomeClass } from "../../core/outcome.ts";
import { type Attributes, knownMethod, requestAttributes } from "../attributes.ts";
import type { Kept } from "../sampling.ts";
import type { SeenRequest } from "../seen-request.ts";
import type { TraceContext } from "./context.ts";
import type { Ids } from "./ids.ts";
import { CLIENT, INTERNAL, SERVER, type Span } from "./otlp.ts";
import { cutTracestate } from "./tracestate.ts";

/** One attempt as a trace keeps it. */
export interface AttemptTrace {
  readonly spanId: string;
  readonly service: string;
  readonly endpoint: string;
  /** Scheme, host and port of the endpoint, and its base path. */
  readonly origin: string;
  readonly basePath: string;
  readonly cloud: string;
  readonly region: string;
  /** 1 for the request's first. */
  readonly number: number;
  readonly isHedge: boolean;
  readonly startedAtMs: number;
  /** 0 while it is in flight. */
  endedAtMs: number;
  /** Of no meaning while it is in flight. */
  outcome: OutcomeClass;
  /** 0 for no answer. */
  status: number;
}

export interface Trace {
  readonly context: TraceContext;
  readonly attempts: AttemptTrace[];
}

/** The longest list that a span carries, as the specification asks of those who pass lists on. */
const MAX_STATE_LENGTH = 512;

/**
 * The spans, parents first. An attempt that is still in flight was left behind for a faster one, and ends as cancelled with
 * the request.
 *
 * - `targetPath`: the path that endpoints were asked for, after rewrites.
 *
 * Never throws. Linear in the attempts.
 */
export function spansOf(
  { context, attempts }: Trace,
  seen: SeenRequest,
  { kept, ids, targetPath }: { readonly kept: Kept; readonly ids: Ids; readonly targetPath: string },
): readonly Span[] {
  const state = cutTracestate(context.state, MAX_STATE_LENGTH);
  const common = { traceId: context.traceId, flags: context.flags, traceState: state, link: null };
  const method = knownMethod(seen.method);
  const verb = method === "_OTHER" ? "HTTP" : method;
  const attributes = requestAttributes(seen);
  const failed = typeof attributes["error.type"] === "string" ? attributes["error.type"] : "";
  const server: Span = {
    ...common,
    spanId: context.spanId,
    parentSpanId: context.parentId,
    isParentRemote: context.parentId !== "",
    name: seen.pathPattern === "" ? verb : `${verb} ${seen.pathPattern}`,
    kind: SERVER,
    startMs: seen.arrivedAtMs,
    endMs: seen.endedAtMs,
    attributes: { ...attributes, "heddle.kept": kept },
    link: context.left,
    error: failed,
  };
  if (seen.route === "") return [server];
  const routeSpan: Span = {
    ...common,
    spanId: ids.spanId(),
    parentSpanId: server.spanId,
    isParentRemote: false,
    name: `route ${seen.route}`,
    kind: INTERNAL,
    startMs: seen.arrivedAtMs,
    endMs: seen.endedAtMs,
    attributes: routeAttributes(seen),
    error: failed,
  };
  const clients = attempts.map((attempt): Span => {
    const { outcome, status } = attempt.endedAtMs === 0 ? { outcome: "cancelled" as const, status: 0 } : attempt;
    return {
      ...common,
      spanId: attempt.spanId,
      parentSpanId: routeSpan.spanId,
      isParentRemote: false,
      name: verb,
      kind: CLIENT,
      startMs: attempt.startedAtMs,
      endMs: attempt.endedAtMs === 0 ? seen.endedAtMs : attempt.endedAtMs,
      attributes: attemptAttributes(attempt, outcome, status, method, targetPath),
      error: attemptError(outcome, status),
    };
  });
  return [server, routeSpan, ...clients];
}

function routeAttributes({ route, rule, service, lastService, rollout, fallback, reason }: SeenRequest): Attributes {
  return {
    "heddle.route": route,
    ...(rule !== "" && { "heddle.rule": rule }),
    ...(service !== "" && { "heddle.service": service }),
    ...(lastService !== service && { "heddle.fallback.service": lastService }),
    ...(rollout !== "" && { "heddle.rollout": rollout }),
    ...(fallback !== "" && { "heddle.fallback": fallback }),
    ...(reason !== "" && { "heddle.refusal": reason }),
  };
}

function attemptAttributes(
  attempt: AttemptTrace,
  outcome: OutcomeClass,
  status: number,
  method: string,
  targetPath: string,
): Attributes {
  const { origin, basePath, service, endpoint, cloud, region, number, isHedge } = attempt;
  const { address, port } = serverOf(origin);
  const error = attemptError(outcome, status);
  return {
    "http.request.method": method,
    "server.address": address,
    "server.port": port,
    "url.full": `${origin}${basePath}${targetPath}`,
    ...(status > 0 && { "http.response.status_code": status }),
    ...(error !== "" && { "error.type": error }),
    ...(number > 1 && { "http.request.resend_count": number - 1 }),
    "heddle.service": service,
    "heddle.endpoint": endpoint,
    "heddle.outcome": outcome,
    ...(isHedge && { "heddle.hedge": true }),
    ...(cloud !== "" && { "heddle.endpoint.cloud": cloud }),
    ...(region !== "" && { "heddle.endpoint.region": region }),
  };
}

/** A client's request failed with any status from 400 up, or for want of one; "" when it did not. */
function attemptError(outcome: OutcomeClass, status: number): string {
  if (status >= 400) return String(status);
  return outcome === "ok" ? "" : outcome;
}

/** Host and port of "https://shop.example:8443". */
function serverOf(origin: string): { readonly address: string; readonly port: number } {
  const from = origin.indexOf("//") + 2;
  const colon = origin.lastIndexOf(":");
  const hasPort = colon > from && colon > origin.lastIndexOf("]");
  const address = origin.slice(from, hasPort ? colon : origin.length);
  return { address, port: hasPort ? Number(origin.slice(colon + 1)) : origin.startsWith("https:") ? 443 : 80 };
}
