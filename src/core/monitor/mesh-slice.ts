/** What a monitor needs of a mesh: its own service. A whole mesh is one too; the megabytes of the others are left out. */
import { MESH_FORMAT, type Mesh, type MeshDiscovery, type Service } from "../mesh.ts";

export interface MeshSlice {
  readonly format: typeof MESH_FORMAT;
  /** Of the whole mesh. */
  readonly version: string;
  readonly compiledAtMs: number;
  /** The monitor's own service; empty when the mesh has none of that name. Others may be there. */
  readonly services: readonly Service[];
  /** What sources of endpoints share. Absent: no clusters, and nothing allowed. */
  readonly discovery?: MeshDiscovery;
}

/** The part of a mesh that the objects of a service need. Linear in the services. */
export function sliceOf(mesh: Mesh, service: string): MeshSlice {
  const { format, version, compiledAtMs, services, discovery } = mesh;
  const own = services.filter(({ name }) => name === service);
  return { format, version, compiledAtMs, services: own, ...(discovery !== undefined && { discovery }) };
}

/** The slice, or null for what this version cannot run. The compiler made sure of what is inside. Never throws. */
export function checkSlice(value: unknown): MeshSlice | null {
  if (typeof value !== "object" || value === null) return null;
  const { format, version, compiledAtMs, services } = value as Partial<Record<keyof MeshSlice, unknown>>;
  if (format !== MESH_FORMAT || typeof version !== "string" || version.length === 0 || version.length > 64) return null;
  if (typeof compiledAtMs !== "number" || !Number.isFinite(compiledAtMs) || !Array.isArray(services)) return null;
  const areServices = services.every(
    (service: Partial<Service> | null) => typeof service?.name === "string" && Array.isArray(service.endpoints),
  );
  return areServices ? { format, version, compiledAtMs, services: services as readonly Service[] } : null;
}

/** The service of that name in a slice; null when the mesh has none. */
export function serviceIn(slice: MeshSlice, name: string): Service | null {
  return slice.services.find((service) => service.name === name) ?? null;
}
