/**
 * The second step of a guard: may they. Authorizers that CUSTOM policies ask come first, and what they say of the request
 * (headers for the endpoint) is seen by the policies after them; who the request is from stays what authentication found.
 */
import { authorizersOf, authorize as decide, observe } from "../../core/authz/authorize.ts";
import type { AskAuthorizer, AuthorizationDecision } from "../../core/authz/decision.ts";
import type { Subject } from "../../core/authz/subject.ts";
import type { HeaderModifier } from "../../core/mesh.ts";
import type { Arrived } from "../arrived.ts";
import { authenticate } from "./authenticate.ts";
import { deny } from "./deny.ts";
import type { Next } from "./guarded.ts";
import { logObservations } from "./observations.ts";
import type { OpenAuthorize } from "./open-authorize.ts";
import { ArrivedSubject } from "./subject-of.ts";

/** Passes on or refuses; at once where no authorizer is asked. */
export function authorize(arrived: Arrived, open: OpenAuthorize, next: Next): Response | Promise<Response> {
  const subject = new ArrivedSubject(arrived);
  const asked = authorizersOf(open.policies, subject);
  return asked.length === 0 ? byPolicies(arrived, subject, open, next) : ask(arrived, asked, open, next);
}

function ask(
  arrived: Arrived,
  [first, ...others]: readonly AskAuthorizer[],
  open: OpenAuthorize,
  next: Next,
): Response | Promise<Response> {
  if (first === undefined) return byPolicies(arrived, new ArrivedSubject(arrived), open, next);
  const authorizer = open.authorizers.get(first.provider)!;
  return authenticate(arrived, authorizer, (answered) => {
    const { principal: _, ...passed } = answered;
    const { principal, imposed } = arrived;
    const both = bothOf(imposed, answered.imposed);
    const known = { ...(principal !== undefined && { principal }), ...(both !== undefined && { imposed: both }) };
    return ask({ ...passed, ...known, isVouched: true }, others, open, next);
  });
}

/** Headers that were to be changed before, and those that an authorizer changes; of one header its word holds. */
function bothOf(before: HeaderModifier | undefined, after: HeaderModifier | undefined): HeaderModifier | undefined {
  if (before === undefined || after === undefined || before === after) return after ?? before;
  const isSaid = (name: string) => after.set.some(([own]) => own === name);
  return {
    set: [...before.set.filter(([name]) => !isSaid(name) && !after.remove.includes(name)), ...after.set],
    add: [],
    remove: [...new Set([...before.remove.filter((name) => !isSaid(name)), ...after.remove])],
  };
}

function byPolicies(
  arrived: Arrived,
  subject: Subject,
  { policies }: OpenAuthorize,
  next: Next,
): Response | Promise<Response> {
  const decision = decide(policies, subject);
  const observations = observe(policies, subject, decision);
  if (observations.length > 0) logObservations(arrived, observations);
  return decision.allowed ? next(arrived) : forbidden(arrived, decision);
}

function forbidden(arrived: Arrived, decision: AuthorizationDecision): Response {
  const { route, rule } = arrived.matched;
  const isDeny = decision.because === "deny";
  return deny(arrived, {
    reason: "forbidden",
    route: route.name,
    rule: rule.name,
    policy: isDeny ? decision.policy : "",
    policyRule: isDeny ? decision.rule : -1,
  });
}
