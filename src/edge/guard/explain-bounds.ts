/** Whether a request would be within its rule's bounds, by its head alone: a body is bounded while it is read. */
import { type BoundName, breachOf } from "../../core/limit/bounds.ts";
import type { RouteMatchResult } from "../../core/route/table.ts";
import type { Address } from "../address.ts";
import type { Isolate } from "../isolate.ts";
import { boundedRequest } from "./bounds.ts";

export interface ExplainedBounds {
  /** The first bound that it is beyond; null: it is within all. */
  readonly beyond: BoundName | null;
  readonly dryRun: boolean;
}

/** Null: the rule has no bounds. Never throws. */
export function explainBounds(
  isolate: Isolate,
  request: Request,
  address: Address,
  { rule: { guard } }: RouteMatchResult,
): ExplainedBounds | null {
  const open = guard === undefined ? null : isolate.open.guards.of[guard]!.bounds;
  if (open === null) return null;
  const breach = breachOf(open, boundedRequest(request, address), false);
  return { beyond: breach?.bound ?? null, dryRun: open.bounds.dryRun };
}
