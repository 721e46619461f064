/**
 * The endpoints that a source finds in a cluster. Each pod renders the source's URL template; pods that render the same URL
 * are one endpoint, whose weight is their number. So the template alone says whether there is one endpoint for each pod, for
 * each node, for each address of a load balancer, or for each Service.
 */
import { nearestHint } from "../../config/compile/cloud-regions.ts";
import { endpointId } from "../endpoint-id.ts";
import type { Found } from "../source.ts";
import { fillUrlTemplate, hostOfAddress, parseUrlTemplate, type UrlTemplate } from "../url-template.ts";
import type { Inventory } from "./inventory.ts";
import { type Pod, podsOf, portOf } from "./pods.ts";
import { keyOf, type ServicePort, type ServiceRecord, type SliceRecord } from "./records.ts";
import { type ClusterSettings, KUBERNETES_VARIABLES, type KubernetesSource, type ServiceSelector } from "./settings.ts";

export interface Projection {
  /** Distinct ids and URLs, sorted by id. */
  readonly found: readonly Found[];
  /** What was left out and why, for people; at most MAX_NOTES. */
  readonly notes: readonly string[];
}

/** Endpoints of one source; the rest is left out and said so. A report of an isolate holds no more. */
export const MAX_FOUND = 1_000;
const MAX_NOTES = 10;
const MAX_LABEL_CHARS = 256;

export type SliceIndex = ReadonlyMap<string, readonly SliceRecord[]>;

/** The slices of each Service, by "namespace/name" of the Service. Made once for all sources of a cluster. */
export function indexSlices({ endpointslices }: Inventory): SliceIndex {
  const index = new Map<string, SliceRecord[]>();
  for (const slice of endpointslices.values()) {
    const key = keyOf({ namespace: slice.namespace, name: slice.service });
    const slices = index.get(key);
    if (slices === undefined) index.set(key, [slice]);
    else slices.push(slice);
  }
  return index;
}

/**
 * Projects a cluster for one source. Whether requests may be sent to what it finds is for the registry to say.
 *
 * Never throws. Linear in Services and in the pods of those that are selected.
 */
export function project(
  cluster: ClusterSettings,
  source: KubernetesSource,
  { services }: Inventory,
  slices: SliceIndex,
): Projection {
  const parsed = parseUrlTemplate(source.url, KUBERNETES_VARIABLES);
  if (!parsed.ok) return { found: [], notes: [`url ${parsed.fault}`] };
  const notes = new Set<string>();
  const groups = new Map<string, Group>();
  for (const key of [...services.keys()].sort()) {
    const service = services.get(key)!;
    if (!isSelected(source.select, service)) continue;
    const port = portOf(service, source.port);
    if (port === null) {
      notes.add(`${key} has no port ${source.port}`);
      continue;
    }
    let isReached = false;
    for (const rendered of render(parsed.template, cluster, service, port, podsOf(slices.get(key) ?? [], port))) {
      join(groups, rendered);
      isReached = true;
    }
    if (!isReached) notes.add(`${key} has nothing for ${source.url}`);
  }
  const all = [...groups].map(([url, group]) => endpointOf(cluster, source, url, group));
  // Ready ones first, should there be too many.
  all.sort((a, b) => Number(b.ready) - Number(a.ready) || compare(a.endpoint.id, b.endpoint.id));
  if (all.length > MAX_FOUND) notes.add(`${all.length} endpoints; ${MAX_FOUND} are taken`);
  const found = all.slice(0, MAX_FOUND).sort((a, b) => compare(a.endpoint.id, b.endpoint.id));
  return { found, notes: [...notes].slice(0, MAX_NOTES) };
}

interface Rendered {
  readonly url: string;
  readonly service: ServiceRecord;
  /** What tells it apart from the Service's other endpoints. */
  readonly parts: readonly string[];
  /** Null: the Service has no pods, or none that render this. */
  readonly pod: Pod | null;
  /** The pod's share: it may be reached by several addresses. */
  readonly share: number;
}

interface Group {
  readonly first: Rendered;
  readonly pods: { readonly pod: Pod; readonly share: number }[];
}

/** What depends on the pod, on the Service's addresses. */
const BY_POD: readonly string[] = ["node", "zone", "address", "targetPort", "pod"];
const BY_ADDRESS: readonly string[] = ["ingress", "externalIP"];

function* render(
  template: UrlTemplate,
  cluster: ClusterSettings,
  service: ServiceRecord,
  port: ServicePort,
  pods: readonly Pod[],
): Iterable<Rendered> {
  const each = (name: string, values: readonly string[]) => (template.variables.has(name) ? values : [""]);
  const ingresses = each("ingress", service.ingress);
  const externalIPs = each("externalIP", service.externalIPs);
  const isByPod = BY_POD.some((name) => template.variables.has(name));
  // A Service without pods has its own URL all the same, as one that is not ready.
  const standIns: readonly (Pod | null)[] = pods.length > 0 ? pods : isByPod ? [] : [null];
  const varying = [...BY_ADDRESS, ...BY_POD].filter((name) => template.variables.has(name));
  for (const ingress of ingresses) {
    for (const externalIP of externalIPs) {
      for (const pod of standIns) {
        const values = valuesOf(cluster, service, port, pod, ingress, externalIP);
        const url = fillUrlTemplate(template, (name) => values[name]);
        if (url === null) continue;
        const parts = varying.map((name) => values[name] ?? "");
        yield { url, service, parts, pod, share: 1 / (ingresses.length * externalIPs.length) };
      }
    }
  }
}

/** Absent or "": there is none, and nothing is rendered that needs it. */
function valuesOf(
  cluster: ClusterSettings,
  { name, namespace }: ServiceRecord,
  { port, nodePort }: ServicePort,
  pod: Pod | null,
  ingress: string,
  externalIP: string,
): Readonly<Record<string, string>> {
  const number = (value: number) => (value === 0 ? "" : String(value));
  return {
    service: name,
    namespace,
    cluster: cluster.name,
    port: number(port),
    nodePort: number(nodePort),
    ingress: hostOfAddress(ingress),
    externalIP: hostOfAddress(externalIP),
    ...(pod && {
      node: pod.node,
      zone: pod.zone,
      address: hostOfAddress(pod.address),
      targetPort: String(pod.port),
      pod: pod.pod,
    }),
  };
}

function join(groups: Map<string, Group>, rendered: Rendered): void {
  const url = new URL(rendered.url).href;
  let group = groups.get(url);
  if (group === undefined) {
    group = { first: rendered, pods: [] };
    groups.set(url, group);
  }
  if (rendered.pod !== null) group.pods.push({ pod: rendered.pod, share: rendered.share });
}

function endpointOf(cluster: ClusterSettings, source: KubernetesSource, url: string, { first, pods }: Group): Found {
  const ready = pods.filter(({ pod }) => pod.ready);
  // What is not ready keeps the weight that it would have, for when an operator forces it.
  const counted = ready.length > 0 ? ready : pods;
  const share = counted.reduce((sum, one) => sum + one.share, 0);
  const { origin, pathname } = new URL(url);
  const { namespace, name } = first.service;
  return {
    endpoint: {
      id: endpointId([cluster.name, namespace, name, ...first.parts]),
      origin,
      basePath: pathname.replace(/\/+$/, ""),
      weight: source.weight * (share > 0 ? share : 1),
      priority: source.priority,
      locality: { cloud: cluster.cloud, region: cluster.region, zone: common(counted.map(({ pod }) => pod.zone)) },
      near: nearestHint(cluster.region),
      labels: { ...labelsOf(first.service, counted), ...source.labels },
      headers: [],
      costPerGb: 0,
    },
    ready: ready.length > 0,
  };
}

/** The config's own labels come before these. */
function labelsOf(
  { namespace, name }: ServiceRecord,
  pods: readonly { readonly pod: Pod }[],
): Readonly<Record<string, string>> {
  const said = {
    "kubernetes/namespace": namespace,
    "kubernetes/service": name,
    "kubernetes/pod": common(pods.map(({ pod }) => pod.pod)),
    "kubernetes/node": common(pods.map(({ pod }) => pod.node)),
    "kubernetes/for-zones": common(pods.map(({ pod }) => pod.forZones.join(","))),
  };
  const entries = Object.entries(said).filter(([, text]) => text !== "");
  return Object.fromEntries(entries.map(([label, text]) => [label, text.slice(0, MAX_LABEL_CHARS)]));
}

/** What all have; "" when they differ, or when there is none. */
function common(values: readonly string[]): string {
  const [first = ""] = values;
  return values.every((value) => value === first) ? first : "";
}

function isSelected({ namespaces, names, labels }: ServiceSelector, service: ServiceRecord): boolean {
  if (namespaces.length > 0 && !namespaces.includes(service.namespace)) return false;
  if (names.length > 0 && !names.includes(service.name)) return false;
  return Object.entries(labels).every(([label, value]) => service.labels[label] === value);
}

function compare(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0;
}
