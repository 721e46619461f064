/** The rate limits of a mesh as an isolate runs them. What was counted goes on over versions of the mesh. */
import type { Mesh, RateLimit } from "../../core/mesh.ts";
import { type Counter, createCounter } from "../../core/rate-limit/counter.ts";
import { createLimitClock, type LimitClock } from "../../core/rate-limit/limit-clock.ts";
import type { Places } from "../../core/rate-limit/places.ts";
import { createVerdict, type VerdictSlot } from "../../core/rate-limit/verdict.ts";
import { policyItem } from "./headers.ts";
import { digestsFor, type KeyDigests } from "./request-key.ts";

export interface OpenRateLimit {
  readonly plan: RateLimit;
  /** What this isolate counts: all of it for scope local, its own part for the others. */
  readonly counter: Counter | Places;
  /** Written over by each request: nothing of it may be kept. */
  readonly verdict: VerdictSlot;
  /** As RateLimit-Policy says it; "" where callers are told nothing. */
  readonly policy: string;
  readonly digests: KeyDigests | null;
}

export interface OpenRateLimits {
  /** By index into Mesh.rateLimits. */
  readonly inOrder: readonly OpenRateLimit[];
  readonly clock: LimitClock;
}

/**
 * Opens them. Limits that have the same name, counting, key and scope as before go on with what was counted; any other change
 * begins anew. `before`: those of the mesh that was in force; null for none. Never throws for what `compileMesh` made.
 */
export function openRateLimits({ rateLimits = [] }: Mesh, before: OpenRateLimits | null): OpenRateLimits {
  const known = new Map((before?.inOrder ?? []).map((open) => [shapeOf(open.plan), open.counter]));
  const inOrder = rateLimits.map(
    (plan): OpenRateLimit => ({
      plan,
      counter: known.get(shapeOf(plan)) ?? createCounter(plan.counting),
      verdict: createVerdict(),
      policy: plan.headers && !plan.dryRun ? policyItem(plan) : "",
      digests: digestsFor(plan),
    }),
  );
  return { inOrder, clock: before?.clock ?? createLimitClock() };
}

/** What has to be the same for counts to mean the same. */
function shapeOf({ name, counting, key, scope }: RateLimit): string {
  return JSON.stringify([name, counting, key, scope]);
}

/** Bindings that limits ask for and this deployment does not have. */
export function rateLimitProblems({ inOrder }: OpenRateLimits, env: object): readonly string[] {
  return inOrder.flatMap(({ plan: { name, scope } }) => {
    if (scope.type === "colo" && bindingOf(env, scope.binding) === null) {
      return [
        `rate limit ${name}: there is no rate-limit binding ${scope.binding}: add [[ratelimits]] to wrangler.toml and deploy (heddle dev has none)`,
      ];
    }
    if (scope.type === "global" && (env as { readonly RATE_LIMITER?: unknown }).RATE_LIMITER === undefined) {
      return [
        `rate limit ${name}: there is no binding RATE_LIMITER, so that what onFailure says holds: add it to wrangler.toml and deploy`,
      ];
    }
    return [];
  });
}

/** The platform's rate-limit binding. */
export interface RateLimitBinding {
  limit(of: { readonly key: string }): Promise<{ readonly success: boolean }>;
}

/** Null: there is none of that name. Never throws. */
export function bindingOf(env: object, name: string): RateLimitBinding | null {
  const binding = (env as Readonly<Record<string, unknown>>)[name];
  const isOne = typeof binding === "object" && binding !== null && "limit" in binding;
  return isOne && typeof binding.limit === "function" ? (binding as RateLimitBinding) : null;
}
