/** Objects as kubectl prints them, when it asks with `as=Table` (API Concepts, "Receiving resources as Tables"). */
import type { Kind } from "./kinds.ts";
import type { ApiObject } from "./objects.ts";

/** Whether the first that is acceptable is a Table. */
export function wantsTable(accept: string | undefined): boolean {
  const [first = ""] = (accept ?? "").split(",");
  return /;\s*as=Table(;|$)/.test(first) && /;\s*v=v1(;|$)/.test(first);
}

export function tableOf(
  { columns }: Kind,
  objects: readonly ApiObject[],
  metadata: Record<string, unknown>,
  includes: string,
) {
  return {
    kind: "Table",
    apiVersion: "meta.k8s.io/v1",
    metadata,
    columnDefinitions: columns.map(({ name }) => ({
      name,
      type: "string",
      format: name === "Name" ? "name" : "",
      description: name,
      priority: 0,
    })),
    rows: objects.map((object) => ({
      cells: columns.map(({ of }) => of(object)),
      object: rowObject(object, includes),
    })),
  };
}

function rowObject(object: ApiObject, includes: string): unknown {
  if (includes === "None") return null;
  if (includes === "Object") return object;
  return { kind: "PartialObjectMetadata", apiVersion: "meta.k8s.io/v1", metadata: object.metadata };
}
