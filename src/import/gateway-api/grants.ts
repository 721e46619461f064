import type { Cluster, Resource } from "./cluster.ts";
import { GATEWAY_GROUP } from "./resources/fields.ts";

export interface Reference {
  readonly group: string;
  readonly kind: string;
  readonly namespace: string;
  readonly name: string;
}

/** Whether a resource may refer to another: in its own namespace always, elsewhere when a ReferenceGrant there says so. */
export function mayRefer(
  from: Pick<Resource, "kind" | "namespace">,
  to: Reference,
  grants: Cluster["referenceGrants"],
): boolean {
  if (from.namespace === to.namespace) return true;
  return [...grants.values()].some(
    ({ namespace, object: { spec } }) =>
      namespace === to.namespace &&
      spec.from.some(
        (source) => source.group === GATEWAY_GROUP && source.kind === from.kind && source.namespace === from.namespace,
      ) &&
      spec.to.some(
        (target) =>
          target.group === to.group &&
          target.kind === to.kind &&
          (target.name === undefined || target.name === to.name),
      ),
  );
}
