/**
 * What policies would say of a request, without asking anybody: an authorizer is named and not called, and a token is taken
 * at its word, since whether it is good depends on when it is asked.
 */
import { authorize, authorizersOf, matchingRules } from "../../core/authz/authorize.ts";
import type { AuthorizationDecision, MatchedRule } from "../../core/authz/decision.ts";
import type { AuthenticationProvider } from "../../core/mesh.ts";
import { ANONYMOUS, type Principal } from "../../core/principal.ts";
import type { RouteMatchResult } from "../../core/route/table.ts";
import type { Address } from "../address.ts";
import { headOf } from "../head-of.ts";
import type { Isolate } from "../isolate.ts";

export interface ExplainedAuthorization {
  /** For whom: `issuer/subject` of the token that the request has, not verified; "" for nobody. */
  readonly principal: string;
  /** External authorizers that would be asked first. */
  readonly asks: readonly string[];
  /** What policies decide after them. */
  readonly decision: AuthorizationDecision;
  /** Every rule of a policy that matches, those that decide nothing among them. */
  readonly matched: readonly MatchedRule[];
}

/** Null: the rule has no policies. Never throws. Linear in the policies. */
export function explainAuthorization(
  { open }: Isolate,
  request: Request,
  address: Address,
  { rule, listener }: RouteMatchResult,
): ExplainedAuthorization | null {
  const guard = rule.guard === undefined ? undefined : open.guards.of[rule.guard];
  if (guard === undefined || guard.authorize === null) return null;
  const principal = claimedPrincipal(open, request, { rule });
  const head = headOf(request, address);
  const subject = {
    head,
    port: listener.port > 0 ? listener.port : head.port,
    principal,
    clientIp: request.headers.get("cf-connecting-ip") ?? "",
    // The question comes from somewhere else than the request would.
    place: () => "",
  };
  const { policies } = guard.authorize;
  return {
    principal: principal.id,
    asks: authorizersOf(policies, subject).map(({ provider }) => open.mesh.authentication!.providers[provider]!.name),
    decision: authorize(policies, subject),
    matched: matchingRules(policies, subject),
  };
}

/** Whom a token in the headers names, of those that the rule believes. Never throws. */
export function claimedPrincipal(
  { mesh }: Isolate["open"],
  request: Request,
  { rule }: Pick<RouteMatchResult, "rule">,
): Principal {
  const providers = mesh.authentication?.providers ?? [];
  const asked = rule.guard === undefined ? [] : (mesh.guards?.[rule.guard]?.authenticate?.providers ?? []);
  return claimedBy(
    request,
    asked.map((index) => providers[index]!),
  );
}

/** Whom a token in the headers names. */
function claimedBy(request: Request, providers: readonly AuthenticationProvider[]): Principal {
  for (const provider of providers) {
    if (provider.type !== "jwt" && provider.type !== "access") continue;
    for (const place of provider.from) {
      const value = place.type === "header" ? request.headers.get(place.name) : null;
      if (value === null || place.type !== "header" || !value.toLowerCase().startsWith(place.prefix.toLowerCase()))
        continue;
      const claims = claimsOf(value.slice(place.prefix.length).trim());
      if (claims === null || (provider.issuer !== "" && claims.iss !== provider.issuer)) continue;
      const id = `${String(claims.iss ?? "")}/${String(claims.sub ?? "")}`;
      return { kind: provider.type, id, claims, presented: [provider.name] };
    }
  }
  return ANONYMOUS;
}

function claimsOf(token: string): Record<string, unknown> | null {
  try {
    const payload = (token.split(".")[1] ?? "").replaceAll("-", "+").replaceAll("_", "/");
    const bytes = Uint8Array.from(atob(payload), (char) => char.charCodeAt(0));
    const claims: unknown = JSON.parse(new TextDecoder().decode(bytes));
    return typeof claims === "object" && claims !== null && !Array.isArray(claims)
      ? (claims as Record<string, unknown>)
      : null;
  } catch {
    return null;
  }
}
