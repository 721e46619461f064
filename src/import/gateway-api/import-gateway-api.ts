/** Gateway API resources → mesh config. One Gateway makes one mesh. */
import type { ImportOptions } from "../options.ts";
import { withPlaintextSaid } from "../plaintext.ts";
import type { Finding, ImportRefusal, ImportResult, ObjectStatus } from "../report.ts";
import type { SourceDocument } from "../source-document.ts";
import { attachments } from "./attach.ts";
import { Backends } from "./backends.ts";
import { byAge, type Cluster, findingOf, nameOf, type Resource } from "./cluster.ts";
import { no, yes } from "./conditions.ts";
import { gatewayListeners, type Listeners } from "./listeners.ts";
import { readCluster } from "./read-cluster.ts";
import type { Gateway } from "./resources/gateway.ts";
import { separateKinds } from "./route-conflicts.ts";
import { convertRoute, type RouteConfig } from "./routes.ts";
import { importServiceRoutes } from "./service-routes.ts";
import { tlsPolicyReport } from "./tls-policies.ts";
import { trafficPolicyFindings } from "./traffic-policies.ts";

/** Pure and deterministic: the order of the documents counts only where two of them name the same resource. Never throws. */
export function importGatewayApi(
  documents: readonly SourceDocument[],
  options: ImportOptions,
): ImportResult | ImportRefusal {
  const { cluster, findings } = readCluster(documents);
  if (options.services === true) return importMeshOfServices(cluster, findings, options);
  const gateway = chooseGateway(cluster, options.gateway, findings);
  if ("refusal" in gateway) return gateway;
  const listeners = gatewayListeners(gateway, cluster);
  const backends = new Backends(cluster, options);
  const routes = importRoutes(gateway, listeners, backends, cluster);
  const tls = tlsPolicyReport(cluster);
  return withPlaintextSaid({
    config: {
      listeners: listeners.all
        .filter(({ isProgrammed }) => isProgrammed)
        .map(({ id, spec }) => ({
          name: id,
          ...(spec.hostname !== undefined && { hostname: spec.hostname }),
          port: spec.port,
          protocol: spec.protocol,
        })),
      services: Object.fromEntries([...backends.services].sort(([a], [b]) => (a < b ? -1 : 1))),
      routes: routes.configs,
    },
    findings: [
      ...findings,
      ...gatewayFindings(gateway, cluster),
      ...listeners.findings,
      ...routes.findings,
      ...backends.findings,
      ...tls.findings,
      ...trafficPolicyFindings(cluster),
    ],
    statuses: [
      ...gatewayStatuses(gateway, listeners, routes.attachedTo),
      ...listeners.statuses,
      ...routes.statuses,
      ...tls.statuses,
    ],
  });
}

function importMeshOfServices(cluster: Cluster, findings: readonly Finding[], options: ImportOptions): ImportResult {
  const result = importServiceRoutes(cluster, options);
  const tls = tlsPolicyReport(cluster);
  return withPlaintextSaid({
    ...result,
    findings: [...findings, ...result.findings, ...tls.findings, ...trafficPolicyFindings(cluster)],
    statuses: [...(result.statuses ?? []), ...tls.statuses],
  });
}

function chooseGateway(
  { gateways }: Cluster,
  name: string | null,
  findings: readonly Finding[],
): Resource<Gateway> | ImportRefusal {
  const names = [...gateways.keys()].sort();
  const chosen = gateways.get(name ?? (names.length === 1 ? names[0]! : ""));
  if (chosen !== undefined) return chosen;
  if (names.length === 0) {
    const invalid = findings.find(({ kind, severity }) => kind === "Gateway" && severity === "invalid");
    const why = invalid === undefined ? "" : `: Gateway ${invalid.name} ${invalid.path}: ${invalid.message}`;
    return { refusal: `there is no Gateway among the documents${why}`, fix: "" };
  }
  const refusal =
    name === null
      ? `there are ${names.length} Gateways, and one makes a mesh: ${names.join(", ")}`
      : `there is no Gateway ${name}: ${names.join(", ")}`;
  return { refusal, fix: `name it with --gateway ${names[0]}` };
}

function importRoutes(gateway: Resource<Gateway>, listeners: Listeners, backends: Backends, cluster: Cluster) {
  const candidates = [...cluster.httpRoutes.values(), ...cluster.grpcRoutes.values()]
    .sort((a, b) => byAge(a, b) || (a.kind < b.kind ? 1 : -1))
    .map((route) => ({ route, attached: attachments(route, gateway, listeners, cluster) }))
    .filter(({ attached }) => attached.length > 0);
  const configs: RouteConfig[] = [];
  const findings: Finding[] = [];
  const statuses: ObjectStatus[] = [];
  const attachedTo = new Map<string, number>();
  for (const { route, attached, ousted } of separateKinds(candidates)) {
    const isNamesake = route.kind === "GRPCRoute" && cluster.httpRoutes.has(nameOf(route));
    const converted = convertRoute(
      route,
      isNamesake ? `${nameOf(route)}/grpc` : nameOf(route),
      attached,
      backends,
      cluster,
    );
    if (converted.config !== null) configs.push(converted.config);
    findings.push(...converted.findings);
    statuses.push(...converted.statuses);
    for (const { index, parent } of ousted) {
      const condition = no("Accepted", "Conflicted");
      const message = `an older ${route.kind === "GRPCRoute" ? "HTTPRoute" : "GRPCRoute"} has its host at ${parent}`;
      findings.push(
        findingOf(route, {
          path: `spec.parentRefs[${index}]`,
          severity: "dropped",
          reason: "Conflicted",
          message,
          condition,
        }),
      );
      statuses.push({ kind: route.kind, name: nameOf(route), part: parent, conditions: [condition] });
    }
    for (const id of new Set(attached.flatMap((attachment) => attachment.listeners.map((listener) => listener.id)))) {
      attachedTo.set(id, (attachedTo.get(id) ?? 0) + 1);
    }
    if (route.kind === "GRPCRoute" && converted.config !== null) {
      const message =
        "calls are routed, but a Worker passes no trailers on, in which gRPC has its status; gRPC-Web works";
      findings.push(findingOf(route, { severity: "changed", reason: "NoTrailers", message }));
    }
  }
  return { configs, findings, statuses, attachedTo };
}

/** Fields of a Gateway that Cloudflare has its own place for. */
const ELSEWHERE: Readonly<Record<string, string>> = {
  addresses: "an edge Worker is reached by the hosts and routes that wrangler.toml gives it",
  infrastructure: "there are no objects of infrastructure to label",
  tls: "certificates of callers and towards backends are settings of the zone (mTLS)",
  defaultScope: "routes attach to what they name",
};

function gatewayFindings(gateway: Resource<Gateway>, { gatewayClasses }: Cluster): Finding[] {
  const findings = Object.entries(ELSEWHERE)
    .filter(([field]) => gateway.object.spec[field] !== undefined)
    .map(([field, message]) =>
      findingOf(gateway, { path: `spec.${field}`, severity: "dropped", reason: "UnsupportedField", message }),
    );
  const gatewayClass = gatewayClasses.get(gateway.object.spec.gatewayClassName);
  if (gatewayClass?.object.spec.parametersRef !== undefined) {
    const message = "parameters of another implementation";
    findings.push(
      findingOf(gatewayClass, {
        path: "spec.parametersRef",
        severity: "dropped",
        reason: "InvalidParameters",
        message,
      }),
    );
  }
  return findings;
}

function gatewayStatuses(
  gateway: Resource<Gateway>,
  { all, sets }: Listeners,
  attachedTo: ReadonlyMap<string, number>,
): ObjectStatus[] {
  const own = all.filter(({ owner }) => owner === gateway);
  const isAccepted = own.length === 0 || all.some((listener) => listener.isAccepted);
  const isProgrammed = all.some((listener) => listener.isProgrammed);
  return [
    {
      kind: gateway.kind,
      name: nameOf(gateway),
      part: "",
      conditions: [
        isAccepted ? yes("Accepted") : no("Accepted", "ListenersNotValid"),
        isProgrammed ? yes("Programmed") : no("Programmed", "Invalid"),
      ],
      attachedListenerSets: [...sets.values()].filter((set) => set.isAccepted).length,
    },
    ...all.map(({ id, owner, spec, kinds, conditions }) => ({
      kind: owner.kind,
      name: nameOf(owner),
      part: spec.name,
      conditions,
      supportedKinds: kinds,
      attachedRoutes: attachedTo.get(id) ?? 0,
    })),
  ];
}
