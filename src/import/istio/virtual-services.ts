/**
 * VirtualServices as routes: where each is bound, which hosts it serves there, and in which order the rules of several
 * come.
 *
 * On a gateway all VirtualServices of a host are one, the oldest first, and what takes everything comes last. In the mesh
 * the oldest one alone serves a host.
 *
 * Source: istio/istio, pilot/pkg/networking/core/{gateway,httproute}.go, core/route/route.go (SortVHostRoutes).
 */
import type { RouteDraft, RuleDraft } from "../proxy/draft.ts";
import type { Notes } from "../proxy/notes.ts";
import { httpRoutesOf } from "./delegates.ts";
import type { ListenerPlan } from "./gateways.ts";
import { fullHost, hostFault, intersectHosts, kubernetesName } from "./hosts.ts";
import { gatewayName } from "./http-match.ts";
import { isCatchAll, type Resolve, readHttpRoute } from "./http-route.ts";
import { byAge, isExported, type Resource } from "./resources.ts";

export interface RouteContext {
  readonly listeners: readonly ListenerPlan[];
  /** - `namespace`: of the VirtualService that refers. */
  readonly resolve: (namespace: string) => Resolve;
  readonly notes: Notes;
}

/** In the order in which they are tried. */
export function readVirtualServices(resources: readonly Resource[], context: RouteContext): RouteDraft[] {
  const all = [...resources].sort(byAge);
  const taken = new Set<string>();
  const routes = all.flatMap((resource) => readOne(resource, all, context, taken));
  return catchAllsLast(routes);
}

function readOne(
  resource: Resource,
  all: readonly Resource[],
  { listeners, resolve, notes }: RouteContext,
  taken: Set<string>,
): RouteDraft[] {
  const { spec, namespace, name } = resource;
  spec.drop("tcp", "connections that are not HTTP are not routed");
  spec.drop("tls", "TLS ends at the edge: nothing is routed by its server name");
  const exportTo = spec.texts("exportTo");
  const written = spec.texts("hosts");
  const bound = spec.texts("gateways").map((gateway) => gatewayName(gateway, namespace));
  const gateways = bound.length === 0 ? ["mesh"] : bound;
  const { routes: http, made } = httpRoutesOf(resource, all, notes);
  if (written.length === 0) return [];
  const hosts = carriedHosts(resource, written);

  const groups = new Map<string, { listeners: string[]; hostnames: readonly string[]; rules: readonly RuleDraft[] }>();
  for (const listener of listeners) {
    const servers = listener.servers.filter(
      (server) =>
        gateways.includes(server.gateway) &&
        (server.gateway === "mesh" || isExported(exportTo, namespace, server.namespace)),
    );
    const hostnames = hostnamesAt(resource, servers, hosts, taken);
    if (hostnames.length === 0) continue;
    const entrance = {
      gateways: servers.map((server) => server.gateway),
      port: listener.port,
      scheme: listener.protocol === null ? null : listener.protocol === "HTTP" ? ("http" as const) : ("https" as const),
    };
    const rules = named(http.flatMap((node) => readHttpRoute(node, entrance, namespace, resolve(namespace))));
    if (rules.length === 0) continue;
    const key = JSON.stringify([hostnames, rules]);
    const group = groups.get(key) ?? { listeners: [], hostnames, rules };
    group.listeners.push(listener.name);
    groups.set(key, group);
  }
  for (const node of made) node.finish();
  if (groups.size === 0) noteUnbound(resource, gateways, listeners);
  return [...groups.values()].map((group, index) => ({
    name: groups.size === 1 ? `${namespace}/${name}` : `${namespace}/${name}/${index + 1}`,
    ...group,
  }));
}

function noteUnbound({ spec }: Resource, gateways: readonly string[], listeners: readonly ListenerPlan[]): void {
  const known = new Set(listeners.flatMap(({ servers }) => servers.map(({ gateway }) => gateway)));
  if (gateways.some((gateway) => known.has(gateway))) {
    spec.note("hosts", "are served by none of its gateways, or no route is left");
  } else {
    const imported = [...known].sort().join(", ");
    spec.note(spec.has("gateways") ? "gateways" : "", `is bound to ${gateways.join(", ")}; imported is ${imported}`);
  }
  for (const http of spec.objects("http")) http.pass();
}

function carriedHosts({ spec, namespace }: Resource, written: readonly string[]): readonly string[] {
  return written.flatMap((host, index) => {
    const full = fullHost(host, namespace);
    const fault = hostFault(full);
    if (fault === null) return [full];
    spec.note("hosts", `hosts[${index}] ${fault}`);
    return [];
  });
}

/** Hosts of the VirtualService that the servers take and do not send to HTTPS. */
function hostnamesAt(
  { spec, namespace }: Resource,
  servers: readonly ListenerPlan["servers"][number][],
  hosts: readonly string[],
  taken: Set<string>,
): readonly string[] {
  const reachable = (some: typeof servers) =>
    some.flatMap((server) =>
      intersectHosts(
        hosts,
        server.hosts.filter((own) => own.namespace === "*" || own.namespace === namespace).map(({ host }) => host),
      ),
    );
  const redirected = new Set(reachable(servers.filter(({ httpsRedirect }) => httpsRedirect)));
  const open = [...new Set(reachable(servers.filter(({ httpsRedirect }) => !httpsRedirect)))];
  const own = open.filter((host) => !redirected.has(host));
  if (servers.every(({ gateway }) => gateway !== "mesh")) return own;
  return own.flatMap(meshHostnames).filter((host) => {
    if (!taken.has(host)) {
      taken.add(host);
      return true;
    }
    spec.note("hosts", `${host} is served by an older VirtualService already, or by one of another namespace`);
    return false;
  });
}

/** The names by which workloads of the mesh call a host. */
export function meshHostnames(host: string): readonly string[] {
  const name = kubernetesName(host);
  if (name === null) return [host];
  const { service, namespace } = name;
  return [host, `${service}.${namespace}.svc`, `${service}.${namespace}`, service];
}

/** Each rule's name once in a route. */
function named(rules: readonly RuleDraft[]): readonly RuleDraft[] {
  const taken = new Set<string>();
  return rules.map((rule) => {
    if (rule.name === undefined) return rule;
    let name = rule.name;
    for (let n = 2; taken.has(name); n++) name = `${rule.name}-${n}`;
    taken.add(name);
    return { ...rule, name };
  });
}

/** Cuts from each route that shares a host with another what takes everything, and puts it at the end. */
function catchAllsLast(routes: readonly RouteDraft[]): RouteDraft[] {
  const last: RouteDraft[] = [];
  const first = routes.flatMap((route, index): RouteDraft[] => {
    const isShared = routes.some((other, at) => at !== index && shareHost(route, other));
    const at = route.rules.findIndex(({ matches }) => (matches ?? []).some(isCatchAll));
    if (!isShared || at < 0) return [route];
    const rule = route.rules[at]!;
    const matches = rule.matches ?? [];
    const before = matches.slice(0, matches.findIndex(isCatchAll));
    const rules = [...route.rules.slice(0, at), ...(before.length > 0 ? [{ ...rule, matches: before }] : [])];
    last.push({
      ...route,
      name: `${route.name}/rest`,
      rules: [{ ...rule, matches: matches.filter(isCatchAll).slice(0, 1) }],
    });
    return rules.length > 0 ? [{ ...route, rules }] : [];
  });
  return [...first, ...last];
}

function shareHost(a: RouteDraft, b: RouteDraft): boolean {
  const listeners = (a.listeners ?? []).some((name) => (b.listeners ?? []).includes(name));
  return listeners && a.hostnames.some((host) => b.hostnames.includes(host));
}
