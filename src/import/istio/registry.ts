/** The services that the documents tell of, by host, with where they run. */
import type { Notes } from "../proxy/notes.ts";
import type { SourceNode } from "../proxy/source-node.ts";
import { hostCovers } from "./hosts.ts";
import { readKubernetesServices } from "./kubernetes.ts";
import { isExported, type Resource } from "./resources.ts";
import { readServiceEntry } from "./service-entry.ts";
import { readWorkload, type Workload } from "./workload.ts";

export interface ServicePort {
  readonly number: number;
  readonly name: string;
  /** As written: HTTP, HTTPS, TLS, GRPC …; "" unknown. */
  readonly protocol: string;
  /** Where workloads listen that say nothing else. */
  readonly targetPort: number;
}

export interface MeshService {
  /** Lower case; may be a wildcard. */
  readonly host: string;
  readonly namespace: string;
  readonly document: number;
  /** What notes about it are put on. */
  readonly node: SourceNode;
  readonly ports: readonly ServicePort[];
  readonly exportTo: readonly string[];
  readonly workloads: readonly Workload[];
  /** Of a Kubernetes Service: the labels of its Pods. */
  readonly selector?: Readonly<Record<string, string>>;
  /** Of a ServiceEntry: `namespace/name`. */
  readonly entry?: string;
}

export interface Registry {
  readonly services: readonly MeshService[];
  /** The service of a host as seen from a namespace: its own first; undefined when the documents have none. */
  find(host: string, from: string): MeshService | undefined;
}

export function readRegistry(resources: readonly Resource[], notes: Notes): Registry {
  const of = (kind: string) => resources.filter((resource) => resource.kind === kind);
  const workloads = of("WorkloadEntry").flatMap(({ spec, namespace, document }) => {
    const workload = readWorkload(spec);
    return workload === null || notes.isInvalid(document) ? [] : [{ namespace, labels: workload.labels, workload }];
  });
  const entries = of("ServiceEntry").flatMap((entry) =>
    readServiceEntry(
      entry,
      workloads.filter(({ namespace }) => namespace === entry.namespace),
    ).filter(({ document }) => !notes.isInvalid(document)),
  );
  const services = [...readKubernetesServices(of("Service"), of("EndpointSlice"), of("Pod")), ...entries];
  return {
    services,
    find(host, from) {
      const seen = services.filter((service) => isExported(service.exportTo, service.namespace, from));
      const exact = seen.filter((service) => service.host === host);
      const fits = exact.length > 0 ? exact : seen.filter((service) => hostCovers(service.host, host));
      return fits.find(({ namespace }) => namespace === from) ?? fits[0];
    },
  };
}
