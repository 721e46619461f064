/**
 * A request whose rule has a guard: it goes on to the rule's filters once it has passed every step. Steps are taken from
 * the outside in, and each sees what those before it found out: bounds, authenticate, authorize, limit rates.
 *
 * Preflights of pages are answered by the rule's CORS filter and never reach a backend; browsers send no credentials with
 * them, so nobody is asked who they are.
 */
import { preflightOf } from "../../core/filter/cors.ts";
import type { Arrived } from "../arrived.ts";
import { authenticate } from "./authenticate.ts";
import { authorize } from "./authorize.ts";
import { withinBounds } from "./bounds.ts";
import type { OpenGuard } from "./open-guards.ts";
import { limitRates } from "./rate-limit.ts";

/** What comes after a step. A step answers by itself, or hands the request on with what it knows of it. */
export type Next = (arrived: Arrived) => Response | Promise<Response>;

/** Rejects only for what `next` rejects for. */
export function guarded(arrived: Arrived, guard: OpenGuard, next: Next): Response | Promise<Response> {
  const { bounds } = guard;
  if (bounds === null) return known(arrived, guard, next);
  return withinBounds(arrived, bounds, isPreflight(arrived), (bounded) => known(bounded, guard, next));
}

function known(arrived: Arrived, guard: OpenGuard, next: Next): Response | Promise<Response> {
  if (isPreflight(arrived)) return next(arrived);
  const { authorize: policies, rateLimits } = guard;
  const last: Next = rateLimits === null ? next : (allowed) => limitRates(allowed, rateLimits, next);
  const further: Next = policies === null ? last : (known) => authorize(known, policies, last);
  return guard.authenticate === null ? further(arrived) : authenticate(arrived, guard.authenticate, further);
}

function isPreflight({ request, matched }: Arrived): boolean {
  if (request.method !== "OPTIONS" || matched.rule.filters === null || matched.rule.filters.cors === null) return false;
  return preflightOf(request.method, (name) => request.headers.get(name)) !== null;
}
