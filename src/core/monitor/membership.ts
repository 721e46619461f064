/** Other endpoints or another mesh while the object runs, and what is said of it. */
import type { EndpointSet } from "../endpoint-set.ts";
import type { Service } from "../mesh.ts";
import { adoptMesh } from "./adopt-mesh.ts";
import { withEndpoints } from "./endpoints-in-force.ts";
import { applyAllHealth } from "./health-sources.ts";
import type { MeshSlice } from "./mesh-slice.ts";
import { addressOf, type Monitor } from "./monitor.ts";
import { recordEvent } from "./monitor-event.ts";

/** Of those that joined or left at once, so many are named in events. */
const MAX_NAMED = 25;

/**
 * The monitor for this mesh and these endpoints, with its verdicts in force. Where nothing of the service has changed it is the
 * same one, which forgets nothing. Linear in the endpoints.
 */
export function adopt(
  old: Monitor,
  mesh: Pick<MeshSlice, "version" | "compiledAtMs">,
  service: Service,
  set: EndpointSet | null,
  nowMs: number,
): Monitor {
  const inForce = withEndpoints(service, set);
  if (JSON.stringify(inForce) === JSON.stringify(old.service)) {
    old.meshVersion = mesh.version;
    old.meshAtMs = mesh.compiledAtMs;
    old.endpointSet = set;
    old.leaving = new Set(set?.draining);
    applyAllHealth(old, nowMs);
    return old;
  }
  const next = adoptMesh(old, mesh, inForce, nowMs, set);
  sayWho(next, old.service, next.service, "left", nowMs);
  sayWho(next, next.service, old.service, "joined", nowMs);
  applyAllHealth(next, nowMs);
  return next;
}

/** Endpoints of `here` that are not in `there`, by id and address. */
function sayWho(monitor: Monitor, here: Service, there: Service, type: "joined" | "left", nowMs: number): void {
  const known = new Set(there.endpoints.map((endpoint) => `${endpoint.id} ${addressOf(endpoint)}`));
  let named = 0;
  for (const endpoint of here.endpoints) {
    const address = addressOf(endpoint);
    if (known.has(`${endpoint.id} ${address}`)) continue;
    if (++named > MAX_NAMED) return;
    recordEvent(monitor, { atMs: nowMs, endpoint: endpoint.id, type, address });
  }
}
