/** The first step of a guard: who is calling. What it finds out is handed on in `Arrived.principal`. */
import type { Refusal } from "../../core/refusal.ts";
import { authenticateRequest } from "../../security/authn/authenticate-request.ts";
import type { OpenAuthenticate } from "../../security/authn/open.ts";
import type { Authenticated, Outcome, Refused } from "../../security/authn/outcome.ts";
import type { Arrived } from "../arrived.ts";
import { applyEdits } from "./apply-edits.ts";
import { ArrivedCaller } from "./caller-of.ts";
import { deny } from "./deny.ts";
import type { Next } from "./guarded.ts";

/** Passes on or refuses; at once when what the caller brought is known already. */
export function authenticate(arrived: Arrived, open: OpenAuthenticate, next: Next): Response | Promise<Response> {
  const outcome = authenticateRequest(open, new ArrivedCaller(arrived));
  return outcome instanceof Promise
    ? outcome.then((later) => settle(arrived, later, next))
    : settle(arrived, outcome, next);
}

function settle(arrived: Arrived, outcome: Outcome, next: Next): Response | Promise<Response> {
  return outcome.ok ? next(known(arrived, outcome)) : deny(arrived, refusalOf(arrived, outcome), outcome.headers);
}

function known(arrived: Arrived, { principal, edits }: Authenticated): Arrived {
  return edits === null ? { ...arrived, principal } : applyEdits(arrived, edits, principal);
}

function refusalOf({ matched }: Arrived, { kind, provider, why, status, retryAfterMs }: Refused): Refusal {
  const at = { route: matched.route.name, rule: matched.rule.name, provider, why };
  switch (kind) {
    case "unauthenticated":
      return { reason: "unauthenticated", ...at };
    case "denied":
      return { reason: "denied", ...at, status };
    case "unavailable":
      return { reason: "authentication_unavailable", ...at, retryAfterMs };
    case "too_large":
      return { reason: "body_too_large", ...at };
    case "busy":
      return { reason: "authentication_busy", ...at, retryAfterMs };
  }
}
