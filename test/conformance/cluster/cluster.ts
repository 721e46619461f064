/**
 * As much of a Kubernetes cluster as the suite needs: pods for Deployments, EndpointSlices for Services with a selector.
 * Pods are echo servers on loopback ports; each gets a slice of its own, since they share one address.
 */
import { createHash } from "node:crypto";
import { type EchoServer, type KeyPair, startEchoServer } from "./echo-server.ts";

export interface KubernetesObject {
  readonly apiVersion?: string;
  readonly kind: string;
  readonly metadata: {
    readonly name: string;
    readonly namespace?: string;
    readonly labels?: Readonly<Record<string, string>>;
  };
  readonly spec?: unknown;
  readonly [field: string]: unknown;
}

export interface Pod {
  readonly namespace: string;
  readonly name: string;
  readonly labels: Readonly<Record<string, string>>;
  readonly plain: EchoServer;
  /** For pods that have a certificate. */
  readonly tls: EchoServer | null;
}

interface DeploymentSpec {
  readonly replicas?: number;
  readonly template: {
    readonly metadata?: { readonly labels?: Readonly<Record<string, string>> };
    readonly spec?: { readonly containers?: readonly { readonly env?: readonly { readonly name: string }[] }[] };
  };
}

interface ServiceSpec {
  readonly selector?: Readonly<Record<string, string>>;
  readonly ports?: readonly {
    readonly name?: string;
    readonly port: number;
    readonly targetPort?: number;
    readonly protocol?: string;
  }[];
}

const TLS_PORT = 8443;

export class TestCluster {
  readonly pods: Pod[] = [];
  readonly #keyPair: KeyPair;

  /** - `keyPair`: of the pods that speak TLS. */
  constructor(keyPair: KeyPair) {
    this.#keyPair = keyPair;
  }

  /** Starts the pods of Deployments that have none yet. */
  async start(objects: readonly KubernetesObject[]): Promise<void> {
    for (const { kind, metadata, spec } of objects) {
      if (kind !== "Deployment") continue;
      const namespace = metadata.namespace ?? "default";
      const prefix = `${metadata.name}-`;
      if (this.pods.some((pod) => pod.namespace === namespace && pod.name.startsWith(prefix) && isPodOf(pod, prefix)))
        continue;
      const { replicas = 1, template } = spec as DeploymentSpec;
      const hasCertificate = template.spec?.containers?.some(({ env }) =>
        env?.some(({ name }) => name === "TLS_SERVER_CERT"),
      );
      for (let index = 0; index < replicas; index++) {
        const name = `${prefix}${suffix(metadata.name, 9)}-${suffix(`${metadata.name}${index}`, 5)}`;
        const identity = { namespace, pod: name };
        this.pods.push({
          namespace,
          name,
          labels: template.metadata?.labels ?? {},
          plain: await startEchoServer(identity, null),
          tls: hasCertificate ? await startEchoServer(identity, this.#keyPair) : null,
        });
      }
    }
  }

  /** The documents with the slices that Kubernetes would add, and those filled that a test leaves for it to fill. */
  withSlices(objects: readonly KubernetesObject[]): KubernetesObject[] {
    return objects.flatMap((object) => {
      if (object.kind === "EndpointSlice" && object.endpoints === undefined) return this.#filled(object);
      return object.kind === "Service" ? [object, ...this.#slicesOf(object)] : [object];
    });
  }

  podsOf(namespace: string, app: string): Pod[] {
    return this.pods.filter((pod) => pod.namespace === namespace && isPodOf(pod, `${app}-`));
  }

  async stop(): Promise<void> {
    await Promise.all(this.pods.flatMap(({ plain, tls }) => [plain.stop(), tls?.stop()]));
  }

  #slicesOf({ metadata, spec }: KubernetesObject): KubernetesObject[] {
    const { selector, ports = [] } = (spec ?? {}) as ServiceSpec;
    if (selector === undefined) return [];
    const namespace = metadata.namespace ?? "default";
    const selected = this.pods.filter(
      ({ labels, namespace: own }) =>
        own === namespace && Object.entries(selector).every(([key, value]) => labels[key] === value),
    );
    return selected.map((pod) =>
      slice(
        metadata.name,
        pod,
        ports.flatMap(({ name, port, targetPort, protocol }) => {
          const server = (targetPort ?? port) === TLS_PORT ? pod.tls : pod.plain;
          return server === null ? [] : [{ name: name ?? "", port: server.port, protocol: protocol ?? "TCP" }];
        }),
      ),
    );
  }

  /** As the suite does: with the addresses of the pods of infra-backend-v1, which have no IPv6 here. */
  #filled({ metadata, addressType, ports }: KubernetesObject): KubernetesObject[] {
    if (addressType !== "IPv4") return [];
    const service = metadata.labels?.["kubernetes.io/service-name"] ?? "";
    const named = (ports as readonly { readonly name: string }[])[0]!.name;
    return this.podsOf(metadata.namespace ?? "default", "infra-backend-v1").map((pod) =>
      slice(service, pod, [{ name: named, port: pod.plain.port, protocol: "TCP" }]),
    );
  }
}

function slice(service: string, { namespace, name }: Pod, ports: readonly unknown[]): KubernetesObject {
  return {
    apiVersion: "discovery.k8s.io/v1",
    kind: "EndpointSlice",
    metadata: { name: `${service}-${name}`, namespace, labels: { "kubernetes.io/service-name": service } },
    addressType: "IPv4",
    endpoints: [{ addresses: ["127.0.0.1"], conditions: { ready: true }, targetRef: { kind: "Pod", name } }],
    ports,
  };
}

/** Whether a pod's name is the prefix and two more parts. */
function isPodOf({ name }: Pod, prefix: string): boolean {
  return name.startsWith(prefix) && name.slice(prefix.length).split("-").length === 2;
}

function suffix(seed: string, length: number): string {
  return createHash("sha256").update(seed).digest("hex").slice(0, length);
}
