/** What a monitor needs of a mesh: its own service. A whole mesh is one too; the megabytes of the others are left out. */
import { MESH_FORMAT, type Mesh, type MeshDiscovery, type OriginCredentialPlan, type Service } from "../mesh.ts";

export interface MeshSlice {
  readonly format: typeof MESH_FORMAT;
  /** Of the whole mesh. */
  readonly version: string;
  readonly compiledAtMs: number;
  /** The monitor's own service; empty when the mesh has none of that name. Others may be there. */
  readonly services: readonly Service[];
  /** What sources of endpoints share. Absent: no clusters, and nothing allowed. */
  readonly discovery?: MeshDiscovery;
  /** What services and endpoints refer to by index: all of the mesh. Absent: none. */
  readonly credentials?: readonly OriginCredentialPlan[];
}

/** The part of a mesh that the objects of a service need. Linear in the services. */
export function sliceOf(mesh: Mesh, service: string): MeshSlice {
  const { format, version, compiledAtMs, services, discovery, credentials } = mesh;
  const own = services.filter(({ name }) => name === service);
  return {
    format,
    version,
    compiledAtMs,
    services: own,
    ...(discovery !== undefined && { discovery }),
    ...(credentials !== undefined && { credentials }),
  };
}

/** The slice, or null for what this version cannot run. The compiler made sure of what is inside. Never throws. */
export function checkSlice(value: unknown): MeshSlice | null {
  if (typeof value !== "object" || value === null) return null;
  const { format, version, compiledAtMs, services, credentials } = value as Partial<Record<keyof MeshSlice, unknown>>;
  if (format !== MESH_FORMAT || typeof version !== "string" || version.length === 0 || version.length > 64) return null;
  if (typeof compiledAtMs !== "number" || !Number.isFinite(compiledAtMs) || !Array.isArray(services)) return null;
  const areServices = services.every(
    (service: Partial<Service> | null) => typeof service?.name === "string" && Array.isArray(service.endpoints),
  );
  if (!areServices || (credentials !== undefined && !areCredentials(credentials))) return null;
  return {
    format,
    version,
    compiledAtMs,
    services: services as readonly Service[],
    ...(credentials !== undefined && { credentials }),
  };
}

function areCredentials(value: unknown): value is readonly OriginCredentialPlan[] {
  return (
    Array.isArray(value) &&
    value.every(
      (plan: Partial<OriginCredentialPlan> | null) => typeof plan?.name === "string" && typeof plan.type === "string",
    )
  );
}

/** The service of that name in a slice; null when the mesh has none. */
export function serviceIn(slice: MeshSlice, name: string): Service | null {
  return slice.services.find((service) => service.name === name) ?? null;
}
