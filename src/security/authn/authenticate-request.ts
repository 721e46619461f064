/**
 * Who a caller is, by all the providers that a rule names. A request that brings nothing is anonymous; whatever it brings has
 * to be good, so that nobody is let in by one credential while another one is forged.
 *
 * Source: Istio's RequestAuthentication, which knows tokens only, for what is anonymous and what is refused.
 */
import { ANONYMOUS, type Principal } from "../../core/principal.ts";
import { cookiesWithout, queryWithout } from "./credential-place.ts";
import type { OpenAuthenticate } from "./open.ts";
import { type Caller, type Check, type Edits, NO_EDITS, type Outcome, type Passed } from "./outcome.ts";
import { spoofedIn } from "./reserved-headers.ts";

/**
 * Asks the providers in order; the first that knows the caller names the principal. At once when none of them has to wait.
 *
 * Never rejects. Linear in the providers.
 */
export function authenticateRequest(open: OpenAuthenticate, caller: Caller): Outcome | Promise<Outcome> {
  const { providers } = open;
  let first: Passed | null = null;
  let others: Passed[] | null = null;
  for (let i = 0; i < providers.length; i += 1) {
    const check = providers[i]!.check(caller);
    if (check instanceof Promise) return rest(open, caller, listOf(first, others), check, i + 1);
    if (check === null) continue;
    if (!check.ok) return check;
    if (first === null) first = check;
    else if (others === null) others = [check];
    else others.push(check);
  }
  const spoofed = spoofedIn(caller.request.headers, open.reserved);
  if (first?.alone !== undefined && others === null && spoofed.length === 0) return first.alone;
  return conclude(open, caller, first === null ? null : listOf(first, others), spoofed);
}

function listOf(first: Passed | null, others: readonly Passed[] | null): Passed[] {
  return first === null ? [] : [first, ...(others ?? [])];
}

async function rest(
  open: OpenAuthenticate,
  caller: Caller,
  passed: Passed[],
  pending: Promise<Check>,
  from: number,
): Promise<Outcome> {
  let check = await pending;
  for (let next = from; ; next += 1) {
    if (check !== null) {
      if (!check.ok) return check;
      passed.push(check);
    }
    const provider = open.providers[next];
    if (provider === undefined) {
      const spoofed = spoofedIn(caller.request.headers, open.reserved);
      return conclude(open, caller, passed.length === 0 ? null : passed, spoofed);
    }
    check = await provider.check(caller);
  }
}

function conclude(
  open: OpenAuthenticate,
  caller: Caller,
  passed: readonly Passed[] | null,
  spoofed: readonly string[],
): Outcome {
  if (passed === null) {
    if (open.required) {
      const headers = open.challenges.map((challenge) => ["www-authenticate", challenge] as const);
      const why = "no credentials";
      return { ok: false, kind: "unauthenticated", provider: "", why, status: 401, retryAfterMs: 0, headers };
    }
    return { ok: true, principal: ANONYMOUS, edits: spoofed.length === 0 ? null : { ...NO_EDITS, spoofed } };
  }
  const first = passed[0]!.principal;
  const principal: Principal = {
    kind: first.kind,
    id: first.id,
    claims: first.claims,
    presented: passed.length === 1 && passed[0]!.more === undefined ? [passed[0]!.provider] : passed.flatMap(namesOf),
  };
  return { ok: true, principal, edits: editsOf(caller, passed.flatMap(withMore), spoofed) };
}

function namesOf({ provider, more = [] }: Passed): readonly string[] {
  return [...new Set([provider, ...more.map((one) => one.provider)])];
}

function withMore(passed: Passed): readonly Passed[] {
  return [passed, ...(passed.more ?? [])];
}

/** Of two providers that say the same header, the first one's word holds. */
function editsOf(caller: Caller, passed: readonly Passed[], spoofed: readonly string[]): Edits | null {
  const remove: string[] = [];
  let cookie: string | null = null;
  let query: string | null = null;
  let body: Uint8Array<ArrayBuffer> | null = null;
  const claims = new Map<string, string>();
  for (const one of passed) {
    const { withhold } = one;
    if (withhold?.type === "header") remove.push(withhold.name);
    if (withhold?.type === "cookie") {
      cookie = cookiesWithout(cookie ?? caller.request.headers.get("cookie") ?? "", withhold.name);
    }
    if (withhold?.type === "query") query = queryWithout(query ?? caller.query, withhold.name);
    for (const [name, value] of one.claims) if (!claims.has(name)) claims.set(name, value);
    body ??= one.body ?? null;
  }
  const isNothing =
    spoofed.length === 0 &&
    claims.size === 0 &&
    remove.length === 0 &&
    cookie === null &&
    query === null &&
    body === null;
  return isNothing ? null : { spoofed, claims: [...claims], remove, cookie, query, body };
}
