/** What rules ask of requests before anything is done for them. Alike guards are stored once. */
import type { Authenticate, Authentication, Guard } from "../../core/mesh.ts";
import type { AuthenticateConfig } from "../schema/authentication/authentication.ts";
import type { RouteConfig, RuleConfig } from "../schema/mesh.ts";
import type { PolicyTable } from "./authorization.ts";
import type { AutomatonTable } from "./automata.ts";
import { compileBounds } from "./bounds.ts";
import type { RateLimitTable } from "./rate-limits.ts";

/** Tells, while routes are compiled, which guard a rule has: the field `guard` of the rule, or no field. */
export type Guarding = (
  route: RouteConfig,
  rule: RuleConfig,
  names: { readonly route: string; readonly rule: string },
) => { readonly guard?: number };

export interface GuardTable {
  readonly all: readonly Guard[];
  readonly guarding: Guarding;
}

/** A rule's own word on authentication takes the place of its route's, on bounds field by field; policies and rate limits of both hold together. */
export function guardTable(
  authentication: Authentication | undefined,
  policies: PolicyTable,
  automata: AutomatonTable,
  limits: RateLimitTable,
): GuardTable {
  const all: Guard[] = [];
  const indexOf = new Map<string, number>();
  const guarding: Guarding = (route, rule, names) => {
    const authenticate = compileAuthenticate(rule.authentication ?? route.authentication, authentication);
    const authorize = policies.authorize(route.authorization, rule.authorization);
    const bounds = compileBounds(route.bounds, rule.bounds, automata);
    const rateLimits = limits.of(route, rule, names);
    const guard: Guard = {
      ...(bounds !== undefined && { bounds }),
      ...(authenticate !== undefined && { authenticate }),
      ...(authorize !== undefined && { authorize }),
      ...(rateLimits !== undefined && { rateLimits }),
    };
    if (Object.keys(guard).length === 0) return {};
    const key = JSON.stringify(guard);
    const index = indexOf.get(key) ?? all.push(guard) - 1;
    indexOf.set(key, index);
    return { guard: index };
  };
  return { all, guarding };
}

/** Rules that ask nobody still drop what only the mesh may say, where it says anything. */
function compileAuthenticate(
  config: AuthenticateConfig | undefined,
  authentication: Authentication | undefined,
): Authenticate | undefined {
  if (authentication === undefined) return undefined;
  const names = config?.providers ?? [];
  if (names.length === 0 && authentication.reservedHeaders.length === 0) return undefined;
  const indices = names.map((name) => authentication.providers.findIndex((provider) => provider.name === name));
  return { providers: indices, required: names.length > 0 && config?.required === true };
}
