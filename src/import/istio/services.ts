/** The services that routes refer to: one for each host and port, with its subsets and where it runs. */
import { MAX_ENDPOINTS } from "../../config/schema/endpoint.ts";
import { type EndpointMapping, type ImportOptions, mappedUrls } from "../options.ts";
import { endpointUrl, isEndpointUrl, unreachable } from "../proxy/addresses.ts";
import type { BackendRefDraft, Settings } from "../proxy/draft.ts";
import { endpointNames, freeName } from "../proxy/endpoint-names.ts";
import type { SourceNode } from "../proxy/source-node.ts";
import { type DestinationRule, destinationRuleOf, type Subset } from "./destination-rule.ts";
import { fullHost, kubernetesName } from "./hosts.ts";
import type { MeshService, Registry } from "./registry.ts";
import { type PolicySections, sectionsOf, serviceSettings, usesTls } from "./traffic-policy.ts";
import type { Workload } from "./workload.ts";

export interface ServiceContext {
  readonly registry: Registry;
  readonly rules: readonly DestinationRule[];
  readonly options: ImportOptions;
  /** Namespace of the gateway: whose DestinationRules come first, and what is exported to it. */
  readonly caller: string;
}

interface Endpoint {
  readonly url: string;
  readonly labels: Readonly<Record<string, string>>;
  readonly locality: string;
  readonly weight: number;
}

interface Plan {
  readonly name: string;
  readonly subsets: readonly string[];
}

/** Makes services as they are referred to. */
export class ServiceTable {
  readonly #context: ServiceContext;
  readonly #plans = new Map<string, Plan>();
  readonly #configs = new Map<string, Settings>();
  readonly #names = new Set<string>();
  readonly #owners = new Map<string, MeshService>();
  /** Documents of the DestinationRules that hold for a service here. */
  readonly usedRules = new Set<number>();

  constructor(context: ServiceContext) {
    this.#context = context;
  }

  /** What a destination refers to. `listenerPort`: where the request came in, for services of several ports. */
  resolve(destination: SourceNode, namespace: string, listenerPort: number | null): BackendRefDraft {
    const written = destination.text("host") ?? "";
    if (written === "") destination.invalid("host", "is required");
    const host = fullHost(written, namespace);
    const service = this.#context.registry.find(host, this.#context.caller);
    const port = portOf(destination, service, listenerPort);
    const plan = this.#plan(host, port, service, destination);
    const subset = destination.text("subset") ?? "";
    if (subset === "") return { service: plan.name };
    if (plan.subsets.includes(subset)) return { service: plan.name, subset };
    destination.note("subset", `no DestinationRule of ${host} has a subset ${subset}: such requests get 500`);
    return { invalid: `SubsetNotFound: no DestinationRule of ${host} has a subset ${subset}` };
  }

  /** A service as the mesh's workloads call it that say no more than its name. */
  refer(service: MeshService): BackendRefDraft {
    const port = service.ports[0]?.number ?? null;
    return { service: this.#plan(service.host, port, service, service.node).name };
  }

  /** What the documents tell of the service that has a name in the config. */
  ownerOf(name: string): MeshService | undefined {
    return this.#owners.get(name);
  }

  /** By name, in the order of the names. */
  configs(): Readonly<Record<string, Settings>> {
    return Object.fromEntries([...this.#configs].sort(([a], [b]) => (a < b ? -1 : 1)));
  }

  #plan(host: string, port: number | null, service: MeshService | undefined, place: SourceNode): Plan {
    const key = `${host}:${port ?? ""}`;
    const before = this.#plans.get(key);
    if (before !== undefined) return before;
    const { rules, caller } = this.#context;
    const owner = service?.namespace ?? kubernetesName(host)?.namespace ?? caller;
    const rule = destinationRuleOf(rules, host, caller, owner);
    for (const document of rule?.documents ?? []) this.usedRules.add(document);
    const whole = sectionsOf(rule?.policy, port);
    const target = { host, port, service, place, isTls: usesTls(whole.tls) };
    const endpoints = this.#endpoints(target, rule?.subsets ?? []);
    const subsets = (rule?.subsets ?? [])
      .filter(({ name }) => name !== "")
      .map((subset) => ({
        name: freeName(subset.name, new Set(), 63),
        config: subsetConfig(subset, port, whole, endpoints),
      }));
    const name = freeName(serviceName(host, port), this.#names);
    this.#names.add(name);
    this.#owners.set(name, service ?? unknownService(host, owner, place));
    const plan = { name, subsets: subsets.map((subset) => subset.name) };
    this.#plans.set(key, plan);
    this.#configs.set(name, {
      endpoints: endpointConfigs(endpoints),
      ...(subsets.length > 0 && { subsets: Object.fromEntries(subsets.map((subset) => [subset.name, subset.config])) }),
      ...serviceSettings(whole),
    });
    return plan;
  }

  #endpoints({ host, port, service, place, isTls }: Target, subsets: readonly Subset[]): readonly Endpoint[] {
    const { options } = this.#context;
    const kubernetes = kubernetesName(host);
    const names = kubernetes === null ? [host] : [`${kubernetes.namespace}/${kubernetes.service}`, host];
    const ofSubsets = subsets.flatMap(({ name, labels }) =>
      names
        .flatMap((own) => urlsOf(options.endpoints, `${own}/${name}`, port))
        .map((url) => ({ url, labels, locality: "", weight: 1 })),
    );
    if (ofSubsets.length > 0) return ofSubsets;
    const mapped =
      kubernetes === null
        ? urlsOf(options.endpoints, host, port)
        : mappedUrls(options, { ...kubernetes, port: port ?? 80 });
    if (mapped.length > 0) return mapped.map((url) => ({ url, labels: {}, locality: "", weight: 1 }));
    const own = (service?.workloads ?? []).flatMap((workload) => callable(workload, port, service, isTls));
    if (own.length === 0) {
      place.note(
        "",
        `nothing says where ${host} can be reached: give --endpoint '${names[0]}=URL'. Until then it answers 503`,
      );
    }
    const far = own.map(({ url }) => unreachable(new URL(url).hostname)).find((reason) => reason !== null);
    if (far !== undefined && far !== null) {
      service?.node.note("", `${far}, which a Worker does not reach: give --endpoint '${names[0]}=URL'`, "changed");
    }
    if (own.length > MAX_ENDPOINTS) place.note("", `of ${own.length} endpoints the first ${MAX_ENDPOINTS} are kept`);
    return own.slice(0, MAX_ENDPOINTS);
  }
}

/** A service that no document tells of: its host says whose it is, and nothing else is known. */
function unknownService(host: string, namespace: string, node: SourceNode): MeshService {
  return { host, namespace, document: node.document, node, ports: [], exportTo: [], workloads: [] };
}

interface Target {
  readonly host: string;
  readonly port: number | null;
  readonly service: MeshService | undefined;
  /** What refers to it. */
  readonly place: SourceNode;
  readonly isTls: boolean;
}

/** The port said; else the only one there is; else the one where the request came in. */
function portOf(destination: SourceNode, service: MeshService | undefined, listenerPort: number | null): number | null {
  const said = destination.object("port")?.number("number");
  if (said !== undefined) return said;
  if (service === undefined || service.ports.length === 0) return null;
  return service.ports.length === 1 ? service.ports[0]!.number : listenerPort;
}

function urlsOf(mappings: readonly EndpointMapping[], service: string, port: number | null): readonly string[] {
  const own = mappings.filter((mapping) => mapping.service === service);
  const exact = own.filter((mapping) => mapping.port !== null && mapping.port === port);
  return (exact.length > 0 ? exact : own.filter((mapping) => mapping.port === null)).map(({ url }) => url);
}

function callable(
  workload: Workload,
  port: number | null,
  service: MeshService | undefined,
  isTls: boolean,
): Endpoint[] {
  const own = service?.ports.find(({ number }) => number === port);
  // A service that says nothing of ports is called at the scheme's own.
  if (own === undefined && port !== null && (service?.ports.length ?? 0) > 0) return [];
  const scheme = isTls || /^https/i.test(own?.protocol ?? "") ? "https" : "http";
  const number = workload.ports[own?.name ?? ""] ?? own?.targetPort ?? port ?? (scheme === "https" ? 443 : 80);
  const url = endpointUrl(scheme, workload.address, number);
  return isEndpointUrl(url)
    ? [{ url, labels: workload.labels, locality: workload.locality, weight: workload.weight }]
    : [];
}

function serviceName(host: string, port: number | null): string {
  const kubernetes = kubernetesName(host);
  const base = kubernetes === null ? host : `${kubernetes.service}.${kubernetes.namespace}`;
  return port === null ? base : `${base}.${port}`;
}

const LABEL = /^[A-Za-z0-9][A-Za-z0-9./_-]{0,62}$/;

function endpointConfigs(endpoints: readonly Endpoint[]): readonly Settings[] {
  const names = endpointNames(endpoints.map(({ url }) => url));
  return endpoints.map(({ url, labels, locality, weight }, index) => {
    const [region, zone] = locality.split("/");
    const known = Object.entries(labels).filter(([name]) => LABEL.test(name));
    return {
      id: names[index],
      url,
      ...(weight > 1 && { weight: Math.min(weight, 1_000_000) }),
      ...(known.length > 0 && { labels: Object.fromEntries(known) }),
      ...(locality !== "" && { locality: { ...(region && { region }), ...(zone && { zone }) } }),
    };
  });
}

/** What a subset sets; the rest it has from the whole. */
function subsetConfig(
  subset: Subset,
  port: number | null,
  whole: PolicySections,
  endpoints: readonly Endpoint[],
): Settings {
  const wanted = Object.entries(subset.labels);
  for (const [name] of wanted) if (!LABEL.test(name)) subset.node.note("labels", `${name} is too long for a label`);
  if (!endpoints.some(({ labels }) => wanted.every(([name, value]) => labels[name] === value))) {
    subset.node.note(
      "labels",
      `no endpoint is known to carry them, so the subset answers 503: give --endpoint 'namespace/service/${subset.name}=URL'`,
    );
  }
  const labels = Object.fromEntries(wanted.filter(([name]) => LABEL.test(name)));
  if (subset.policy === undefined) return { labels };
  const settings = serviceSettings(sectionsOf(subset.policy, port, whole));
  const inherited = serviceSettings(whole);
  const own = Object.entries(settings).filter(
    ([name, value]) => JSON.stringify(value) !== JSON.stringify(inherited[name]),
  );
  return { labels, ...Object.fromEntries(own) };
}
