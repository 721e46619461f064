/** Rules of an AuthorizationPolicy as Heddle's. The notation is the same; what differs is what can be known at an edge. */
import { addressBlocks, hosts, paths, ports, texts } from "../../config/schema/authorization/values.ts";
import type { Settings } from "../proxy/draft.ts";
import type { SourceNode } from "../proxy/source-node.ts";
import { readCondition } from "./policy-conditions.ts";
import type { IstioAction } from "./policy-losses.ts";
import { readValues, type ValueContext, withoutMeaning } from "./policy-values.ts";

/** Null: the rule matches nothing here, and is left out. */
export function readPolicyRule(node: SourceNode, action: IstioAction): Settings | null {
  const from = alternatives(node, "from", "source", (source) => readSource({ node: source, action }));
  const to = alternatives(node, "to", "operation", (operation) => readOperation({ node: operation, action }));
  const when = node.objects("when").map((condition) => readCondition({ node: condition, action }));
  if (from === null || to === null || when.includes(null)) return null;
  const conditions = when.filter((condition) => condition !== null && Object.keys(condition).length > 0);
  return {
    ...(from.length > 0 && { from }),
    ...(to.length > 0 && { to }),
    ...(conditions.length > 0 && { when: conditions }),
  };
}

/** Any of them; none: it is not asked. Null: all that was asked for fails. */
function alternatives(
  node: SourceNode,
  list: "from" | "to",
  member: "source" | "operation",
  read: (node: SourceNode) => Settings | null,
): readonly Settings[] | null {
  const entries = node.objects(list);
  if (entries.length === 0) return [];
  const kept = entries.flatMap((entry, index) => {
    const part = entry.object(member);
    if (part === undefined || part.names().length === 0) {
      entry.invalid(member, `${list}[${index}].${member} has to ask for something`);
      return [];
    }
    const fields = read(part);
    return fields === null ? [] : [fields];
  });
  if (kept.some((fields) => Object.keys(fields).length === 0)) return [];
  return kept.length === 0 ? null : kept.map((fields) => ({ [member]: fields }));
}

const NO_WORKLOAD = "callers of an edge are no workloads of the mesh";

function readSource(context: ValueContext): Settings | null {
  const { node } = context;
  const identities = ["serviceAccounts", "notServiceAccounts"];
  if (identities.some((field) => node.has(field))) {
    const others = ["principals", "notPrincipals", "namespaces", "notNamespaces"].filter((field) => node.has(field));
    if (others.length > 0) node.invalid("serviceAccounts", `cannot be set with ${others.join(", ")}`);
    checkAccounts(node);
  }
  const left = [
    ...(["serviceAccounts", "namespaces", "trustDomains"] as const).flatMap((field) => [
      withoutMeaning(context, field, false, NO_WORKLOAD),
      withoutMeaning(context, negated(field), true, NO_WORKLOAD),
    ]),
  ];
  for (const field of ["principals", "notPrincipals"]) {
    if (!node.has(field)) continue;
    node.note(
      field,
      "are compared with names of the client certificate that the edge sees, not of a workload",
      "changed",
    );
  }
  const fields = readFields(context, [
    ["principals", texts],
    ["requestPrincipals", texts],
    ["ipBlocks", addressBlocks],
    ["remoteIpBlocks", addressBlocks],
  ]);
  return left.includes("fails") ? null : fields;
}

function readOperation(context: ValueContext): Settings | null {
  const { node } = context;
  const withoutPorts = (field: string) =>
    node.texts(field).map((host) => {
      const [, name, port] = /^([^:]+):(\*|\d+)$/.exec(host) ?? [];
      if (name === undefined) return host;
      if (port !== "*") node.note(field, `${host} is compared without its port: name it under ports`, "changed");
      return name;
    });
  return readFields(context, [
    ["hosts", hosts, withoutPorts],
    ["methods", texts],
    ["paths", paths],
    ["ports", ports],
  ]);
}

type Field = readonly [name: string, schema: typeof texts, values?: (field: string) => readonly string[]];

/** Every field with its negation. Null when one of them fails. */
function readFields(context: ValueContext, fields: readonly Field[]): Settings | null {
  const { node } = context;
  const kept: Record<string, readonly string[]> = {};
  let isLost = false;
  for (const [name, schema, valuesOf] of fields) {
    for (const isNegated of [false, true]) {
      const field = isNegated ? negated(name) : name;
      if (!node.has(field)) continue;
      const read = readValues(context, field, schema(), isNegated, valuesOf?.(field));
      if (read.verdict === "kept") kept[field] = read.values;
      isLost ||= read.verdict === "fails";
    }
  }
  return isLost ? null : kept;
}

/** Source: Istio, pkg/config/security, CheckServiceAccount. */
function checkAccounts(node: SourceNode): void {
  for (const field of ["serviceAccounts", "notServiceAccounts"]) {
    const accounts = node.texts(field);
    if (accounts.length > 16) node.invalid(field, "may not have more than 16 values");
    for (const account of accounts) {
      if (!/^[^*/]+(\/[^*/]+)?$/.test(account) || account.length > 320) {
        node.invalid(field, `${JSON.stringify(account)} is not serviceAccount or namespace/serviceAccount`);
      }
    }
  }
}

function negated(field: string): string {
  return `not${field.charAt(0).toUpperCase()}${field.slice(1)}`;
}
