/** A cluster's endpoints with their localities, priorities, weights and labels. */
import { MAX_ENDPOINTS } from "../../config/schema/endpoint.ts";
import { endpointUrl, isEndpointUrl, unreachable } from "../proxy/addresses.ts";
import type { Settings } from "../proxy/draft.ts";
import { endpointNames } from "../proxy/endpoint-names.ts";
import type { SourceNode } from "../proxy/source-node.ts";

export interface ClusterEndpoint {
  readonly url: string;
  readonly weight: number;
  readonly priority: number;
  readonly labels: Readonly<Record<string, string>>;
  readonly locality: { readonly region?: string; readonly zone?: string };
}

const LABEL = /^[A-Za-z0-9][A-Za-z0-9./_-]{0,62}$/;

export function readEndpoints(cluster: SourceNode): {
  readonly endpoints: readonly ClusterEndpoint[];
  readonly overprovisioning: number | undefined;
} {
  const scheme = readScheme(cluster);
  const assignment = cluster.object("load_assignment");
  assignment?.ignore("cluster_name");
  const policy = assignment?.object("policy");
  policy?.drop("drop_overloads", "requests are shed by limits, not by a share");
  const byLocality = cluster.object("common_lb_config")?.has("locality_weighted_lb_config") === true;
  const endpoints = (assignment?.objects("endpoints") ?? []).flatMap((group) => readGroup(group, scheme, byLocality));
  const far = endpoints.map(({ url }) => unreachable(new URL(url).hostname)).find((reason) => reason !== null);
  if (far !== undefined && far !== null) {
    cluster.note(
      "load_assignment",
      `${far}, which a Worker does not reach: give --endpoint '${cluster.text("name")}=URL'`,
      "changed",
    );
  }
  if (endpoints.length > MAX_ENDPOINTS)
    cluster.note("load_assignment", `the first ${MAX_ENDPOINTS} endpoints are kept`);
  return { endpoints: endpoints.slice(0, MAX_ENDPOINTS), overprovisioning: overprovisioningOf(policy) };
}

/** In percent, from 100 to 1000 in Heddle. */
function overprovisioningOf(policy: SourceNode | undefined): number | undefined {
  const factor = policy?.number("overprovisioning_factor");
  if (factor === undefined) return undefined;
  const kept = Math.min(1_000, Math.max(100, Math.trunc(factor)));
  if (kept !== factor) policy!.note("overprovisioning_factor", `becomes ${kept}: the range is 100 to 1000`, "changed");
  return kept;
}

function readGroup(group: SourceNode, scheme: "http" | "https", byLocality: boolean): readonly ClusterEndpoint[] {
  const locality = group.object("locality");
  const region = locality?.text("region") ?? "";
  const zone = locality?.text("zone") ?? "";
  locality?.drop("sub_zone", "places are known by region and zone");
  const priority = group.number("priority") ?? 0;
  const share = group.number("load_balancing_weight");
  const hosts = group.objects("lb_endpoints").flatMap((node) => readEndpoint(node, scheme));
  if (priority > 127) group.note("priority", "becomes 127, the last there is", "changed");
  const sum = hosts.reduce((total, { weight }) => total + weight, 0);
  // A locality's weight counts only where the cluster asks for it; it is then shared out among its endpoints.
  const scale = byLocality && share !== undefined && sum > 0 ? share / sum : 1;
  return hosts.map((host) => ({
    ...host,
    weight: host.weight * scale,
    priority: Math.min(127, priority),
    locality: { ...(region !== "" && { region }), ...(zone !== "" && { zone }) },
  }));
}

type Host = Pick<ClusterEndpoint, "url" | "weight" | "labels">;

function readEndpoint(node: SourceNode, scheme: "http" | "https"): readonly Host[] {
  const endpoint = node.object("endpoint");
  const address = endpoint?.object("address");
  const socket = address?.object("socket_address");
  const status = node.text("health_status") ?? "UNKNOWN";
  endpoint?.ignore("hostname");
  endpoint?.drop("health_check_config", "checks go to the endpoint's own address and port");
  endpoint?.drop("additional_addresses", "an endpoint has one address");
  socket?.ignore("protocol", "ipv4_compat", "resolver_name");
  const host = socket?.text("address") ?? "";
  const port = socket?.number("port_value");
  const labels = readLabels(node);
  const weight = node.number("load_balancing_weight") ?? 1;
  if (["UNHEALTHY", "DRAINING", "TIMEOUT"].includes(status)) {
    node.note("health_status", `${status}: the endpoint is left out`, "changed");
    return [];
  }
  if (status === "DEGRADED") node.note("health_status", "endpoints are available or not; this one is", "changed");
  if (host === "") {
    if (address === undefined) node.invalid("endpoint", "needs an address");
    else address.note("", "is not the address of a socket; the endpoint is left out");
    return [];
  }
  if (port === undefined) {
    socket!.note("named_port", "ports are numbers; the endpoint is left out");
    return [];
  }
  const url = endpointUrl(scheme, host, port);
  if (!isEndpointUrl(url)) {
    socket!.invalid("address", `${url.slice(0, 100)} is not an address`);
    return [];
  }
  return [{ url, weight, labels }];
}

/** What Envoy chooses subsets by. */
function readLabels(node: SourceNode): Readonly<Record<string, string>> {
  const metadata = node.object("metadata");
  const own = metadata?.object("filter_metadata")?.object("envoy.lb");
  const labels = Object.fromEntries((own?.names() ?? []).map((name) => [name, String(own!.raw(name))]));
  metadata?.pass();
  return labels;
}

/** Whether endpoints are called by https. What else is asked of TLS is listed. */
function readScheme(cluster: SourceNode): "http" | "https" {
  const socket = cluster.object("transport_socket");
  const config = socket?.object("typed_config");
  const type = `${socket?.text("name") ?? ""} ${config?.text("@type") ?? ""}`;
  if (socket === undefined || /raw_buffer/i.test(type)) return "http";
  if (!/transport_sockets\.(tls|quic)/.test(type) && !/UpstreamTlsContext/.test(type)) {
    socket.note("name", `${socket.text("name") ?? "this transport"} is not carried over: endpoints are called by http`);
    config?.pass();
    return "http";
  }
  const platform = "TLS to the endpoint is the platform's: the name in the URL is sent and checked";
  config?.drop("sni", platform);
  config?.ignore("allow_renegotiation", "max_session_keys");
  const common = config?.object("common_tls_context");
  for (const name of common?.names() ?? []) {
    if (name === "alpn_protocols" || name === "alpnProtocols" || name === "tls_params") common!.ignore(name);
    else common!.drop(name, platform);
  }
  return "https";
}

export function endpointConfigs(endpoints: readonly ClusterEndpoint[]): readonly Settings[] {
  const names = endpointNames(endpoints.map(({ url }) => url));
  return endpoints.map(({ url, weight, priority, labels, locality }, index) => {
    const known = Object.entries(labels).filter(([name, value]) => LABEL.test(name) && value.length <= 256);
    return {
      id: names[index],
      url,
      ...(weight !== 1 && { weight: Math.min(1_000_000, weight) }),
      ...(priority > 0 && { priority }),
      ...(known.length > 0 && { labels: Object.fromEntries(known) }),
      ...(Object.keys(locality).length > 0 && { locality }),
    };
  });
}
