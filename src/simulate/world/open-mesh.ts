/** A mesh as the simulated world runs it: its routes arranged for matching, its endpoints connected to origins. */
import type { Mesh } from "../../core/mesh.ts";
import { openRoutes, type RouteTable } from "../../core/route/table.ts";
import type { Station } from "./station.ts";

export interface OpenMesh {
  readonly mesh: Mesh;
  readonly routes: RouteTable;
  /** By service and endpoint index; null: nobody answers at that address. */
  readonly stations: readonly (readonly (Station | null)[])[];
}

/** Opens a mesh over the origins of a world, by address. Linear in the mesh. */
export function openMesh(mesh: Mesh, byAddress: ReadonlyMap<string, Station>): OpenMesh {
  return {
    mesh,
    routes: openRoutes(mesh),
    stations: mesh.services.map(({ name, endpoints }) =>
      endpoints.map((endpoint) => byAddress.get(addressKey(name, endpoint.origin, endpoint.basePath)) ?? null),
    ),
  };
}

/** Two services may name the same address and mean two programs: capacity is per service. */
export function addressKey(service: string, origin: string, basePath: string): string {
  return `${service} ${origin}${basePath}`;
}
