/**
 * A request whose rule has filters. In this order, whatever the order in the config: fault, CORS preflight, filters from
 * code, redirect or direct response; then the backend is drawn and its filters join. The rest is done on the way: header modifiers and
 * rewrite while the request is prepared, mirrors once it has left, header modifiers and CORS on any answer.
 */
import { preflightOf } from "../../core/filter/cors.ts";
import { askedFault, drawFault, type Fault } from "../../core/filter/fault.ts";
import type { FaultInjection, RouteFilters } from "../../core/mesh.ts";
import type { Arrived } from "../arrived.ts";
import { FAULT_ABORT_HEADER, FAULT_DELAY_HEADER } from "../control-headers.ts";
import { throughExtensions } from "../extension/filter.ts";
import { forward } from "../forward.ts";
import { observeOwn } from "../observe.ts";
import { refuseHere } from "../refuse-here.ts";
import { mayDebug } from "../trust.ts";
import { changesAnswers, ownAnswer, preflightAnswer, withFilters } from "./answers.ts";

/** Rejects only for what `handleRequest` rejects for. */
export function filtered(arrived: Arrived, filters: RouteFilters): Response | Promise<Response> {
  if (filters.fault === null) return unharmed(arrived, filters);
  const { delayMs, abortStatus } = faultOf(arrived, filters.fault);
  if (delayMs > 0) {
    return scheduler
      .wait(delayMs)
      .then(() => (abortStatus > 0 ? aborted(arrived, filters, abortStatus) : unharmed(arrived, filters)));
  }
  return abortStatus > 0 ? aborted(arrived, filters, abortStatus) : unharmed(arrived, filters);
}

function unharmed(arrived: Arrived, filters: RouteFilters): Response | Promise<Response> {
  const { request } = arrived;
  if (filters.cors !== null) {
    const preflight = preflightOf(request.method, (name) => request.headers.get(name));
    if (preflight !== null) {
      return ofRule({ ...filters, cors: null }, request, observeOwn(arrived, preflightAnswer(filters.cors, preflight)));
    }
  }
  if (filters.extensions.length === 0) return answered(arrived, filters);
  return throughExtensions(arrived, {
    extensions: filters.extensions,
    next: (passed) => answered(passed, filters),
    own: (response) => ofRule(filters, request, response),
  });
}

function answered(arrived: Arrived, filters: RouteFilters): Response | Promise<Response> {
  return filters.answer === null
    ? forward(arrived, filters)
    : ofRule(filters, arrived.request, observeOwn(arrived, ownAnswer(arrived, filters.answer)));
}

function aborted(arrived: Arrived, filters: RouteFilters, status: number): Response {
  const { route, rule } = arrived.matched;
  const refusal = { reason: "fault", route: route.name, rule: rule.name, status } as const;
  return ofRule(filters, arrived.request, refuseHere(arrived, refusal));
}

function ofRule(rule: RouteFilters, request: Request, response: Response): Response {
  const chain = { rule, backend: null };
  return changesAnswers(chain) ? withFilters(chain, request, response) : response;
}

function faultOf({ request, isolate }: Arrived, fault: FaultInjection): Fault {
  const { headers } = request;
  const asked = fault.byHeader ? askedFault(headers.get(FAULT_DELAY_HEADER), headers.get(FAULT_ABORT_HEADER)) : null;
  return drawFault(fault, isolate.rng, asked !== null && mayDebug(headers, isolate) ? asked : null);
}
