/**
 * Which rule answers a request. The precedence is the Gateway API's, over all routes together: exact host name, then the
 * longest wildcard, then any host; then what precedence.ts says; then the order of the config. A host whose routes do not
 * fit leaves the request to less specific hosts. Where the mesh goes by order, the most specific host alone is looked at,
 * and there the first match in the config that fits is taken, as Envoy does.
 *
 * Source: Gateway API, HTTPRoute (apis/v1/httproute_types.go): hostnames and matches; Envoy, route matching.
 */
import type { BackendRef, RouteRule } from "../mesh.ts";
import type { RequestHead } from "../request-head.ts";
import type { Rng } from "../rng.ts";
import { type HostMap, mostSpecific } from "./host-map.ts";
import { type HostRoutes, matchPath } from "./host-routes.ts";
import { listenerFor } from "./listening.ts";
import type { RouteMatchResult, RouteTable } from "./table.ts";

/**
 * The route, rule and match for a request, or null when no rule fits.
 *
 * - `head`: its header and query are looked at only when a rule whose path fits asks for them.
 *
 * Never throws. Allocates nothing but for wildcard hosts, encoded query parameters and matches that ignore case; constant
 * in the number of routes, as far as they differ by host, by path, by what their patterns begin with or by the exact value
 * of a header or query parameter, and linear in the number that share all of these.
 */
export function matchRoute(table: RouteTable, head: RequestHead): RouteMatchResult | null {
  const hosts = table.everything ?? listenerFor(table.listening, head);
  if (hosts === null) return null;
  if (table.fallsBack) return matchHosts(hosts, head);
  const routes = mostSpecific(hosts, head.host);
  return routes === null ? null : matchPath(routes, head);
}

/** From the most specific host name to the least, until something fits. A wildcard stands for at least one label. */
function matchHosts({ exact, wildcard, any }: HostMap<HostRoutes>, head: RequestHead): RouteMatchResult | null {
  const { host } = head;
  if (exact.size > 0) {
    const routes = exact.get(host);
    const found = routes === undefined ? null : matchPath(routes, head);
    if (found !== null) return found;
  }
  if (wildcard.size > 0) {
    for (let dot = host.indexOf(".", 1); dot !== -1; dot = host.indexOf(".", dot + 1)) {
      const routes = wildcard.get(host.slice(dot));
      const found = routes === undefined ? null : matchPath(routes, head);
      if (found !== null) return found;
    }
  }
  return any === null ? null : matchPath(any, head);
}

/**
 * Draws one of a rule's backends by weight; null when there are none or all weights are 0. One whose service is -1 may be
 * drawn: its share is answered with 500.
 *
 * - `rng`: uniform in [0, 1); not asked when there is only one backend.
 *
 * Never throws. Linear in the number of backends.
 */
export function pickBackend(rule: RouteRule, rng: Rng): BackendRef | null {
  const refs = rule.backendRefs;
  if (refs.length === 1) return refs[0]!.weight > 0 ? refs[0]! : null;
  let total = 0;
  for (const ref of refs) total += ref.weight;
  let left = rng() * total;
  let last: BackendRef | null = null;
  for (const ref of refs) {
    if (ref.weight === 0) continue;
    if (left < ref.weight) return ref;
    left -= ref.weight;
    last = ref;
  }
  // Rounding may leave a little after the last one; it was meant.
  return last;
}
