/** The resources among the documents: which are read, and which are listed as left behind. */

import type { DocumentName, Notes } from "../proxy/notes.ts";
import { SourceNode } from "../proxy/source-node.ts";
import type { SourceDocument } from "../source-document.ts";
import { isObject } from "../source-document.ts";

export interface Resource {
  readonly kind: string;
  readonly name: string;
  readonly namespace: string;
  readonly labels: Readonly<Record<string, string>>;
  readonly annotations: Readonly<Record<string, string>>;
  /** As written, ISO 8601; "" unknown. */
  readonly createdAt: string;
  readonly document: number;
  readonly root: SourceNode;
  /** An empty one when the document has none. */
  readonly spec: SourceNode;
}

const ISTIO = new Set(["VirtualService", "DestinationRule", "ServiceEntry", "WorkloadEntry", "Gateway"]);
const SECURITY = new Set(["AuthorizationPolicy", "RequestAuthentication"]);
const KUBERNETES = new Set(["Service", "EndpointSlice", "Pod"]);

const OPENS_ACCESS: Readonly<Record<string, string>> = {
  PeerAuthentication:
    "is not carried over: the edge does not speak the mesh's mutual TLS. Restrict who may call the origins by other means",
};

/** What a document is called in the report. */
export function documentName({ file, value }: SourceDocument): DocumentName {
  const metadata = isObject(value.metadata) ? value.metadata : {};
  const name = typeof metadata.name === "string" ? metadata.name : "";
  const namespace = typeof metadata.namespace === "string" ? metadata.namespace : "default";
  return { file, kind: typeof value.kind === "string" ? value.kind : "", name: `${namespace}/${name}` };
}

/** The resources that are read. The others are noted when they are about traffic. */
export function readResources(documents: readonly SourceDocument[], notes: Notes): Resource[] {
  const resources: Resource[] = [];
  for (const [document, { value }] of documents.entries()) {
    const root = new SourceNode(value, { notes, document, path: [] });
    const kind = typeof value.kind === "string" ? value.kind : "";
    const group = typeof value.apiVersion === "string" ? value.apiVersion.split("/")[0]! : "";
    if (ISTIO.has(kind) && group === "networking.istio.io") {
      if (!root.has("spec") && kind !== "Gateway") root.invalid("spec", "is required");
    } else if (SECURITY.has(kind) && group === "security.istio.io") {
      // Without a spec it holds for its whole namespace, and says nothing else.
    } else if (!KUBERNETES.has(kind) || (group !== "v1" && group !== "discovery.k8s.io")) {
      noteLeftBehind(root, kind, group);
      continue;
    }
    const resource = readHead(root, kind, document);
    if (resource !== undefined) resources.push(resource);
  }
  return resources.sort((a, b) => compare(a.namespace, b.namespace) || compare(a.name, b.name));
}

function readHead(root: SourceNode, kind: string, document: number): Resource | undefined {
  const metadata = root.object("metadata");
  const name = metadata?.text("name");
  if (metadata === undefined || name === undefined || name === "") {
    root.invalid("metadata", "needs a name", ["metadata", "name"]);
    return undefined;
  }
  const created = metadata.raw("creationTimestamp");
  const head = {
    kind,
    name,
    namespace: metadata.text("namespace") ?? "default",
    labels: metadata.textByName("labels"),
    annotations: metadata.textByName("annotations"),
    createdAt: created instanceof Date ? created.toISOString() : typeof created === "string" ? created : "",
    document,
    root,
    spec: root.object("spec") ?? root,
  };
  root.ignore("apiVersion", "kind", "metadata", "status", "spec");
  metadata.ignore(...metadata.names());
  return head;
}

function noteLeftBehind(root: SourceNode, kind: string, group: string): void {
  const opens = group === "security.istio.io" && Object.hasOwn(OPENS_ACCESS, kind) ? OPENS_ACCESS[kind] : undefined;
  if (opens !== undefined) root.note("", opens, "security");
  else if (group.endsWith("istio.io")) root.note("", `${kind || "a resource without a kind"} is not carried over`);
  else if (group === "gateway.networking.k8s.io") root.note("", "is for `heddle import gateway-api`");
  else if (group === "networking.k8s.io") root.note("", `${kind} is not carried over`);
}

/** Oldest first, then by namespace and name: the order in which Istio goes through resources of a kind. */
export function byAge(a: Resource, b: Resource): number {
  return compare(a.createdAt, b.createdAt) || compare(a.name, b.name) || compare(a.namespace, b.namespace);
}

function compare(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0;
}

/** Whether something exported to these namespaces is seen from one. Never throws. */
export function isExported(exportTo: readonly string[], from: string, to: string): boolean {
  if (exportTo.length === 0) return true;
  return exportTo.some((target) => target === "*" || target === to || (target === "." && from === to));
}
