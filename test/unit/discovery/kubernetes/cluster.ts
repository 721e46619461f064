/** A cluster as its API would describe it, read the way it is read. */
import { emptyInventory, type Inventory, onList, readRecord } from "../../../../src/discovery/kubernetes/inventory.ts";
import type { ClusterSettings, KubernetesSource } from "../../../../src/discovery/kubernetes/settings.ts";

export const CLUSTER: ClusterSettings = {
  name: "eu",
  apiServer: "https://k8s.example.com",
  tokenSecret: "CLUSTER_TOKEN_EU",
  binding: "",
  namespaces: [],
  cloud: "aws",
  region: "eu-west-1",
  pageSize: 500,
  watchMs: 240_000,
  answerMs: 10_000,
};

export function sourceOf(over: Partial<KubernetesSource> = {}): KubernetesSource {
  const select = { namespaces: [], names: [], labels: {} };
  const rest = { weight: 1, priority: 0, labels: {} };
  return { name: "k", cluster: "eu", select, port: "", url: "http://{address}:{targetPort}", ...rest, ...over };
}

export interface Pod {
  readonly ready?: boolean | null;
  readonly serving?: boolean;
  readonly terminating?: boolean;
  readonly node?: string;
  readonly zone?: string;
  readonly pod?: string;
  readonly forZones?: readonly string[];
}

export function serviceJson(
  name: string,
  spec: object = {},
  over: { labels?: object; ns?: string; status?: object } = {},
) {
  return {
    metadata: { name, namespace: over.ns ?? "prod", labels: over.labels ?? {} },
    spec: { ports: [{ name: "http", port: 80, nodePort: 30_080 }], ...spec },
    status: over.status ?? {},
  };
}

export function sliceJson(service: string, pods: Readonly<Record<string, Pod>>, over: Record<string, unknown> = {}) {
  return {
    metadata: { name: `${service}-1`, namespace: "prod", labels: { "kubernetes.io/service-name": service } },
    addressType: "IPv4",
    ports: [{ name: "http", port: 8080 }],
    endpoints: Object.entries(pods).map(([address, { ready, serving, terminating, node, zone, pod, forZones }]) => ({
      addresses: [address],
      conditions: { ready, serving, terminating },
      nodeName: node,
      zone,
      ...(pod !== undefined && { targetRef: { kind: "Pod", name: pod } }),
      ...(forZones && { hints: { forZones: forZones.map((name) => ({ name })) } }),
    })),
    ...over,
  };
}

export function clusterOf(services: readonly object[], slices: readonly object[]): Inventory {
  const inventory = emptyInventory();
  const read = (resource: "services" | "endpointslices", all: readonly object[]) =>
    onList(
      inventory,
      { resource, namespace: "" },
      all.flatMap((one) => readRecord(resource, one) ?? []),
    );
  read("services", services);
  read("endpointslices", slices);
  return inventory;
}
