/**
 * Who a request would be taken to be. Its credentials are checked as they would be on the way, but for those whose check takes
 * something or tells somebody: a signature is good once, an authorizer hears of requests only, and a certificate belongs to a
 * connection that this is not.
 */
import { issuerOf, subjectOf } from "../../core/authz/subject.ts";
import type { AuthenticationProvider } from "../../core/mesh.ts";
import { ANONYMOUS, type Principal } from "../../core/principal.ts";
import type { RouteMatchResult } from "../../core/route/table.ts";
import { authenticateRequest } from "../../security/authn/authenticate-request.ts";
import { openAuthenticate } from "../../security/authn/open.ts";
import type { Edits, Outcome } from "../../security/authn/outcome.ts";
import type { Address } from "../address.ts";
import type { Isolate } from "../isolate.ts";

export interface ExplainedAuthentication {
  readonly providers: readonly string[];
  /** Without a credential the answer is 401. */
  readonly required: boolean;
  /** Those whose credentials were not looked at. */
  readonly unasked: readonly string[];
  readonly verdict: AuthenticationVerdict;
}

/** `principal`: as `nameOf` says; `by`: the provider that knows the caller, "" for nobody. `provider`: "" for none in particular. */
export type AuthenticationVerdict =
  | { readonly ok: true; readonly principal: string; readonly by: string }
  | { readonly ok: false; readonly status: number; readonly provider: string; readonly why: string };

/** What later steps go by. */
export interface ExplainedCaller {
  /** Null: nobody is asked. */
  readonly authentication: ExplainedAuthentication | null;
  readonly principal: Principal;
  /** What the mesh would say of the caller in headers; null: nothing. */
  readonly edits: Edits | null;
}

const NOBODY: ExplainedCaller = { authentication: null, principal: ANONYMOUS, edits: null };

/** Keys may be fetched for it, no more often than for requests. Never rejects. */
export async function explainAuthentication(
  { open, env }: Isolate,
  request: Request,
  { host, path, query }: Address,
  { rule }: RouteMatchResult,
  nowMs: number,
  ctx: Pick<ExecutionContext, "waitUntil">,
): Promise<ExplainedCaller> {
  const { mesh, guards } = open;
  const asked = rule.guard === undefined ? undefined : mesh.guards![rule.guard]!.authenticate;
  // A rule that asks nobody only takes away what just the mesh may say.
  if (asked === undefined || asked.providers.length === 0) return NOBODY;
  const { providers } = mesh.authentication!;
  const checked = asked.providers.filter((index) => mayCheck(providers[index]!));
  const unasked = asked.providers.filter((index) => !checked.includes(index));
  // What was not looked at may be the credential that is required.
  const required = asked.required && unasked.length === 0;
  const opened = openAuthenticate({ providers: checked, required }, mesh.authentication!, [
    ...guards.providers.values(),
  ]);
  const outcome = await authenticateRequest(opened, {
    request,
    host,
    path,
    query,
    clientIp: request.headers.get("cf-connecting-ip") ?? "",
    env: env as unknown as Readonly<Record<string, unknown>>,
    nowMs,
    waitUntil: (promise) => ctx.waitUntil(promise),
  });
  const names = (indexes: readonly number[]) => indexes.map((index) => providers[index]!.name);
  return {
    authentication: {
      providers: names(asked.providers),
      required: asked.required,
      unasked: names(unasked),
      verdict: verdictOf(outcome),
    },
    principal: outcome.ok ? outcome.principal : ANONYMOUS,
    edits: outcome.ok ? outcome.edits : null,
  };
}

function mayCheck({ type }: AuthenticationProvider): boolean {
  switch (type) {
    case "jwt":
    case "access":
    case "api-key":
    case "basic":
      return true;
    case "hmac":
    case "mtls":
    case "external":
      return false;
  }
}

/** As `requestPrincipals` name it: "issuer/subject" of a token, "kind/id" of others; "" for nobody. */
export function nameOf(principal: Principal): string {
  return principal.kind === "anonymous" ? "" : `${issuerOf(principal)}/${subjectOf(principal) ?? ""}`;
}

function verdictOf(outcome: Outcome): AuthenticationVerdict {
  if (!outcome.ok) {
    const { status, provider, why } = outcome;
    return { ok: false, status, provider, why };
  }
  return { ok: true, principal: nameOf(outcome.principal), by: outcome.principal.presented[0] ?? "" };
}
