/** Which limits a request would count against. Nothing is taken, and nobody is asked. */

import type { RateLimitScope } from "../../core/mesh.ts";
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
  { principal, edits }: ExplainedCaller,
): readonly ExplainedRateLimit[] {
  const { guards } = isolate.open;
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
  return limits.map((limit) => explained(limit, keyed, isolate));
}

/** As far as headers go: what only the mesh may say counts for nothing. */
function without(spoofed: readonly string[], request: Request): Request {
  if (spoofed.length === 0) return request;
  const headers = new Headers(request.headers);
  for (const name of spoofed) headers.delete(name);
  return new Request(request, { headers });
}

function explained({ plan, counter }: OpenRateLimit, keyed: Keyed, { open }: Isolate): ExplainedRateLimit {
  const { name, counting, scope, dryRun } = plan;
  const verdict = createVerdict();
  const key = keyOf(plan.key, keyed);
  const cost = counting.type === "concurrency" ? 1 : costOf(plan.cost, keyed);
  if (counter.type === "concurrency") peekPlace(counter, key, verdict);
  else peek(counter, key, cost, open.guards.rateLimits.clock, verdict);
  const isKnown = scope.type === "local";
  return {
    name,
    algorithm: counting.type,
    scope: scope.type,
    by: plan.key.map(partInWords),
    cost,
    limit: counting.limit,
    remaining: isKnown ? verdict.remaining + (verdict.allowed ? cost : 0) : null,
    allowed: isKnown ? verdict.allowed : null,
    dryRun,
  };
}
