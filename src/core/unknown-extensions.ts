import type { Extension, Mesh, RouteFilters } from "./mesh.ts";

/** The names under which something is registered in code, by kind. */
export interface KnownExtensions {
  readonly filters: Names;
  readonly policies: Names;
  readonly classifiers: Names;
}

interface Names {
  has(name: string): boolean;
}

/**
 * What a mesh asks for and nobody registered, each once, in words: `filter "auth"`, `balancing policy "nearest"`.
 *
 * Never throws for a mesh that `compileMesh` made. Linear in the rules; to be asked once for each mesh.
 */
export function unknownExtensions(mesh: Mesh, known: KnownExtensions): readonly string[] {
  const unknown = new Set<string>();
  const check = (kind: string, names: Names, extension: Extension | undefined) => {
    if (extension !== undefined && !names.has(extension.name)) unknown.add(`${kind} "${extension.name}"`);
  };
  const checkFilters = (filters: RouteFilters | null) => {
    for (const extension of filters?.extensions ?? []) check("filter", known.filters, extension);
  };
  for (const { loadBalancing, outcomeClassifier } of mesh.services) {
    check("balancing policy", known.policies, loadBalancing.extension);
    check("outcome classifier", known.classifiers, outcomeClassifier);
  }
  for (const { rules } of mesh.routes) {
    for (const rule of rules) {
      checkFilters(rule.filters);
      for (const ref of rule.backendRefs) {
        checkFilters(ref.filters);
        checkFilters(ref.rollout?.canary.filters ?? null);
      }
    }
  }
  return [...unknown];
}
