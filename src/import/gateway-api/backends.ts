/** What a backendRef leads to: a service of the config, or the standard's reason why its share of requests gets 500. */
import { NO_BUDGET_PERCENT } from "../../core/retry/budget.ts";
import { type ImportOptions, mappedUrls } from "../options.ts";
import type { Finding } from "../report.ts";
import { type Cluster, findingOf, nameOf, type Resource } from "./cluster.ts";
import { type EndpointConfig, mappedEndpoints, sliceEndpoints } from "./endpoints.ts";
import { mayRefer } from "./grants.ts";
import type { BackendObjectRef } from "./resources/fields.ts";
import type { KubernetesService, ServicePort } from "./resources/kubernetes.ts";
import { backendTls } from "./tls-policies.ts";
import { trafficPolicyOf } from "./traffic-policies.ts";

export type Backend =
  | { readonly service: string }
  | {
      readonly invalid: string;
      readonly reason: string;
      readonly message: string;
      /** Whether the reference does not resolve; else it does, and cannot be used. */
      readonly isReference: boolean;
    };

export interface ServiceConfig {
  readonly endpoints: readonly EndpointConfig[];
  readonly retry?: { readonly budget: { readonly percent: number } };
}

/** Protocols towards an endpoint that need what a Worker's fetch does not do: HTTP/2 without TLS. */
const H2C = "kubernetes.io/h2c";

/** Resolves references and collects the services they lead to. */
export class Backends {
  /** By the name in the config. */
  readonly services = new Map<string, ServiceConfig>();
  readonly findings: Finding[] = [];
  readonly #cluster: Cluster;
  readonly #options: ImportOptions;

  constructor(cluster: Cluster, options: ImportOptions) {
    this.#cluster = cluster;
    this.#options = options;
  }

  /** Never throws. The same reference gives the same answer, and its service once. */
  resolve(from: Resource, ref: BackendObjectRef): Backend {
    const to = { group: ref.group, kind: ref.kind, namespace: ref.namespace ?? from.namespace, name: ref.name };
    const target = `${to.kind} ${nameOf(to)}`;
    if (to.group !== "" || to.kind !== "Service") {
      return refuse("InvalidKind", `${to.group === "" ? "" : `${to.group}/`}${target} is not a Service`);
    }
    if (!mayRefer(from, to, this.#cluster.referenceGrants)) {
      return refuse(
        "RefNotPermitted",
        `no ReferenceGrant in ${to.namespace} lets ${from.kind}s of ${from.namespace} use ${target}`,
      );
    }
    const service = this.#cluster.services.get(nameOf(to));
    const port = ref.port!;
    const urls = mappedUrls(this.#options, { service: to.name, namespace: to.namespace, port });
    if (service === undefined) return this.#unknownService(to, port, urls);
    const servicePort = service.object.spec.ports.find((candidate) => candidate.port === port);
    if (servicePort === undefined && service.object.spec.ports.length > 0) {
      return refuse("BackendNotFound", `${target} has no port ${port}`);
    }
    return this.#knownService(service, servicePort ?? { port, protocol: "TCP" }, urls);
  }

  /** The same answers, without collecting services. */
  apart(): Backends {
    return new Backends(this.#cluster, this.#options);
  }

  /** A rule retries there: the standard knows no budget of retries, unless a policy sets one. */
  retries(service: string): void {
    const config = this.services.get(service);
    if (config === undefined || config.retry !== undefined) return;
    this.services.set(service, { ...config, retry: { budget: { percent: NO_BUDGET_PERCENT } } });
  }

  /** Only routes were given: then a mapping vouches for the Service. Among other Services, a missing one is missing. */
  #unknownService(
    to: { readonly namespace: string; readonly name: string },
    port: number,
    urls: readonly string[],
  ): Backend {
    const isNamed = this.#options.endpoints.some((mapping) => mapping.service === nameOf(to));
    if (urls.length > 0 && (isNamed || this.#cluster.services.size === 0)) {
      return this.#add(configName(to, port), { endpoints: mappedEndpoints(urls) });
    }
    return refuse("BackendNotFound", `there is no Service ${nameOf(to)}`);
  }

  #knownService(service: Resource<KubernetesService>, port: ServicePort, urls: readonly string[]): Backend {
    const name = configName(service, port.port);
    if (this.services.has(name)) return { service: name };
    const tls = backendTls(service, port, this.#cluster);
    if (tls !== null && "invalid" in tls) return refuse(tls.reason, tls.invalid, false);
    const wantsTls = tls !== null || /^(https|kubernetes\.io\/wss)$/i.test(port.appProtocol ?? "");
    const endpoints =
      urls.length > 0
        ? mappedEndpoints(urls)
        : sliceEndpoints(service, port, wantsTls ? "https" : "http", this.#cluster);
    const plain = endpoints.filter(({ url }) => url.startsWith("http:"));
    if (port.protocol === "UDP" || (port.appProtocol === H2C && plain.length > 0)) {
      return refuse(
        "UnsupportedProtocol",
        `port ${port.port} of Service ${nameOf(service)} speaks ${port.appProtocol ?? port.protocol}, which a Worker cannot; an https endpoint can`,
      );
    }
    if (tls !== null) {
      const stranger = endpoints.find(({ url }) => !isIdentity(url, tls.identities));
      if (stranger !== undefined) return refuse("BackendTLSPolicy", unverified(tls, stranger.url), false);
    }
    this.#remark(service, port, endpoints, urls.length > 0);
    const policy = trafficPolicyOf(service, this.#cluster);
    const budget = policy?.object.spec.retryConstraint?.budget;
    return this.#add(name, { endpoints, ...(budget && { retry: { budget: { percent: budget.percent } } }) });
  }

  #add(service: string, config: ServiceConfig): Backend {
    this.services.set(service, config);
    return { service };
  }

  #remark(service: Resource, { port }: ServicePort, endpoints: readonly EndpointConfig[], isMapped: boolean): void {
    const name = `${nameOf(service)}:${port}`;
    if (endpoints.length === 0) {
      const message = `nothing says where it can be reached, so requests get 503: --endpoint '${name}=URL' does`;
      this.findings.push(findingOf(service, { severity: "dropped", reason: "NoEndpoints", message }));
    }
    const hidden = isMapped ? undefined : endpoints.find(({ url }) => isPrivate(new URL(url).hostname));
    if (hidden !== undefined) {
      const message = `${hidden.url} is an address inside the cluster, which Cloudflare cannot reach: --endpoint '${name}=URL' says where it can`;
      this.findings.push(findingOf(service, { severity: "changed", reason: "PrivateAddress", message }));
    }
  }
}

/** The port is always in it, so that using another one later renames nothing. */
function configName({ namespace, name }: { readonly namespace: string; readonly name: string }, port: number): string {
  return `${name}.${namespace}.${port}`;
}

function refuse(reason: string, message: string, isReference = true): Backend {
  return { invalid: `${reason}: ${message}`.slice(0, 1_024), reason, message, isReference };
}

function unverified(
  { policy, identities }: { readonly policy: string; readonly identities: readonly string[] },
  url: string,
) {
  const names = identities.map((name) => `https://${name}`).join(" or ");
  const needs = names === "" ? "a certificate for a URI, which a Worker does not check" : `an endpoint at ${names}`;
  return `${policy} asks for ${needs}; ${url} would not be checked so`;
}

/** Whether the host that a Worker checks the certificate for is one that the policy accepts. */
function isIdentity(url: string, identities: readonly string[]): boolean {
  const { protocol, hostname } = new URL(url);
  return protocol === "https:" && identities.includes(hostname.toLowerCase());
}

/** RFC 1918, loopback, link-local, shared and unique local addresses. */
function isPrivate(hostname: string): boolean {
  return (
    /^(10\.|127\.|169\.254\.|192\.168\.|172\.(1[6-9]|2\d|3[01])\.|100\.(6[4-9]|[7-9]\d|1[01]\d|12[0-7])\.)/.test(
      hostname,
    ) ||
    /^\[(::1\]|f[cd]|fe[89ab])/.test(hostname) ||
    /\.(local|internal|svc)$/.test(hostname)
  );
}
