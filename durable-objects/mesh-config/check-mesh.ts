/** Whether a value is a mesh that this version can run. */
import {
  type Automaton,
  type BackendRef,
  MESH_FORMAT,
  type Mesh,
  type NamedMatch,
  type Route,
  type RouteMatch,
  type RouteRule,
} from "../../src/core/mesh.ts";
import { isBrokenCredentials } from "./broken-credentials.ts";
import { isBrokenFilters } from "./broken-filters.ts";
import { isBrokenRateLimits } from "./broken-rate-limits.ts";
import { isBrokenRolloutRef, isBrokenRollouts } from "./broken-rollouts.ts";
import { isBrokenSession } from "./broken-session.ts";

/** Largest mesh taken, in UTF-16 units of JSON. An RPC carries 32 MiB; a bundle should carry far less. */
export const MAX_MESH_LENGTH = 8_000_000;

export type MeshCheck =
  | { readonly ok: true; readonly mesh: Mesh }
  | { readonly ok: false; readonly error: "invalid_mesh"; readonly detail: string };

/**
 * Whether a value has the shape of a mesh this version runs, and no route leads nowhere. The compiler made sure of the
 * rest. Never throws.
 */
export function checkMesh(value: unknown): MeshCheck {
  const fault = (detail: string): MeshCheck => ({ ok: false, error: "invalid_mesh", detail });
  if (typeof value !== "object" || value === null) return fault("not an object");
  const mesh = value as Partial<Record<keyof Mesh, unknown>>;
  if (mesh.format !== MESH_FORMAT) return fault(`${formatShown(mesh.format)}, this version runs ${MESH_FORMAT}`);
  if (typeof mesh.version !== "string" || mesh.version.length === 0 || mesh.version.length > 64) {
    return fault("version is not a string of 1 to 64 characters");
  }
  if (typeof mesh.compiledAtMs !== "number" || !Number.isFinite(mesh.compiledAtMs))
    return fault("compiledAtMs is not a number");
  for (const key of ["services", "listeners", "routes", "automata", "policies"] as const) {
    if (!Array.isArray(mesh[key])) return fault(`${key} is not a list`);
  }
  if ((mesh.listeners as unknown[]).length === 0) return fault("there is no listener");
  if (mesh.precedence !== "specificity" && mesh.precedence !== "order")
    return fault("precedence is neither of the two");
  for (const listener of mesh.listeners as readonly { hostname?: unknown; port?: unknown }[]) {
    if (typeof listener?.hostname !== "string" || typeof listener.port !== "number") {
      return fault("listeners has an entry without hostname and port");
    }
  }
  for (const service of mesh.services as readonly { name?: unknown; endpoints?: unknown }[]) {
    if (typeof service?.name !== "string" || !Array.isArray(service.endpoints)) {
      return fault("services has an entry without name and endpoints");
    }
  }
  if (typeof mesh.edge !== "object" || mesh.edge === null) return fault("edge is not an object");
  if ((mesh.automata as (Loose<Automaton> | null)[]).some(isBrokenAutomaton))
    return fault("automata has a broken table");
  if (isBrokenRollouts(mesh.rollouts, mesh.services as unknown[]))
    return fault("rollouts has one that cannot be followed");
  if (isBrokenCredentials(mesh.credentials, mesh.services as unknown[], mesh.routes as unknown[]))
    return fault("credentials has one that cannot be put on requests, or lacks one that is used");
  if (isBrokenRateLimits(mesh.rateLimits, mesh.guards))
    return fault("rateLimits has one that cannot be counted, or lacks one that is used");
  const broken = brokenRoute(mesh as unknown as Mesh);
  if (broken !== null) return fault(broken);
  return { ok: true, mesh: value as Mesh };
}

/** Without running any code of the value's own. */
function formatShown(format: unknown): string {
  return typeof format === "number" ? `format ${format}` : "no number of a format";
}

type Loose<T> = { readonly [K in keyof T]?: unknown };

function brokenRoute(mesh: Mesh): string | null {
  for (const route of mesh.routes as readonly (Loose<Route> | null)[]) {
    if (!Array.isArray(route?.hostnames) || !Array.isArray(route.rules)) {
      return "routes has an entry without hostnames and rules";
    }
    if (!Array.isArray(route.listeners) || !route.listeners.every((index) => isIndexOf(mesh.listeners, index))) {
      return "routes has an entry whose listeners are not there";
    }
    for (const rule of route.rules as readonly (Loose<RouteRule> | null)[]) {
      if (!Array.isArray(rule?.matches) || !Array.isArray(rule.backendRefs)) {
        return "routes has a rule without matches and backendRefs";
      }
      if (!Array.isArray(rule.splitOn)) return "routes has a rule without splitOn";
      if (isBrokenSession(rule.sessionPersistence)) return "routes has a rule whose sessions cannot be kept";
      if (isBrokenFilters(rule.filters, mesh)) return "routes has a rule whose filters cannot be applied";
      if (rule.matches.some((match) => isBrokenMatch(match, mesh))) return "routes has a match that cannot be read";
      for (const ref of rule.backendRefs as readonly (Loose<BackendRef> | null)[]) {
        if (ref?.rollout !== undefined && isBrokenRolloutRef(ref.rollout, mesh)) {
          return "routes has a rollout that is not in rollouts and services";
        }
        const isInvalid = ref?.service === -1 && ref.policy === -1;
        if (!isInvalid && (!isIndexOf(mesh.services, ref?.service) || !isIndexOf(mesh.policies, ref?.policy))) {
          return "routes has a backend that is not in services and policies";
        }
        if (isBrokenFilters(ref?.filters, mesh)) return "routes has a backend whose filters cannot be applied";
      }
    }
  }
  return null;
}

function isBrokenMatch(match: Loose<RouteMatch> | null, { automata }: Mesh): boolean {
  const path = match?.path as Loose<Extract<RouteMatch["path"], { automaton: number }>> | undefined;
  if (typeof path?.type !== "string" || typeof path.value !== "string") return true;
  const isRegular = path.type === "RegularExpression";
  if (isRegular && (typeof path.prefix !== "string" || !isIndexOf(automata, path.automaton))) return true;
  return [match?.headers, match?.queryParams].some(
    (list) => !Array.isArray(list) || list.some((named) => isBrokenNamed(named, automata)),
  );
}

function isBrokenNamed(named: Loose<NamedMatch> | null, automata: Mesh["automata"]): boolean {
  const match = named?.match as { type?: unknown; automaton?: unknown } | undefined;
  if (typeof named?.name !== "string" || typeof match?.type !== "string") return true;
  return match.type === "RegularExpression" && !isIndexOf(automata, match.automaton);
}

/** A table that leads out of itself would let some request read what is not there. */
function isBrokenAutomaton(value: Loose<Automaton> | null): boolean {
  const { bounds, classOf, classes, next, accepts } = value ?? {};
  if (!Array.isArray(bounds) || !Array.isArray(classOf) || !Array.isArray(next) || !Array.isArray(accepts)) return true;
  const isBelow = (limit: unknown) => (entry: unknown) =>
    Number.isInteger(entry) && (entry as number) >= 0 && (entry as number) < Number(limit);
  return (
    bounds.at(-1) !== 65_535 ||
    classOf.length !== bounds.length ||
    !classOf.every(isBelow(classes)) ||
    next.length !== accepts.length * Number(classes) ||
    !next.every(isBelow(accepts.length))
  );
}

function isIndexOf(list: readonly unknown[], value: unknown): boolean {
  return Number.isInteger(value) && list[value as number] !== undefined;
}
