/**
 * Istio's resources as a mesh config.
 *
 * - `documents`: in any order; resources of other kinds are listed where they are about traffic, and passed over else.
 * - `options.gateway`: the Gateway to import, or "mesh" for the routes of the mesh's own workloads. Without it every
 *   Gateway is; without any Gateway, what is bound to the mesh.
 *
 * Never throws. The same documents give the same result, whatever order the files are in.
 */
import type { ImportOptions } from "../options.ts";
import type { RouteDraft } from "../proxy/draft.ts";
import { Notes } from "../proxy/notes.ts";
import { sealed } from "../proxy/seal.ts";
import type { ImportResult } from "../report.ts";
import type { SourceDocument } from "../source-document.ts";
import { readAuthorizationPolicies } from "./authorization-policies.ts";
import { readDestinationRules } from "./destination-rule.ts";
import { readExtensionProviders } from "./extension-providers.ts";
import { type ListenerPlan, MESH, readGateways } from "./gateways.ts";
import { hostFault } from "./hosts.ts";
import { placePolicies } from "./place-policies.ts";
import { type Registry, readRegistry } from "./registry.ts";
import { readRequestAuthentications } from "./request-authentications.ts";
import { documentName, type Resource, readResources } from "./resources.ts";
import { ServiceTable } from "./services.ts";
import { meshHostnames, readVirtualServices } from "./virtual-services.ts";

export function importIstio(documents: readonly SourceDocument[], options: ImportOptions): ImportResult {
  // What is invalid shows while it is read; then everything is read again without it.
  let left: readonly SourceDocument[] = documents;
  const findings: ImportResult["findings"][number][] = [];
  for (;;) {
    const notes = new Notes();
    const config = translate(left, options, notes);
    const nameOf = (document: number) => documentName(left[document]!);
    const invalid = left.filter((_, document) => notes.isInvalid(document));
    const found = notes.findings(nameOf);
    if (invalid.length === 0) return sealed(config, [...findings, ...found]);
    findings.push(...found.filter(({ severity }) => severity === "invalid"));
    left = left.filter((document) => !invalid.includes(document));
  }
}

function translate(documents: readonly SourceDocument[], options: ImportOptions, notes: Notes) {
  const resources = readResources(documents, notes);
  const of = (kind: string) => resources.filter((resource) => resource.kind === kind);
  const registry = readRegistry(resources, notes);
  const rules = readDestinationRules(of("DestinationRule"));
  const listeners = listenersFor(of("Gateway"), options);
  const caller = listeners[0]?.servers[0]?.namespace ?? "";
  const services = new ServiceTable({ registry, rules, options, caller });
  const read: RouteDraft[] = [
    ...httpsRedirects(listeners),
    ...readVirtualServices(of("VirtualService"), {
      listeners,
      notes,
      resolve: (namespace) => (destination, port) => services.resolve(destination, namespace, port),
    }),
  ];
  if (listeners.includes(MESH)) read.push(...withoutVirtualService(registry, read, services));
  const { routes, ...guards } = guarded(distinctlyNamed(read), { documents, options, notes, of, listeners, services });
  for (const { spec, document } of of("DestinationRule")) {
    if (services.usedRules.has(document)) continue;
    spec.note("", "holds for no service that the imported routes refer to");
    spec.pass();
  }
  for (const { root } of resources) root.finish();
  const isOpen = listeners.length === 1 && listeners[0]!.port === null;
  return {
    ...(!isOpen && { listeners: listeners.map(listenerConfig) }),
    routing: { precedence: "order" },
    services: services.configs(),
    ...guards,
    routes: isOpen ? routes.map(({ listeners: _, ...route }) => route) : routes,
  };
}

interface GuardContext {
  readonly documents: readonly SourceDocument[];
  readonly options: ImportOptions;
  readonly notes: Notes;
  readonly of: (kind: string) => readonly Resource[];
  readonly listeners: readonly ListenerPlan[];
  readonly services: ServiceTable;
}

/** The routes with who may use them, and what of that is said of the mesh. */
function guarded(drafts: readonly RouteDraft[], { documents, options, notes, of, listeners, services }: GuardContext) {
  const gateways = of("Gateway");
  const extensions = readExtensionProviders(documents, options, notes);
  const authorizers = new Set(extensions.keys());
  const written = readAuthorizationPolicies(of("AuthorizationPolicy"), { gateways, authorizers, notes });
  const tokens = readRequestAuthentications(of("RequestAuthentication"), { gateways, notes });
  const serviceOf = (name: string) => services.ownerOf(name);
  const { routes, policies, used } = placePolicies(drafts, written, tokens, { listeners, serviceOf });
  const held = written.filter((policy) => used.has(policy));
  const asked = new Set(held.map(({ policy }) => policy.provider));
  const providers = [
    ...tokens.filter((one) => used.has(one)).map(({ name, provider }) => [name, provider] as const),
    ...[...extensions].filter(([name]) => asked.has(name)),
  ];
  return {
    routes,
    ...(providers.length > 0 && { authentication: { providers: Object.fromEntries(providers) } }),
    // As Istio does, which takes a path as it is forwarded.
    ...(held.length > 0 && { authorization: { ...(policies.length > 0 && { policies }), ambiguousPaths: "literal" } }),
  };
}

function listenersFor(gateways: readonly Resource[], { gateway }: ImportOptions): readonly ListenerPlan[] {
  if (gateway === "mesh") return [MESH];
  const wanted = gateways.filter(({ namespace, name }) => gateway === null || gateway === `${namespace}/${name}`);
  for (const other of gateways.filter((resource) => !wanted.includes(resource))) {
    other.spec.note("", `is another gateway than ${gateway}`);
    other.spec.pass();
  }
  if (wanted.length > 0)
    return readGateways([...wanted].sort((a, b) => (a.namespace + a.name < b.namespace + b.name ? -1 : 1)));
  if (gateway === null) return [MESH];
  // The Gateway's own document is not given: it takes whatever its routes serve.
  const server = {
    gateway,
    namespace: gateway.split("/")[0]!,
    hosts: [{ namespace: "*", host: "*" }],
    httpsRedirect: false,
  };
  return [{ name: "any", hostname: "*", port: null, protocol: null, servers: [server] }];
}

function listenerConfig({ name, hostname, port, protocol }: ListenerPlan) {
  return { name, hostname, ...(port !== null && { port }), ...(protocol !== null && { protocol }) };
}

/** Servers that send everything to HTTPS, by 301 as Istio does. */
function httpsRedirects(listeners: readonly ListenerPlan[]): RouteDraft[] {
  return listeners.flatMap(({ name, servers }) => {
    const hosts = servers.filter(({ httpsRedirect }) => httpsRedirect).flatMap((server) => server.hosts);
    if (hosts.length === 0) return [];
    const redirect = { type: "RequestRedirect", requestRedirect: { scheme: "https", statusCode: 301 } };
    return [
      {
        name: `https-redirect/${name}`,
        listeners: [name],
        hostnames: [...new Set(hosts.map(({ host }) => host))],
        rules: [{ filters: [redirect] }],
      },
    ];
  });
}

/** In the mesh a service without a VirtualService is called by its name. */
function withoutVirtualService(
  registry: Registry,
  routes: readonly RouteDraft[],
  services: ServiceTable,
): RouteDraft[] {
  const taken = new Set(routes.flatMap(({ hostnames }) => hostnames));
  return registry.services.flatMap((service): RouteDraft[] => {
    const hostnames = meshHostnames(service.host).filter((host) => !taken.has(host) && hostFault(host) === null);
    if (hostnames.length === 0) return [];
    for (const host of hostnames) taken.add(host);
    const ref = services.refer(service);
    return [
      {
        name: `${service.namespace}/${service.host.replace("*.", "any.")}`,
        hostnames,
        rules: [{ backendRefs: [ref] }],
      },
    ];
  });
}

function distinctlyNamed(routes: readonly RouteDraft[]): RouteDraft[] {
  const taken = new Set<string>();
  return routes.map((route) => {
    let name = route.name;
    for (let n = 2; taken.has(name); n++) name = `${route.name}-${n}`;
    taken.add(name);
    return { ...route, name };
  });
}
