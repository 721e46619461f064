/** Which limits a request would count against. Nothing is taken, and nobody is asked. */

import type { Mesh, RateLimitKeyPart, RateLimitScope } from "../../core/mesh.ts";
import { peek } from "../../core/rate-limit/counter.ts";
import { partInWords } from "../../core/rate-limit/key-words.ts";
import { tick } from "../../core/rate-limit/limit-clock.ts";
import { peekPlace } from "../../core/rate-limit/places.ts";
import { createVerdict } from "../../core/rate-limit/verdict.ts";
import type { RouteMatchResult } from "../../core/route/table.ts";
import type { Address } from "../address.ts";
import type { Isolate } from "../isolate.ts";
import type { OpenRateLimit } from "../rate-limit/open-rate-limits.ts";
import { costOf, type Keyed, keyOf } from "../rate-limit/request-key.ts";
import { imposedBy } from "./apply-edits.ts";
import type { ExplainedCaller } from "./explain-authentication.ts";

export interface ExplainedRateLimit {
  readonly name: string;
  readonly algorithm: string;
  readonly scope: RateLimitScope["type"];
  /** Of its key, in words: "ip", "header x-tenant". Empty: everything together. */
  readonly by: readonly string[];
  /** Units that this request would cost, and units of the limit. */
  readonly cost: number;
  readonly limit: number;
  /** Providers that would say who or what it is counted by, and are not asked for an explanation. Empty: none. */
  readonly unasked: readonly string[];
  /** Units left to this caller before it, and whether it would pass; null: only those who are asked know. */
  readonly remaining: number | null;
  readonly allowed: boolean | null;
  readonly dryRun: boolean;
}

/** In the order in which they are asked; empty: none holds. Never throws. */
export function explainRateLimits(
  isolate: Isolate,
  request: Request,
  address: Address,
  matched: RouteMatchResult,
  nowMs: number,
  caller: ExplainedCaller,
): readonly ExplainedRateLimit[] {
  const { guards } = isolate.open;
  const { principal, edits } = caller;
  const { guard } = matched.rule;
  const limits = guard === undefined ? null : guards.of[guard]!.rateLimits;
  if (limits === null) return [];
  tick(guards.rateLimits.clock, nowMs);
  // The question comes from somewhere else than the request would: its address is the one that it names.
  const keyed: Keyed = {
    request: edits === null ? request : without(edits.spoofed, request),
    address,
    matched,
    isolate: { ...isolate, dev: false },
    principal,
    ...(edits !== null && { imposed: imposedBy(edits) }),
  };
  const unasked = unaskedBy(caller, isolate.open.mesh);
  return limits.map((limit) => explained(limit, keyed, isolate, unasked));
}

/** By a part of a key, or the header of a cost: names of providers that were not asked and would say what it is. */
type UnaskedOf = (part: RateLimitKeyPart) => readonly string[];

function unaskedBy({ authentication, principal }: ExplainedCaller, { authentication: providers }: Mesh): UnaskedOf {
  const unasked = authentication?.unasked ?? [];
  const plans = (providers?.providers ?? []).filter(({ name }) => unasked.includes(name));
  return (part) => {
    if (part.type === "principal" || part.type === "claim") return principal.kind === "anonymous" ? unasked : [];
    if (part.type !== "header") return [];
    const says = plans.filter((plan) => plan.type === "external" && plan.upstreamHeaders.includes(part.name));
    return says.map(({ name }) => name);
  };
}

/** As far as headers go: what only the mesh may say counts for nothing. */
function without(spoofed: readonly string[], request: Request): Request {
  if (spoofed.length === 0) return request;
  const headers = new Headers(request.headers);
  for (const name of spoofed) headers.delete(name);
  return new Request(request, { headers });
}

function explained(
  { plan, counter }: OpenRateLimit,
  keyed: Keyed,
  { open }: Isolate,
  unaskedOf: UnaskedOf,
): ExplainedRateLimit {
  const { name, counting, scope, dryRun } = plan;
  const verdict = createVerdict();
  const key = keyOf(plan.key, keyed);
  const cost = counting.type === "concurrency" ? 1 : costOf(plan.cost, keyed);
  if (counter.type === "concurrency") peekPlace(counter, key, verdict);
  else peek(counter, key, cost, open.guards.rateLimits.clock, verdict);
  const paid = plan.cost.type === "header" ? unaskedOf({ type: "header", name: plan.cost.name }) : [];
  const unasked = [...new Set([...plan.key.flatMap(unaskedOf), ...paid])];
  const isKnown = scope.type === "local" && unasked.length === 0;
  return {
    name,
    algorithm: counting.type,
    scope: scope.type,
    by: plan.key.map(partInWords),
    cost,
    limit: counting.limit,
    unasked,
    remaining: isKnown ? verdict.remaining + (verdict.allowed ? cost : 0) : null,
    allowed: isKnown ? verdict.allowed : null,
    dryRun,
  };
}
