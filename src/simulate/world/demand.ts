/** How much of the traffic reaches each service, before anything goes wrong. */
import type { Mesh } from "../../core/mesh.ts";
import { matchRoute } from "../../core/route/match.ts";
import { openRoutes } from "../../core/route/table.ts";
import type { RequestKind } from "./request-kind.ts";

/**
 * Requests per second by service index. A service that no kind of request leads to (a fallback) is taken to get as many as the
 * busiest: it has to stand in for it. Without kinds (a log is replayed) every service is taken to get all.
 */
export function demandOf(mesh: Mesh, kinds: readonly RequestKind[], rps: number): number[] {
  const routes = openRoutes(mesh);
  const demand = mesh.services.map(() => 0);
  const total = kinds.reduce((sum, { weight }) => sum + weight, 0);
  for (const { head, weight } of kinds) {
    const refs = matchRoute(routes, head)?.rule.backendRefs ?? [];
    const whole = refs.reduce((sum, ref) => sum + ref.weight, 0);
    for (const ref of refs) {
      if (ref.service >= 0 && whole > 0) demand[ref.service]! += (rps * weight * ref.weight) / total / whole;
    }
  }
  const most = Math.max(...demand) || rps;
  return demand.map((own) => (own > 0 ? own : most));
}
