import type { Cluster } from "./cluster.ts";
import type { LabelSelector, NamespaceRule } from "./resources/gateway.ts";

/**
 * Whether objects of a namespace may attach to something in another.
 *
 * A selector goes by the labels of the Namespace among the documents; one that is not there has only the label of its
 * name. `Selector` without a selector lets nobody in.
 */
export function mayAttach(rule: NamespaceRule, from: string, to: string, namespaces: Cluster["namespaces"]): boolean {
  switch (rule.from) {
    case "All":
      return true;
    case "Same":
      return from === to;
    case "None":
      return false;
    case "Selector":
      return rule.selector !== undefined && selects(rule.selector, labelsOf(from, namespaces));
  }
}

function labelsOf(name: string, namespaces: Cluster["namespaces"]): ReadonlyMap<string, string> {
  const labels = namespaces.get(name)?.object.metadata.labels ?? {};
  return new Map([["kubernetes.io/metadata.name", name], ...Object.entries(labels)]);
}

function selects({ matchLabels, matchExpressions }: LabelSelector, labels: ReadonlyMap<string, string>): boolean {
  return (
    Object.entries(matchLabels).every(([key, value]) => labels.get(key) === value) &&
    matchExpressions.every((requirement) => meets(labels.get(requirement.key), requirement))
  );
}

/** - `value`: of the label; undefined when there is none. */
function meets(value: string | undefined, { operator, values }: LabelSelector["matchExpressions"][number]): boolean {
  switch (operator) {
    case "In":
      return value !== undefined && values.includes(value);
    case "NotIn":
      return value === undefined || !values.includes(value);
    case "Exists":
      return value !== undefined;
    case "DoesNotExist":
      return value === undefined;
  }
}
