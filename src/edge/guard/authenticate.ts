/** The first step of a guard: who is calling. What it finds out is handed on in `Arrived.principal`. */
import type { Refusal } from "../../core/refusal.ts";
import { authenticateRequest } from "../../security/authn/authenticate-request.ts";
import type { OpenAuthenticate } from "../../security/authn/open.ts";
import type { Authenticated, Outcome, Refused } from "../../security/authn/outcome.ts";
import type { Arrived } from "../arrived.ts";
import { noRoom } from "../body-of.ts";
import { outOfBounds } from "../out-of-bounds.ts";
import { applyEdits } from "./apply-edits.ts";
import { ArrivedCaller } from "./caller-of.ts";
import { deny } from "./deny.ts";
import type { Next } from "./guarded.ts";

/** Passes on or refuses; at once when what the caller brought is known already. */
export function authenticate(arrived: Arrived, open: OpenAuthenticate, next: Next): Response | Promise<Response> {
  const caller = new ArrivedCaller(arrived);
  const outcome = authenticateRequest(open, caller);
  return outcome instanceof Promise
    ? outcome.then((later) => settle(arrived, later, caller, next))
    : settle(arrived, outcome, caller, next);
}

function settle(arrived: Arrived, outcome: Outcome, caller: ArrivedCaller, next: Next): Response | Promise<Response> {
  if (caller.body !== null) return settleRead(arrived, outcome, caller, next);
  return outcome.ok ? next(known(arrived, outcome)) : denied(arrived, outcome);
}

/** A body that was read is held until the answer begins. */
async function settleRead(arrived: Arrived, outcome: Outcome, caller: ArrivedCaller, next: Next): Promise<Response> {
  const { body } = caller;
  try {
    if (body !== null && "bound" in body) return deny(arrived, outOfBounds(arrived, body));
    if (!outcome.ok) return denied(arrived, outcome);
    if (body?.kind !== "buffered") return await next(known(arrived, outcome));
    const { request } = arrived;
    const { method } = request;
    if (method !== "GET" && method !== "HEAD") {
      const passed = known(arrived, outcome);
      return await next({ ...passed, read: { of: passed.request, body } });
    }
    if (body.bytes.byteLength > 0) return deny(arrived, { reason: "unexpected_body", method });
    const { principal, edits } = outcome;
    const bodiless = { ...arrived, request: withoutBody(request) };
    return await next(
      known(bodiless, { ok: true, principal, edits: edits === null ? null : { ...edits, body: null } }),
    );
  } finally {
    caller.letGo();
  }
}

/** Of one that turned out empty: nothing can be made of a request whose body was read. */
function withoutBody(request: Request): Request {
  const { url, method, headers, cf } = request;
  return new Request(url, { method, headers, redirect: "manual", ...(cf !== undefined && { cf }) });
}

function known(arrived: Arrived, { principal, edits }: Authenticated): Arrived {
  return edits === null ? { ...arrived, principal } : applyEdits(arrived, edits, principal);
}

function denied(arrived: Arrived, refused: Refused): Response {
  return deny(arrived, refusalOf(arrived, refused), refused.headers);
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
    case "too_slow":
      return outOfBounds({ matched }, { bound: "bodyPace", seen: 0, most: 0 });
    case "no_room":
      return noRoom({ matched });
    case "busy":
      return { reason: "authentication_busy", ...at, retryAfterMs };
  }
}
