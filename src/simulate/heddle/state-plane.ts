/** The Durable Objects of a run: one for each service and region that reports, and a root over each service's. */
import type { Region } from "../../core/region.ts";
import type { ContenderWorld, PlatformUsage } from "../contender.ts";
import type { OpenMesh } from "../world/open-mesh.ts";
import { createMonitorObject, type MonitorObject, runMesh } from "./monitor-object.ts";

/** A new mesh reaches an object within so long, ms. */
const PROPAGATION_MS = 1_000;

/** Mutable. */
export interface StatePlane {
  readonly world: ContenderWorld;
  readonly usage: PlatformUsage;
  /** What the config object has. */
  open: OpenMesh;
  readonly objects: Map<string, MonitorObject>;
}

export function createStatePlane(world: ContenderWorld, usage: PlatformUsage): StatePlane {
  return { world, usage, open: world.open, objects: new Map() };
}

/** The object of a service in a region; made when it is first called, as on the platform. */
export function objectOf(plane: StatePlane, service: number, region: Region): MonitorObject {
  return objectNamed(plane, service, region, false);
}

/** The root is placed near the region that calls it first. */
function objectNamed(plane: StatePlane, service: number, region: Region, isRoot: boolean): MonitorObject {
  const key = `${service}/${isRoot ? "root" : region}`;
  const known = plane.objects.get(key);
  if (known !== undefined) return known;
  const { world, usage, open } = plane;
  const root = isRoot ? null : () => objectNamed(plane, service, region, true);
  const number = plane.objects.size;
  const object = createMonitorObject({ world, usage, open, service, region, root, number });
  plane.objects.set(key, object);
  return object;
}

/** A new mesh was put into the config object; every object learns of it within a second. */
export function publish(plane: StatePlane, open: OpenMesh): void {
  plane.open = open;
  const rng = plane.world.rng(-1);
  for (const object of plane.objects.values()) {
    plane.world.after(PROPAGATION_MS * rng(), () => plane.open === open && runMesh(object, open), null);
  }
}
