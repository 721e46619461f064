/**
 * What the object runs: its service as the mesh has it, and its endpoints as their registry found them. Both are stored when
 * they are heard, so that an object that was evicted goes on where it was, and not with the mesh that was bundled.
 */
import type { EndpointSet } from "../../src/core/endpoint-set.ts";
import { checkEndpointSet } from "../../src/core/endpoint-set-check.ts";
import type { Service } from "../../src/core/mesh.ts";
import { type MeshSlice, serviceIn } from "../../src/core/monitor/mesh-slice.ts";
import { createMeshWatch, type MeshWatch, onMesh } from "./mesh-watch.ts";
import { type EndpointsRow, encodeEndpoints, encodeSlice } from "./rows.ts";
import { keep, MAX_ROW_LENGTH, type Stored } from "./storage.ts";

/** Mutable; owned by one object. */
export interface Definition {
  readonly name: string;
  readonly bundled: MeshSlice;
  readonly watch: MeshWatch;
  discovered: EndpointsRow | null;
}

/** The later of the bundled and the stored mesh, and the stored endpoints. */
export function createDefinition(name: string, bundled: MeshSlice, stored: Stored | null): Definition {
  const watch = createMeshWatch(bundled);
  onMesh(watch, stored?.slice ?? null);
  const definition = { name, bundled, watch, discovered: stored?.discovered ?? null };
  forgetEndpoints(definition);
  return definition;
}

/** The service as the mesh has it; null when it has none of that name. */
export function serviceOf({ watch, name }: Definition): Service | null {
  return serviceIn(watch.mesh, name);
}

/** The mesh was replaced: it is written down, and the endpoints of a service that has no discovery any more are forgotten. */
export function onNewMesh(definition: Definition, storage: DurableObjectStorage | null): void {
  const before = definition.discovered;
  forgetEndpoints(definition);
  if (storage === null) return;
  const { mesh } = definition.watch;
  const service = serviceOf(definition);
  const slice = { ...mesh, services: service === null ? [] : [service] };
  if (encodeSlice(slice).length <= MAX_ROW_LENGTH) keep(storage, "mesh", slice);
  if (before !== definition.discovered) keep(storage, "endpoints", null);
}

/**
 * Not by the bundled mesh, which may be older than the one that brought discovery; nor for a part of another service, whose
 * mesh never says that it is discovered: whoever tells it, tells it the end too.
 */
function forgetEndpoints(definition: Definition): void {
  const { watch, bundled, discovered } = definition;
  const service = serviceOf(definition);
  if (watch.mesh === bundled || service === null || discovered === null) return;
  if (discovered.isDiscovered && service.discovery === undefined) definition.discovered = null;
  else if (!discovered.isDiscovered && service.discovery !== undefined) {
    definition.discovered = { ...discovered, isDiscovered: true };
  }
}

export type SetTaken =
  | { readonly ok: true; readonly isNews: boolean; readonly revision: number }
  | { readonly ok: false; readonly detail: string };

/** Takes in endpoints, durably when they are news: a later revision, or the first. Null is the end of discovery. Never throws. */
export function takeEndpoints(definition: Definition, value: unknown, storage: DurableObjectStorage | null): SetTaken {
  const revision = definition.discovered?.set.revision ?? 0;
  if (value === null) {
    if (storage !== null && definition.discovered !== null) keep(storage, "endpoints", null);
    definition.discovered = null;
    return { ok: true, isNews: revision > 0, revision: 0 };
  }
  const check = checkEndpointSet(value);
  if (!check.ok) return check;
  if (check.set.revision <= revision) return { ok: true, isNews: false, revision };
  const row = { set: check.set, isDiscovered: serviceOf(definition)?.discovery !== undefined };
  const { length } = encodeEndpoints(row);
  if (length > MAX_ROW_LENGTH) {
    return { ok: false, detail: `the set has ${length} characters, at most ${MAX_ROW_LENGTH} are kept` };
  }
  if (storage !== null) keep(storage, "endpoints", row);
  definition.discovered = row;
  return { ok: true, isNews: true, revision: check.set.revision };
}

/** The set in force; null for the mesh's own endpoints. */
export function setOf({ discovered }: Definition): EndpointSet | null {
  return discovered?.set ?? null;
}
