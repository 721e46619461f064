/** The snapshots that the isolates of one data centre share (src/edge/colo-cache.ts): no leases, no older than five seconds. */
import type { Snapshot } from "../../core/protocol.ts";
import { COLO_MAX_AGE_S } from "../../core/service-state/sync-slot.ts";
import type { IsolateService } from "./isolate-service.ts";

/** By mesh version and service, of one data centre. */
export type ColoCache = Map<string, { readonly snapshot: Snapshot; readonly putMs: number }>;

/** The data centre's snapshot; null when there is none that is young enough. */
export function readColo(service: IsolateService, nowMs: number): Snapshot | null {
  const entry = service.isolate.colo.get(keyOf(service));
  return entry === undefined || nowMs - entry.putMs > COLO_MAX_AGE_S * 1_000 ? null : entry.snapshot;
}

export function writeColo(service: IsolateService, snapshot: Snapshot, nowMs: number): void {
  service.isolate.colo.set(keyOf(service), { snapshot: { ...snapshot, leases: [] }, putMs: nowMs });
}

function keyOf({ open, index }: IsolateService): string {
  return `${open.mesh.version}/${index}`;
}
