/**
 * Envoy's static configuration as a mesh config: the route tables of static listeners, and static clusters.
 *
 * - `documents`: a bootstrap, an object with `listeners` and `clusters`, or single RouteConfigurations, Clusters and
 *   Listeners, in YAML or JSON, in protobuf's or in JSON's spelling of names.
 *
 * Never throws. The same documents give the same result.
 */
import type { ImportOptions } from "../options.ts";
import type { RouteDraft } from "../proxy/draft.ts";
import { Notes } from "../proxy/notes.ts";
import { sealed } from "../proxy/seal.ts";
import { SourceNode } from "../proxy/source-node.ts";
import type { ImportRefusal, ImportResult } from "../report.ts";
import type { SourceDocument } from "../source-document.ts";
import { ClusterTable } from "./clusters.ts";
import { type Entrance, readListeners } from "./listeners.ts";
import { LocalRateLimits } from "./local-rate-limits.ts";
import { readRouteTable } from "./virtual-hosts.ts";

/** Of a bootstrap what is about the proxy itself. */
const PROXY = [
  "node",
  "admin",
  "stats_sinks",
  "stats_config",
  "stats_flush_interval",
  "watchdog",
  "watchdogs",
  "overload_manager",
  "layered_runtime",
  "tracing",
  "bootstrap_extensions",
  "cluster_manager",
  "default_regex_engine",
  "typed_dns_resolver_config",
  "memory_allocator_manager",
  "application_log_config",
  "enable_dispatcher_stats",
  "flags_path",
];

export function importEnvoy(
  documents: readonly SourceDocument[],
  options: ImportOptions,
): ImportResult | ImportRefusal {
  const notes = new Notes();
  const config = translate(documents, options, notes);
  const findings = notes.findings((document) => ({
    file: documents[document]!.file,
    kind: kindOf(documents[document]!.value),
    name: nameOf(documents[document]!.value),
  }));
  const invalid = findings.filter(({ severity }) => severity === "invalid");
  if (invalid.length > 0) {
    const faults = invalid.map(({ file, path, message }) => `${file}: ${path === "" ? "" : `${path}: `}${message}`);
    return { refusal: `Envoy would not take it:\n${faults.join("\n")}`, fix: "envoy --mode validate says the same" };
  }
  if (config.routes.length === 0 && Object.keys(config.services).length === 0) {
    const fix = "it reads static_resources with listeners and clusters, or RouteConfigurations and Clusters";
    return { refusal: "no static route table is in it that could be carried over", fix };
  }
  return sealed(config, findings);
}

function translate(documents: readonly SourceDocument[], options: ImportOptions, notes: Notes) {
  const roots = documents.map(
    ({ value }, document) => new SourceNode(value, { notes, document, path: [], fold: foldName }),
  );
  const parts = roots.map(partsOf);
  const clusters = new ClusterTable(
    parts.flatMap((part) => part.clusters),
    options,
  );
  const entrances = readListeners(parts.flatMap((part) => part.listeners));
  const tables = parts.flatMap((part) => part.tables);
  const names = new Set<string>();
  const limits = new LocalRateLimits();
  const listeners = distinct(entrances);
  const isOpen = listeners.length <= 1 && tables.length === 0 && !needsScheme(listeners);
  const routes: RouteDraft[] = [
    ...listeners.flatMap(({ name, isTls, table, filters }) =>
      readRouteTable(table, { clusters, filters, limits, listener: isOpen ? null : name, isTls, names }),
    ),
    ...tables.flatMap((table) =>
      readRouteTable(table, { clusters, filters: {}, limits, listener: null, isTls: true, names }),
    ),
  ];
  const services = clusters.configs();
  clusters.finish();
  for (const root of roots) root.finish();
  return {
    ...(!isOpen &&
      listeners.length > 0 && { listeners: listeners.map((entrance) => listenerConfig(entrance, listeners)) }),
    routing: { precedence: "order" },
    ...(Object.keys(limits.configs).length > 0 && { rateLimits: limits.configs }),
    services,
    routes,
  };
}

interface Parts {
  readonly listeners: readonly SourceNode[];
  readonly clusters: readonly SourceNode[];
  readonly tables: readonly SourceNode[];
}

function partsOf(root: SourceNode): Parts {
  root.ignore("@type", "version_info", "resources");
  if (root.has("virtual_hosts")) return { listeners: [], clusters: [], tables: [root] };
  if (root.has("filter_chains")) return { listeners: [root], clusters: [], tables: [] };
  if (root.has("load_assignment") || root.has("lb_policy") || root.has("connect_timeout")) {
    return { listeners: [], clusters: [root], tables: [] };
  }
  root.ignore(...PROXY);
  root.drop("dynamic_resources", "what is fetched at run time is not in the document");
  const inside = root.object("static_resources") ?? root;
  inside.drop("secrets", "certificates are the platform's");
  const table = inside.object("route_config");
  return {
    listeners: inside.objects("listeners"),
    clusters: inside.objects("clusters"),
    tables: [...(table === undefined ? [] : [table]), ...inside.objects("route_configs")],
  };
}

/** protobuf's JSON takes a name as it is declared and in camelCase. */
function foldName(name: string): string {
  // Names of filters and types are no fields.
  return /[.@/-]/.test(name) ? name : name.replaceAll("_", "").toLowerCase();
}

/** A place that two filter chains claim is the first one's. */
function distinct(entrances: readonly Entrance[]): readonly Entrance[] {
  const taken = new Set<string>();
  return entrances.filter((entrance) => {
    const place = `${entrance.hostname} ${entrance.port} ${entrance.isTls}`;
    if (!taken.has(place)) {
      taken.add(place);
      return true;
    }
    entrance.table.note("", `${entrance.hostname} on port ${entrance.port} is another filter chain's already`);
    entrance.table.pass();
    return false;
  });
}

/** Whether routes depend on the scheme, so that the only listener has to say its own. */
function needsScheme(entrances: readonly Entrance[]): boolean {
  return entrances.some(
    ({ hostname, table, isTls }) =>
      hostname !== "*" ||
      (!isTls && table.objects("virtual_hosts").some((host) => (host.text("require_tls") ?? "NONE") !== "NONE")),
  );
}

/** The port that a single listener binds is the proxy's own affair; of several it tells them apart. */
function listenerConfig({ name, hostname, port, isTls }: Entrance, all: readonly Entrance[]) {
  const ports = new Set(all.map((entrance) => entrance.port));
  return { name, hostname, ...(ports.size > 1 && port > 0 && { port }), protocol: isTls ? "HTTPS" : "HTTP" };
}

function kindOf(value: Readonly<Record<string, unknown>>): string {
  if ("virtual_hosts" in value || "virtualHosts" in value) return "RouteConfiguration";
  if ("filter_chains" in value || "filterChains" in value) return "Listener";
  return "load_assignment" in value || "loadAssignment" in value ? "Cluster" : "Bootstrap";
}

function nameOf(value: Readonly<Record<string, unknown>>): string {
  return typeof value.name === "string" ? value.name : "";
}
