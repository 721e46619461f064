/**
 * Routes attached to Services (GAMMA) → mesh config: every Service answers at its DNS names, at its own ports. A port with
 * routes answers by them alone; one without leads to the Service itself.
 *
 * Source: Gateway API, GEP-1426 (xRoutes mesh binding).
 */
import type { ImportOptions } from "../options.ts";
import type { Finding, ImportResult, ObjectStatus } from "../report.ts";
import type { RouteResource } from "./attach.ts";
import { Backends } from "./backends.ts";
import { byAge, type Cluster, findingOf, nameOf, type Resource } from "./cluster.ts";
import { no, yes } from "./conditions.ts";
import type { ParentRef } from "./resources/fields.ts";
import type { KubernetesService } from "./resources/kubernetes.ts";
import { convertRules, lossFinding, type RouteConfig } from "./routes.ts";

type ServiceResource = Resource<KubernetesService>;

/** Pure and deterministic. Never throws. */
export function importServiceRoutes(cluster: Cluster, options: ImportOptions): ImportResult {
  const services = [...cluster.services.values()].sort((a, b) => (nameOf(a) < nameOf(b) ? -1 : 1));
  const routes = [...cluster.httpRoutes.values(), ...cluster.grpcRoutes.values()].sort(byAge);
  const bindings = routes.flatMap((route) => bindingsOf(route, cluster));
  const backends = new Backends(cluster, options);
  const findings: Finding[] = [];
  const configs: RouteConfig[] = [];
  for (const service of services) {
    for (const { ports, bound } of portGroups(service, bindings)) {
      const place = { hostnames: dnsNames(service, services), listeners: ports.map(listenerName) };
      for (const route of bound) {
        const { rules, lost } = convertRules(route, backends, cluster);
        const name = `${nameOf(route)}/${service.name}.${service.namespace}:${ports[0]}`;
        if (rules.length > 0) configs.push({ name, ...place, rules });
        findings.push(...lost.map((loss) => lossFinding(route, loss)));
      }
      if (bound.length === 0) configs.push(...ports.map((port) => ownRoute(service, port, place.hostnames, backends)));
    }
  }
  const ports = [...new Set(services.flatMap(tcpPorts))].sort((a, b) => a - b);
  return {
    config: {
      listeners: ports.map((port) => ({ name: listenerName(port), port })),
      services: Object.fromEntries([...backends.services].sort(([a], [b]) => (a < b ? -1 : 1))),
      routes: configs,
    },
    findings: [...bindings.flatMap(bindingFindings), ...distinct(findings), ...backends.findings],
    statuses: bindings.map(bindingStatus),
  };
}

/** One parentRef that names a Service. */
interface Binding {
  readonly route: RouteResource;
  readonly index: number;
  readonly ref: ParentRef;
  /** `namespace/name` of the Service. */
  readonly service: string;
  /** Why it is not in force. */
  readonly refused: "NoMatchingParent" | "ConsumerRoute" | null;
}

function bindingsOf(route: RouteResource, { services }: Cluster): Binding[] {
  return route.object.spec.parentRefs.flatMap((ref, index) => {
    if (ref.group !== "" || ref.kind !== "Service") return [];
    const namespace = ref.namespace ?? route.namespace;
    const service = services.get(`${namespace}/${ref.name}`);
    const isThere = service !== undefined && (ref.port === undefined || tcpPorts(service).includes(ref.port));
    const refused = !isThere ? "NoMatchingParent" : namespace === route.namespace ? null : "ConsumerRoute";
    return [{ route, index, ref, service: `${namespace}/${ref.name}`, refused }];
  });
}

/** The Service's ports, those with the same routes together. */
function portGroups(service: ServiceResource, bindings: readonly Binding[]) {
  const groups = new Map<string, { readonly ports: number[]; readonly bound: readonly RouteResource[] }>();
  for (const port of tcpPorts(service)) {
    const bound = bindings
      .filter(
        (binding) =>
          binding.refused === null && binding.service === nameOf(service) && (binding.ref.port ?? port) === port,
      )
      .map(({ route }) => route);
    const key = bound.map((route) => `${route.kind} ${nameOf(route)}`).join();
    const group = groups.get(key) ?? { ports: [], bound: [...new Set(bound)] };
    group.ports.push(port);
    groups.set(key, group);
  }
  return [...groups.values()];
}

function tcpPorts({ object }: ServiceResource): number[] {
  return object.spec.ports.filter(({ protocol }) => protocol === "TCP").map(({ port }) => port);
}

/** The short name is only for one that no other namespace has. */
function dnsNames({ name, namespace }: ServiceResource, services: readonly ServiceResource[]): string[] {
  const isAlone = services.filter((service) => service.name === name).length === 1;
  const place = `${name}.${namespace}`;
  return [...(isAlone ? [name] : []), place, `${place}.svc`, `${place}.svc.cluster.local`];
}

function ownRoute(
  service: ServiceResource,
  port: number,
  hostnames: readonly string[],
  backends: Backends,
): RouteConfig {
  const backend = backends.resolve(
    { ...service, kind: "HTTPRoute" },
    { group: "", kind: "Service", name: service.name, namespace: service.namespace, port },
  );
  const ref = "service" in backend ? { service: backend.service } : { invalid: backend.invalid };
  return {
    name: `${nameOf(service)}:${port}`,
    hostnames,
    listeners: [listenerName(port)],
    rules: [{ backendRefs: [ref] }],
  };
}

function listenerName(port: number): string {
  return `port-${port}`;
}

function bindingFindings({ route, index, refused, service }: Binding): Finding[] {
  if (refused === null) return [];
  const message =
    refused === "NoMatchingParent"
      ? `there is no such port of a Service ${service}`
      : "it is for callers of its own namespace, and an edge does not know where a caller runs";
  const condition = no("Accepted", refused);
  return [
    findingOf(route, { path: `spec.parentRefs[${index}]`, severity: "dropped", reason: refused, message, condition }),
  ];
}

function bindingStatus({ route, ref, refused, service }: Binding): ObjectStatus {
  const part = `Service ${service}${ref.port === undefined ? "" : `:${ref.port}`}`;
  const conditions = [refused === null ? yes("Accepted") : no("Accepted", refused)];
  return { kind: route.kind, name: nameOf(route), part, conditions };
}

/** A route that several ports lead to loses a thing once. */
function distinct(findings: readonly Finding[]): Finding[] {
  return [...new Map(findings.map((finding) => [JSON.stringify(finding), finding])).values()];
}
