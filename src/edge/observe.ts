/**
 * Every request is seen here once, when it ends: answered by an endpoint, by a fallback, by the mesh itself. It is counted;
 * and who watches requests one by one (access logs, traces) is told. With nobody watching, that is a look at a null.
 *
 * A request is counted for the service that its route chose. What follows the answer's head is not awaited: neither its body
 * nor what filters from code make of it. A request whose downstream left before is not seen: the platform ends its code.
 */
import type { Refusal } from "../core/refusal.ts";
import type { RouteMatchResult } from "../core/route/table.ts";
import { flagCode } from "../core/traffic/labels.ts";
import { countOne, countRequest } from "../core/traffic/tally.ts";
import type { Arrived } from "./arrived.ts";
import type { AttemptResult } from "./attempt.ts";
import { type Carried, endpointId, type TrailEntry } from "./carried.ts";
import { takeSample } from "./decision-samples.ts";
import type { Isolate } from "./isolate.ts";
import { syncIfDue } from "./sync.ts";
import { reportUnrouted } from "./unrouted.ts";

/** A finished request, for who watches. Made only where somebody does. */
export interface FinishedRequest {
  readonly isolate: Isolate;
  readonly request: Request;
  readonly ctx: ExecutionContext;
  /** "" where no route matched. */
  readonly route: string;
  readonly rule: string;
  /** The service that the route chose, "" for none, and the one that answered or was asked last. */
  readonly service: string;
  readonly lastService: string;
  /** Whose answer was passed on; "" for none. */
  readonly endpoint: string;
  /** Its index in `lastService`; -1 for none. */
  readonly endpointIndex: number;
  readonly status: number;
  /** As x-heddle-flags says them: "URX,UF"; "" for none. */
  readonly flags: string;
  /** Null unless the mesh itself refused it. */
  readonly refusal: Refusal | null;
  /** All of them in order, of services left behind too, the one that was passed on included. */
  readonly attempts: readonly TrailEntry[];
  readonly fallback: "" | "service" | "stale" | "response";
  readonly arrivedAtMs: number;
  readonly endedAtMs: number;
  /** The request on its way to a service; null where none was chosen. */
  readonly carried: Carried | null;
}

/** Is told of every request that ends. May not throw, and may not wait but in `ctx.waitUntil`. */
export type RequestWatcher = (finished: FinishedRequest) => void;

/** What is known of a request that no service was chosen for. */
export interface Met {
  readonly request: Request;
  readonly isolate: Isolate;
  readonly ctx: ExecutionContext;
  /** Absent: no route was matched. */
  readonly matched?: RouteMatchResult;
  readonly arrivedAtMs?: number;
}

/**
 * An endpoint's answer is passed on.
 *
 * - `flags`: "URX" when it is a failing one that could not be tried again, "" otherwise.
 * - `isNoted`: the attempt is in the trail already.
 */
export function observeAnswer(carried: Carried, result: AttemptResult, flags: string, isNoted: boolean): void {
  const nowMs = Date.now();
  const { chosen, service, method, routeName, isolate } = carried;
  const { status } = result.response!;
  const isOwn = chosen === service;
  const endpoint = endpointId(carried, result.endpoint);
  const durationMs = nowMs - carried.arrivedAtMs;
  const counted = isOwn ? endpoint : "";
  countRequest(chosen.tally, routeName, counted, method, status, flagCode(flags), durationMs);
  if (!isOwn) countOne(chosen.tally, "fallbackService");
  // A good answer of its own is reported a little later; after a failure the report has left before this was counted.
  if (!isOwn || result.outcome !== "ok") syncIfDue(isolate, chosen, nowMs, "result", carried.ctx);
  if (chosen.sampling.left > 0) {
    const attempts = isNoted ? carried.trail : [...carried.trail, { endpoint, outcome: result.outcome }];
    takeSample(carried, endpoint, attempts, status, nowMs);
  }
  if (isolate.watcher === null) return;
  const last: TrailEntry = { endpoint, outcome: result.outcome };
  tell(carried, nowMs, {
    endpoint,
    endpointIndex: result.endpoint,
    status,
    flags,
    refusal: null,
    attempts: isNoted ? carried.trail : [...carried.trail, last],
    fallback: isOwn ? "" : "service",
  });
}

/** A fallback answers that is no service: what was kept, or what the config says. */
export function observeFallback(carried: Carried, status: number, fallback: "stale" | "response"): void {
  const nowMs = Date.now();
  const { chosen, method, routeName, isolate, trail: attempts } = carried;
  countRequest(chosen.tally, routeName, "", method, status, 0, nowMs - carried.arrivedAtMs);
  countOne(chosen.tally, fallback === "stale" ? "fallbackStale" : "fallbackResponse");
  syncIfDue(isolate, chosen, nowMs, "result", carried.ctx);
  if (isolate.watcher === null) return;
  tell(carried, nowMs, { ...NO_ENDPOINT, status, flags: "", refusal: null, attempts, fallback });
}

/** The mesh refuses a request after its service was chosen. `flags`: as shown; the last one is the cause. */
export function observeRefusal(carried: Carried, refusal: Refusal, status: number, flags: string): void {
  const nowMs = Date.now();
  const { chosen, method, routeName, isolate, trail: attempts } = carried;
  const flag = flagCode(flags.slice(flags.lastIndexOf(",") + 1));
  countRequest(chosen.tally, routeName, "", method, status, flag, nowMs - carried.arrivedAtMs);
  if (refusal.reason === "shed") countOne(chosen.tally, "shed");
  else if (refusal.reason === "overflow") countOne(chosen.tally, "overflowed");
  syncIfDue(isolate, chosen, nowMs, "result", carried.ctx);
  if (chosen.sampling.left > 0) takeSample(carried, "", attempts, status, nowMs);
  if (isolate.watcher === null) return;
  tell(carried, nowMs, { ...NO_ENDPOINT, status, flags, refusal, attempts, fallback: "" });
}

/**
 * The mesh itself answers before a service was chosen: a refusal, or a filter's redirect, preflight, response or own answer.
 *
 * - `flags`: "" unless it is a refusal.
 */
export function observeUnrouted(met: Met, status: number, flags: string, refusal: Refusal | null): void {
  const { request, isolate, ctx, matched } = met;
  const nowMs = Date.now();
  const arrivedAtMs = met.arrivedAtMs ?? nowMs;
  const route = matched?.route.name ?? "";
  countRequest(isolate.unrouted, route, "", request.method, status, flagCode(flags), nowMs - arrivedAtMs);
  reportUnrouted(isolate, nowMs, ctx);
  if (isolate.watcher === null) return;
  isolate.watcher({
    isolate,
    request,
    ctx,
    route,
    rule: matched?.rule.name ?? "",
    service: "",
    lastService: "",
    ...NO_ENDPOINT,
    status,
    flags,
    refusal,
    attempts: [],
    fallback: "",
    arrivedAtMs,
    endedAtMs: nowMs,
    carried: null,
  });
}

/** A filter answers by itself. Returns the answer. */
export function observeOwn(arrived: Arrived, answer: Response): Response {
  observeUnrouted(arrived, answer.status, "", null);
  return answer;
}

const NO_ENDPOINT = { endpoint: "", endpointIndex: -1 } as const;

type Ending = Pick<
  FinishedRequest,
  "endpoint" | "endpointIndex" | "status" | "flags" | "refusal" | "attempts" | "fallback"
>;

function tell(carried: Carried, endedAtMs: number, ending: Ending): void {
  const { isolate, request, ctx, routeName, ruleName, chosen, service, arrivedAtMs } = carried;
  isolate.watcher?.({
    isolate,
    request,
    ctx,
    route: routeName,
    rule: ruleName,
    service: chosen.state.service.name,
    lastService: service.state.service.name,
    ...ending,
    arrivedAtMs,
    endedAtMs,
    carried,
  });
}
