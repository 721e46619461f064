/** The trace of one request while it is on its way: its context, and what became of its attempts so far. */
import type { OutcomeClass } from "../../core/outcome.ts";
import { contextOf } from "../../telemetry/trace/context.ts";
import type { AttemptTrace, Trace } from "../../telemetry/trace/spans.ts";
import { formatTraceparent } from "../../telemetry/trace/traceparent.ts";
import type { AttemptOptions } from "../attempt.ts";
import type { Carried } from "../carried.ts";
import type { Isolate } from "../isolate.ts";
import type { Tracing } from "./telemetry.ts";

export interface RequestTrace extends Trace {
  readonly tracing: Tracing;
  /** The list that came, as it came; null for none. */
  readonly cameState: string | null;
}

/** Begins the trace of a request, or goes on with its caller's. Null when it has none and is to have none. Never throws. */
export function beginTrace(tracing: Tracing, headers: Headers, { rng }: Pick<Isolate, "rng">): RequestTrace | null {
  const cameState = headers.get("tracestate");
  const came = { traceparent: headers.get("traceparent"), tracestate: cameState };
  const context = contextOf(came, tracing.settings, tracing.ids, rng);
  return context === null ? null : { tracing, context, cameState, attempts: [] };
}

/** What every endpoint is told the same: the list of the caller's tracing systems, merged, or dropped with its trace. */
export function setTraceState(headers: Headers, { context, cameState }: RequestTrace): void {
  if ((cameState ?? "") === context.state) return;
  if (context.state === "") headers.delete("tracestate");
  else headers.set("tracestate", context.state);
}

/** Writes down that an attempt begins. */
export function traceAttempt(trace: RequestTrace, { service }: Carried, options: AttemptOptions): AttemptTrace {
  const { id, origin, basePath, locality } = service.state.service.endpoints[options.endpoint]!;
  const attempt: AttemptTrace = {
    spanId: trace.tracing.ids.spanId(),
    service: service.state.service.name,
    endpoint: id,
    origin,
    basePath,
    cloud: locality.cloud,
    region: locality.region,
    number: options.number,
    isHedge: options.isHedge,
    startedAtMs: options.nowMs,
    endedAtMs: 0,
    outcome: "cancelled",
    status: 0,
  };
  trace.attempts.push(attempt);
  return attempt;
}

/** Tells the endpoint which span its request comes from. */
export function setTraceParent(headers: Headers, { context }: RequestTrace, { spanId }: AttemptTrace): void {
  headers.set("traceparent", formatTraceparent({ traceId: context.traceId, spanId, flags: context.flags }));
}

/** Writes down how the attempt ended. */
export function endAttemptTrace(attempt: AttemptTrace, outcome: OutcomeClass, status: number, nowMs: number): void {
  attempt.outcome = outcome;
  attempt.status = status;
  attempt.endedAtMs = nowMs;
}
