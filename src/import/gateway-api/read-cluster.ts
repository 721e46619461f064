/** Documents → resources that their kinds' rules allow, and a finding for everything else. */
import type * as z from "zod";
import { decodeAs } from "../../config/decode/decode-as.ts";
import { formatPath } from "../../config/fault.ts";
import type { Finding } from "../report.ts";
import { isObject, type SourceDocument } from "../source-document.ts";
import { type Cluster, findingOf, nameOf, type Resource } from "./cluster.ts";
import { type KnownKind, knownKind } from "./kinds.ts";

/** Never throws. Of two documents that name the same resource the later one holds, as when they are applied in turn. */
export function readCluster(documents: readonly SourceDocument[]): { cluster: Cluster; findings: Finding[] } {
  const findings: Finding[] = [];
  const lists = emptyLists();
  for (const { file, value } of documents) {
    const id = identify(file, value);
    const kind = id.kind === "" ? null : knownKind(String(value.apiVersion ?? ""), id.kind);
    if (kind === "silent") continue;
    if (kind === null) {
      findings.push(findingOf(id, { severity: "dropped", reason: "UnsupportedKind", message: unsupported(id.kind) }));
      continue;
    }
    const resource = readResource(id, kind, value, findings);
    if (resource === null) continue;
    const list = lists[kind.list];
    const before = list.get(nameOf(resource));
    if (before !== undefined && JSON.stringify(before.object) !== JSON.stringify(resource.object)) {
      const message = `${file} has another one of the same name, which holds`;
      findings.push(findingOf(before, { severity: "dropped", reason: "Replaced", message }));
    }
    list.set(nameOf(resource), resource);
  }
  return { cluster: lists as unknown as Cluster, findings };
}

function emptyLists(): Record<keyof Cluster, Map<string, Resource>> {
  return {
    gatewayClasses: new Map(),
    gateways: new Map(),
    listenerSets: new Map(),
    httpRoutes: new Map(),
    grpcRoutes: new Map(),
    services: new Map(),
    endpointSlices: new Map(),
    referenceGrants: new Map(),
    namespaces: new Map(),
    configMaps: new Map(),
    tlsPolicies: new Map(),
    trafficPolicies: new Map(),
  };
}

function identify(file: string, value: Readonly<Record<string, unknown>>): Omit<Resource, "object"> {
  const metadata = isObject(value.metadata) ? value.metadata : {};
  const created = typeof metadata.creationTimestamp === "string" ? Date.parse(metadata.creationTimestamp) : Number.NaN;
  return {
    kind: typeof value.kind === "string" ? value.kind : "",
    namespace: typeof metadata.namespace === "string" ? metadata.namespace : "default",
    name: typeof metadata.name === "string" ? metadata.name : "",
    file,
    createdAtMs: Number.isNaN(created) ? Number.POSITIVE_INFINITY : created,
  };
}

function readResource(
  id: Omit<Resource, "object">,
  { schema, isNamespaced }: KnownKind,
  value: unknown,
  findings: Finding[],
): Resource | null {
  const own = isNamespaced ? id : { ...id, namespace: "" };
  const { known, unknown } = prune(schema, withoutNulls(value));
  for (const path of unknown) {
    const message = "this field is not known, and is left out as Kubernetes does";
    findings.push(findingOf(own, { path: formatPath(path), severity: "dropped", reason: "UnknownField", message }));
  }
  const decoded = decodeAs({ schema, keysAt: () => [] }, known);
  if (decoded.ok) return { ...own, object: decoded.value };
  for (const { path, message } of decoded.faults) {
    findings.push(findingOf(own, { path, severity: "invalid", reason: "Invalid", message }));
  }
  return null;
}

type Path = readonly (string | number)[];

/** Takes out the keys that the schema does not know, wherever they are. */
function prune(schema: z.ZodType, value: unknown): { known: unknown; unknown: Path[] } {
  const issues = schema.safeParse(value).error?.issues ?? [];
  const unknown = issues.flatMap((issue) =>
    issue.code === "unrecognized_keys" ? issue.keys.map((key) => [...(issue.path as Path), key]) : [],
  );
  return { known: unknown.reduce((rest, path) => without(rest, path), value), unknown };
}

function without(value: unknown, [step, ...rest]: Path): unknown {
  if (Array.isArray(value)) return value.map((child, index) => (index === step ? without(child, rest) : child));
  if (!isObject(value) || step === undefined) return value;
  const { [step]: child, ...others } = value;
  return rest.length === 0 ? others : { ...value, [step]: without(child, rest) };
}

/** A field that is null says nothing, as in Kubernetes. */
function withoutNulls(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(withoutNulls);
  if (!isObject(value)) return value;
  return Object.fromEntries(
    Object.entries(value)
      .filter(([, child]) => child !== null)
      .map(([key, child]) => [key, withoutNulls(child)]),
  );
}

function unsupported(kind: string): string {
  if (/^X?(TLS|TCP|UDP)Route$/.test(kind)) return "an edge Worker routes HTTP requests, not connections";
  return kind === "" ? "a document without a kind" : "this kind is not imported";
}
