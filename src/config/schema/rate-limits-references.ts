/** Names around rate limits: limits that routes and rules refer to, and keys by callers whom nobody asks. */
import { suggested } from "../nearest.ts";
import { type Finding, isRecord } from "./finding.ts";

type Path = readonly (string | number)[];

/** What is wrong. Never throws, whatever `mesh` is. */
export function* rateLimitReferenceFindings(mesh: Record<string, unknown>): Iterable<Finding> {
  const named = isRecord(mesh.rateLimits) ? mesh.rateLimits : {};
  for (const { path, refs, isAsked } of usesIn(mesh.routes)) {
    for (const [index, ref] of refs.entries()) {
      const at = [...path, index];
      if (typeof ref === "string" && !Object.hasOwn(named, ref)) {
        yield { path: at, message: `there is no rate limit ${ref}`, ...suggested(ref, Object.keys(named)) };
        continue;
      }
      if (typeof ref === "string" && refs.indexOf(ref) !== index) {
        yield { path: at, message: `${ref} is there already` };
      }
      const limit = typeof ref === "string" ? named[ref] : ref;
      const part = isAsked ? undefined : callerPart(limit);
      if (part !== undefined) {
        const message = `counts by ${part}, but nobody is asked who they are here, so that all would be counted together: say authentication.providers, or another key`;
        yield { path: at, message };
      }
    }
  }
}

interface Use {
  readonly path: Path;
  readonly refs: readonly unknown[];
  /** Whether its callers are asked who they are: on every rule, for those of a route. */
  readonly isAsked: boolean;
}

function* usesIn(routes: unknown): Iterable<Use> {
  for (const [r, route] of listOf(routes).entries()) {
    if (!isRecord(route)) continue;
    const rules = listOf(route.rules);
    const isAsked = rules.some((rule) => isRecord(rule) && asks(rule.authentication ?? route.authentication));
    yield { path: ["routes", r, "rateLimits"], refs: listOf(route.rateLimits), isAsked };
    for (const [i, rule] of rules.entries()) {
      if (!isRecord(rule)) continue;
      const path = ["routes", r, "rules", i, "rateLimits"];
      yield { path, refs: listOf(rule.rateLimits), isAsked: asks(rule.authentication ?? route.authentication) };
    }
  }
}

function asks(authentication: unknown): boolean {
  return isRecord(authentication) && listOf(authentication.providers).length > 0;
}

/** A part of the key that only credentials have. */
function callerPart(limit: unknown): string | undefined {
  for (const part of listOf(isRecord(limit) ? limit.key : undefined)) {
    if (part === "principal") return "principal";
    if (isRecord(part) && part.claim !== undefined) return "a claim";
  }
  return undefined;
}

function listOf(value: unknown): readonly unknown[] {
  return Array.isArray(value) ? value : [];
}
