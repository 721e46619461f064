/** What policies would say of a request, without asking anybody: an authorizer is named and not called. */
import { authorize, authorizersOf, matchingRules } from "../../core/authz/authorize.ts";
import type { AuthorizationDecision, MatchedRule } from "../../core/authz/decision.ts";
import type { Principal } from "../../core/principal.ts";
import type { RouteMatchResult } from "../../core/route/table.ts";
import type { Address } from "../address.ts";
import { headOf } from "../head-of.ts";
import type { Isolate } from "../isolate.ts";
import { nameOf } from "./explain-authentication.ts";

export interface ExplainedAuthorization {
  /** For whom, as `requestPrincipals` name them: "issuer/subject" of a token, "kind/id" of others; "" for nobody. */
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
  principal: Principal,
): ExplainedAuthorization | null {
  const guard = rule.guard === undefined ? undefined : open.guards.of[rule.guard];
  if (guard === undefined || guard.authorize === null) return null;
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
    principal: nameOf(principal),
    asks: authorizersOf(policies, subject).map(({ provider }) => open.mesh.authentication!.providers[provider]!.name),
    decision: authorize(policies, subject),
    matched: matchingRules(policies, subject),
  };
}
