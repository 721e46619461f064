/** Kubernetes Services with their EndpointSlices, and the Pods behind them as far as they are given. */

import type { SourceNode } from "../proxy/source-node.ts";
import { isObject } from "../source-document.ts";
import type { MeshService, ServicePort } from "./registry.ts";
import type { Resource } from "./resources.ts";
import type { Workload } from "./workload.ts";

const EXPORT_TO = "networking.istio.io/exportTo";

export function readKubernetesServices(
  services: readonly Resource[],
  slices: readonly Resource[],
  pods: readonly Resource[],
): MeshService[] {
  const podLabels = new Map(pods.map((pod) => [`${pod.namespace}/${pod.name}`, pod.labels]));
  for (const { root, spec } of pods) ignoreAll(root, spec);
  const workloads = new Map<string, Workload[]>();
  for (const slice of slices) {
    const service = `${slice.namespace}/${slice.labels["kubernetes.io/service-name"] ?? ""}`;
    const before = workloads.get(service) ?? [];
    workloads.set(service, [...before, ...readSlice(slice, podLabels)]);
  }
  return services.map((service) => readService(service, workloads.get(`${service.namespace}/${service.name}`) ?? []));
}

function readService(
  { spec, name, namespace, annotations, document }: Resource,
  inside: readonly Workload[],
): MeshService {
  const ports = spec.objects("ports").flatMap((node): ServicePort[] => {
    const number = node.number("port");
    const target = node.raw("targetPort");
    const portName = node.text("name") ?? "";
    const protocol = node.text("appProtocol") ?? portName.split("-")[0]!;
    if (number === undefined) return [];
    return [{ number, name: portName, protocol, targetPort: typeof target === "number" ? target : number }];
  });
  const external = spec.text("type") === "ExternalName" ? spec.text("externalName") : undefined;
  const selector = spec.textByName("selector");
  spec.ignore(...spec.names());
  return {
    selector,
    host: `${name}.${namespace}.svc.cluster.local`,
    namespace,
    document,
    node: spec,
    ports,
    exportTo: (annotations[EXPORT_TO] ?? "").split(",").filter((target) => target !== ""),
    workloads:
      external === undefined ? inside : [{ address: external, ports: {}, labels: {}, locality: "", weight: 1 }],
  };
}

/** Addresses that are ready, or do not say that they are not. */
function readSlice(
  { root, namespace }: Resource,
  podLabels: ReadonlyMap<string, Readonly<Record<string, string>>>,
): Workload[] {
  const ports: [string, number][] = root.objects("ports").flatMap((node): [string, number][] => {
    const number = node.number("port");
    return number === undefined ? [] : [[node.text("name") ?? "", number]];
  });
  const workloads = root.objects("endpoints").flatMap((node): Workload[] => {
    if (node.object("conditions")?.flag("ready") === false) return [];
    const target = node.raw("targetRef");
    const pod = isObject(target) && target.kind === "Pod" ? `${namespace}/${String(target.name)}` : "";
    const zone = node.text("zone") ?? "";
    return node.texts("addresses").map((address) => ({
      address,
      ports: Object.fromEntries(ports),
      labels: podLabels.get(pod) ?? {},
      // A zone without its region says nothing that Istio would use.
      locality: zone === "" ? "" : `/${zone}`,
      weight: 1,
    }));
  });
  for (const node of root.objects("endpoints")) ignoreAll(node);
  ignoreAll(root);
  return workloads;
}

/** What these resources say beyond addresses is for the cluster, not for who calls into it. */
function ignoreAll(...nodes: readonly SourceNode[]): void {
  for (const node of nodes) node.ignore(...node.names());
}
