/** Clusters as services, as far as routes refer to them. */
import { type EndpointMapping, type ImportOptions, mappedUrls } from "../options.ts";
import type { BackendRefDraft, Settings } from "../proxy/draft.ts";
import { freeName } from "../proxy/endpoint-names.ts";
import type { SourceNode } from "../proxy/source-node.ts";
import { clusterSettings } from "./cluster-settings.ts";
import { type ClusterEndpoint, endpointConfigs, readEndpoints } from "./endpoints.ts";

/** The subset that a route's metadata_match asks for, by label. */
type Labels = Readonly<Record<string, string>>;

interface Plan {
  readonly name: string;
  readonly cluster: SourceNode | undefined;
  readonly endpoints: readonly ClusterEndpoint[];
  readonly overprovisioning: number | undefined;
  readonly subsets: Map<string, Labels>;
  hashOn: readonly Settings[];
}

const NOWHERE = "\u0000nowhere";

/** Makes services as they are referred to. */
export class ClusterTable {
  readonly #clusters: ReadonlyMap<string, SourceNode>;
  readonly #options: ImportOptions;
  readonly #plans = new Map<string, Plan>();
  readonly #names = new Set<string>();

  constructor(clusters: readonly SourceNode[], options: ImportOptions) {
    this.#clusters = new Map(clusters.map((node) => [node.text("name") ?? "", node]));
    this.#options = options;
  }

  /** A cluster that is nowhere: Envoy answers 503 where it finds none, and so does a service without endpoints. */
  nowhere(): string {
    return NOWHERE;
  }

  /** - `place`: what refers, with its metadata_match. */
  refer(cluster: string, place: SourceNode): BackendRefDraft {
    const plan = this.#plan(cluster, place);
    const labels = wantedLabels(place);
    if (labels === null || plan.cluster?.object("lb_subset_config") === undefined) return { service: plan.name };
    const subset = freeName(
      Object.entries(labels)
        .map(([name, value]) => `${name}-${value}`)
        .join("."),
      new Set(),
      63,
    );
    plan.subsets.set(subset, labels);
    return { service: plan.name, subset };
  }

  /** What a route hashes is the service's to say in Heddle: the first route that hashes decides. */
  hashOn(cluster: string, on: readonly Settings[], place: SourceNode): void {
    if (on.length === 0) return;
    const plan = this.#plan(cluster, place);
    if (plan.hashOn.length === 0) plan.hashOn = on;
    else if (JSON.stringify(plan.hashOn) !== JSON.stringify(on)) {
      place.note("hash_policy", `another route to ${cluster} hashes something else, which holds for the whole service`);
    }
  }

  configs(): Readonly<Record<string, Settings>> {
    const all = [...this.#plans.values()].map((plan) => [plan.name, this.#config(plan)] as const);
    return Object.fromEntries(all.sort(([a], [b]) => (a < b ? -1 : 1)));
  }

  /** Notes what no route refers to. */
  finish(): void {
    for (const [name, node] of this.#clusters) {
      if (this.#plans.has(name)) continue;
      node.note("", `no route that is carried over refers to ${name}`);
      node.pass();
    }
  }

  #plan(cluster: string, place: SourceNode): Plan {
    const before = this.#plans.get(cluster);
    if (before !== undefined) return before;
    const node = this.#clusters.get(cluster);
    const written = cluster === NOWHERE ? "nowhere" : cluster;
    const name = freeName(written, this.#names);
    this.#names.add(name);
    const read = node === undefined ? { endpoints: [], overprovisioning: undefined } : readEndpoints(node);
    const mapped = this.#mapped(cluster, read.endpoints.length === 0);
    const endpoints = mapped.length > 0 ? mapped : read.endpoints;
    if (cluster !== NOWHERE && endpoints.length === 0) {
      const what = node === undefined ? "is not among the clusters" : "has no endpoints in the document";
      place.note("", `${cluster} ${what}: give --endpoint '${cluster}=URL'. Until then it answers 503`);
    }
    const plan = {
      name,
      cluster: node,
      endpoints,
      overprovisioning: read.overprovisioning,
      subsets: new Map(),
      hashOn: [],
    };
    this.#plans.set(cluster, plan);
    return plan;
  }

  #mapped(cluster: string, useTemplate: boolean): readonly ClusterEndpoint[] {
    const own = this.#options.endpoints.filter((mapping: EndpointMapping) => mapping.service === cluster);
    const urls = own.map(({ url }) => url);
    const template = { ...this.#options, endpoints: [] };
    const all =
      urls.length > 0 || !useTemplate || cluster === NOWHERE
        ? urls
        : mappedUrls(template, { service: cluster, namespace: "default", port: 80 });
    return [...new Set(all)].map((url) => ({ url, weight: 1, priority: 0, labels: {}, locality: {} }));
  }

  #config(plan: Plan): Settings {
    const subsets = [...plan.subsets].map(([name, labels]) => [name, { labels }] as const);
    return {
      endpoints: endpointConfigs(plan.endpoints),
      ...(subsets.length > 0 && { subsets: Object.fromEntries(subsets) }),
      ...clusterSettings(plan.cluster, plan.hashOn, plan.overprovisioning),
    };
  }
}

function wantedLabels(place: SourceNode): Labels | null {
  const match = place.object("metadata_match")?.object("filter_metadata")?.object("envoy.lb");
  const names = match?.names() ?? [];
  if (names.length === 0) return null;
  return Object.fromEntries(names.map((name) => [name, String(match!.raw(name))]));
}
