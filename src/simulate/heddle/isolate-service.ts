/** What an isolate of a run keeps, by service, and how another mesh takes its place (src/edge/isolate.ts). */
import type { Region } from "../../core/region.ts";
import type { Rng } from "../../core/rng.ts";
import { inherit } from "../../core/service-state/heir.ts";
import { createSyncSlot, type SyncSlot } from "../../core/service-state/sync-slot.ts";
import { createServiceState, type ServiceState } from "../../core/service-state.ts";
import type { Router } from "../contender.ts";
import type { OpenMesh } from "../world/open-mesh.ts";
import type { ColoCache } from "./colo-cache.ts";
import type { HeddleFleet } from "./heddle.ts";

/** One service as an isolate runs it. Mutable. */
export interface IsolateService {
  readonly isolate: Isolate;
  /** In the mesh. */
  readonly index: number;
  readonly open: OpenMesh;
  readonly state: ServiceState;
  readonly sync: SyncSlot;
  repeatableAtMs: number;
  /** A first snapshot came, or was waited for long enough. */
  warm: boolean;
  /** Requests that wait for the first snapshot. */
  waiting: (() => void)[];
}

/** Mutable. */
export interface Isolate extends Router {
  open: OpenMesh;
  readonly fleet: HeddleFleet;
  readonly region: Region;
  readonly reporter: string;
  readonly rng: Rng;
  readonly colo: ColoCache;
  services: readonly IsolateService[];
  /** When it last looked for a newer mesh. */
  meshAskedAtMs: number;
}

/** Asking the config object more often would not end a change sooner; and how long that takes, ms. */
const ASK_EVERY_MS = 1_000;
const ASK_MS = 40;

/** States that have heard nothing, one for each service of the mesh. */
export function servicesOf(isolate: Isolate, open: OpenMesh): IsolateService[] {
  const { region, rng, fleet } = isolate;
  const nowMs = fleet.world.nowMs();
  return open.mesh.services.map((service, index) => ({
    isolate,
    index,
    open,
    state: createServiceState({ service, region, rng, nowMs, edge: open.mesh.edge }),
    sync: createSyncSlot(),
    repeatableAtMs: 0,
    warm: false,
    waiting: [],
  }));
}

/** Fetches the mesh that the config object has. */
export function refreshMesh(isolate: Isolate): void {
  const { world, plane } = isolate.fleet;
  if (world.nowMs() - isolate.meshAskedAtMs < ASK_EVERY_MS) return;
  isolate.meshAskedAtMs = world.nowMs();
  world.after(ASK_MS, () => swapMesh(isolate, plane.open), null);
}

/** Puts another mesh in force if it was compiled later. What was known of a service goes on being used. */
function swapMesh(isolate: Isolate, open: OpenMesh): void {
  if (open.mesh.compiledAtMs <= isolate.open.mesh.compiledAtMs) return;
  const before = isolate.services;
  const services = servicesOf(isolate, open).map((service) => {
    const known = before[service.index];
    if (known === undefined) return service;
    inherit(service.state, known.state, isolate.fleet.world.nowMs());
    return { ...service, sync: known.sync, warm: known.warm };
  });
  isolate.open = open;
  isolate.services = services;
}
