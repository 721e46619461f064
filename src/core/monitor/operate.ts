/** An operator's command applied to a set of overrides: the set that comes of it, and what it does to the service. */
import type { Endpoint } from "../mesh.ts";
import {
  type CheckedCommand,
  describeTarget,
  isMatch,
  isWeight,
  MAX_OVERRIDES,
  type Override,
  type OverrideSet,
} from "./override.ts";
import { impactOf, type OverrideImpact } from "./override-impact.ts";
import { indexOverrides, isSameTarget, type OverrideIndex, wordOn } from "./override-index.ts";

export type Operated =
  | {
      readonly ok: true;
      readonly set: OverrideSet;
      readonly override: Override | null;
      readonly cleared: readonly Override[];
      readonly impact: OverrideImpact;
      readonly warning: string | null;
    }
  | {
      readonly ok: false;
      readonly error: "unknown_endpoint" | "unknown_override" | "would_empty" | "too_many";
      readonly detail: string;
    };

export interface OperateInput {
  readonly set: OverrideSet;
  readonly command: CheckedCommand;
  /** For the new override: none of the set has it. */
  readonly id: string;
  readonly endpoints: readonly Endpoint[];
  /** What stands above the set: in a regional object nothing, for its own word comes first; below it the root's. */
  readonly below: readonly OverrideIndex[];
  /** By endpoint: whether it would serve if no operator had said anything. */
  readonly isWell: (endpoint: number) => boolean;
  readonly nowMs: number;
}

/**
 * The set after a command, with ended overrides left out and a later revision; or why not. A word that leaves no endpoint
 * is refused unless it is forced, and so is taking one back. Linear in endpoints and overrides. Never throws.
 */
export function operate({ set, command, id, endpoints, below, isWell, nowMs }: OperateInput): Operated {
  const live = set.overrides.filter(({ untilMs }) => untilMs > nowMs);
  const { action, target } = command;
  if (target !== null && "endpoint" in target && action !== "clear" && !endpoints.some((one) => isMatch(target, one))) {
    return { ok: false, error: "unknown_endpoint", detail: `there is no endpoint ${target.endpoint}` };
  }
  const override = action === "clear" ? null : overrideOf({ ...command, action }, id, nowMs);
  const cleared = live.filter((one) => (override === null ? isMeant(one, command) : isReplaced(one, override)));
  if (override === null && command.id !== null && cleared.length === 0) {
    return { ok: false, error: "unknown_override", detail: `there is no override ${command.id}` };
  }
  const kept = live.filter((one) => !cleared.includes(one));
  const overrides = override === null ? kept : [...kept, override];
  if (overrides.length > MAX_OVERRIDES) {
    return { ok: false, error: "too_many", detail: `${kept.length} overrides are in force, ${MAX_OVERRIDES} at most` };
  }
  const next = { revision: Math.max(set.revision + 1, nowMs), overrides };
  const before = [indexOverrides({ ...set, overrides: live }), ...below];
  const after = [indexOverrides(next), ...below];
  const impact = impactOf({ endpoints, before, after, isWell, nowMs });
  const less = impact.left < impact.wasLeft || impact.serving < impact.wasServing;
  const isEmpty = impact.left === 0 || (impact.serving === 0 && impact.wasServing > 0);
  if (less && isEmpty && !command.force) {
    return { ok: false, error: "would_empty", detail: whyEmpty(impact, endpoints, after, nowMs) };
  }
  const isFew = less && impact.serving * 2 < impact.endpoints;
  const warning = isFew ? `${impact.serving} of ${impact.endpoints} endpoints are left to serve` : null;
  return { ok: true, set: next, override, cleared, impact, warning };
}

function overrideOf(
  { target, action, percent, forMs, by, reason }: CheckedCommand & { readonly action: Override["action"] },
  id: string,
  nowMs: number,
): Override {
  if (target === null) throw new Error(`a checked command to ${action} has no target`);
  const untilMs = forMs > 0 ? nowMs + forMs : Number.POSITIVE_INFINITY;
  return { id, target, action, percent, atMs: nowMs, untilMs, by, reason };
}

function isReplaced(one: Override, by: Override): boolean {
  return isSameTarget(one.target, by.target) && isWeight(one) === isWeight(by);
}

function isMeant(one: Override, { id, target }: CheckedCommand): boolean {
  return (id === null || one.id === id) && (target === null || isSameTarget(one.target, target));
}

function whyEmpty(
  { left, wasServing }: OverrideImpact,
  endpoints: readonly Endpoint[],
  after: readonly OverrideIndex[],
  nowMs: number,
): string {
  if (left === 0) return `no endpoint would be left of ${endpoints.length}; say force to do it all the same`;
  const remaining = endpoints.filter((endpoint) => !isTakenOut(wordOn(after, endpoint, nowMs).health));
  const names = remaining.slice(0, 5).map(({ id }) => id);
  return `of ${wasServing} that serve none would be left: ${names.join(", ")}${remaining.length > 5 ? " …" : ""} ${
    remaining.length === 1 ? "is" : "are"
  } not well; say force to do it all the same`;
}

/** Whether a word keeps requests away. */
function isTakenOut(health: number | null): boolean {
  return health !== null && health >= 2;
}

/** What was said, for an event: `weight 50 % of cloud aws`. */
export function describeOverride({ action, percent, target }: Override): string {
  return isWeight({ action })
    ? `${action} ${percent} % of ${describeTarget(target)}`
    : `${action} ${describeTarget(target)}`;
}
