import type { Mesh, RouteFilters } from "../mesh.ts";

/**
 * The names of filters that a mesh asks for and nobody registered, each once, in the order of the mesh.
 *
 * - `isKnown`: whether a filter of that name is registered.
 *
 * Never throws. Linear in the rules; to be asked once for each mesh.
 */
export function unknownExtensions(mesh: Mesh, isKnown: (name: string) => boolean): readonly string[] {
  const unknown = new Set<string>();
  const check = (filters: RouteFilters | null) => {
    for (const { name } of filters?.extensions ?? []) if (!isKnown(name)) unknown.add(name);
  };
  for (const { rules } of mesh.routes) {
    for (const rule of rules) {
      check(rule.filters);
      for (const ref of rule.backendRefs) check(ref.filters);
    }
  }
  return [...unknown];
}
