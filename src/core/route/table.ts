/** The routes of a mesh, arranged so that the first match of a request in the order of precedence is found first. */
import type { Listener, Mesh, Route } from "../mesh.ts";
import { openAutomaton } from "./automaton.ts";
import type { RouteMatchResult } from "./entry.ts";
import { createHostMap, getOrCreate, type HostMap } from "./host-map.ts";
import { type HostRoutes, openHostRoutes } from "./host-routes.ts";
import { type Listening, openListeners } from "./listening.ts";
import { createSetBudget } from "./pattern-set.ts";

export type { RouteMatchResult } from "./entry.ts";

export interface RouteTable {
  /** The routes of the only listener, when it takes everything. */
  readonly everything: HostMap<HostRoutes> | null;
  readonly listening: Listening<HostMap<HostRoutes>>;
  /** Whether a host whose routes do not fit leaves the request to less specific ones. */
  readonly fallsBack: boolean;
}

/**
 * Arranges the routes of a mesh for `matchRoute`. No routes give a table that matches nothing. Throws only for a mesh that
 * the compiler did not make. Linear in the number of matches but for sorting them; to be done once for each mesh.
 */
export function openRoutes(mesh: Mesh): RouteTable {
  const { listeners, precedence } = mesh;
  const automata = mesh.automata.map(openAutomaton);
  const budget = createSetBudget();
  const open = (results: readonly RouteMatchResult[]) => openHostRoutes(results, precedence, automata, budget);
  const maps = listeners.map((listener, index) => mapHosts(resultsByHost(mesh.routes, listener, index), open));
  const [only] = listeners;
  const isCatchAll =
    listeners.length === 1 && only?.hostname === "*" && only.port === 0 && (only.protocol ?? null) === null;
  return {
    everything: isCatchAll ? maps[0]! : null,
    listening: openListeners(listeners, maps),
    fallsBack: precedence === "specificity",
  };
}

function resultsByHost(routes: readonly Route[], listener: Listener, index: number): HostMap<RouteMatchResult[]> {
  const results = createHostMap<RouteMatchResult[]>();
  for (const route of routes) {
    if (!route.listeners.includes(index)) continue;
    const own = resultsOf(route, listener);
    for (const hostname of route.hostnames) {
      const list = getOrCreate(results, hostname, () => []);
      for (const result of own) list.push(result);
    }
  }
  return results;
}

function resultsOf(route: Route, listener: Listener): RouteMatchResult[] {
  return route.rules.flatMap((rule) => rule.matches.map((match) => ({ route, rule, match, listener })));
}

function mapHosts<T, U>({ exact, wildcard, any }: HostMap<T>, make: (value: T) => U): HostMap<U> {
  const all = (map: ReadonlyMap<string, T>) => new Map([...map].map(([key, value]) => [key, make(value)] as const));
  return { exact: all(exact), wildcard: all(wildcard), any: any === null ? null : make(any) };
}
