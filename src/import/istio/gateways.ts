/** Istio Gateways as listeners, with the hosts that each server of a gateway takes. */

import { freeName } from "../proxy/endpoint-names.ts";
import type { SourceNode } from "../proxy/source-node.ts";
import { hostFault } from "./hosts.ts";
import type { Resource } from "./resources.ts";

export interface ServerHost {
  /** Whose VirtualServices may use the host: a namespace, "*" for all. */
  readonly namespace: string;
  readonly host: string;
}

export interface Server {
  /** `namespace/name`, or "mesh". */
  readonly gateway: string;
  readonly namespace: string;
  readonly hosts: readonly ServerHost[];
  readonly httpsRedirect: boolean;
}

export interface ListenerPlan {
  readonly name: string;
  readonly hostname: string;
  /** Null: any. */
  readonly port: number | null;
  readonly protocol: "HTTP" | "HTTPS" | null;
  readonly servers: readonly Server[];
}

interface ReadServer extends Server {
  readonly port: number;
  readonly protocol: "HTTP" | "HTTPS";
}

const PROTOCOLS: Readonly<Record<string, "HTTP" | "HTTPS">> = {
  HTTP: "HTTP",
  HTTP2: "HTTP",
  GRPC: "HTTP",
  HTTPS: "HTTPS",
};

/**
 * Servers of one HTTP port are one listener, whatever their hosts, since Istio merges their routes. Those of HTTPS are
 * one for each host: there the server name of TLS decides whose routes are seen, which is what Heddle's listeners do.
 */
export function readGateways(gateways: readonly Resource[]): ListenerPlan[] {
  const servers = gateways.flatMap(readGateway);
  const plans: ListenerPlan[] = [];
  const names = new Set<string>();
  const add = (name: string, plan: Omit<ListenerPlan, "name">) => {
    const free = freeName(name, names);
    names.add(free);
    plans.push({ name: free, ...plan });
  };
  for (const port of new Set(servers.filter(({ protocol }) => protocol === "HTTP").map((server) => server.port))) {
    const own = servers.filter((server) => server.protocol === "HTTP" && server.port === port);
    add(`http-${port}`, { hostname: "*", port, protocol: "HTTP", servers: own });
  }
  const byPlace = new Map<string, { readonly host: string; readonly port: number; readonly servers: Server[] }>();
  for (const server of servers.filter(({ protocol }) => protocol === "HTTPS")) {
    for (const { host } of server.hosts) {
      const place = `${server.port} ${host}`;
      const before = byPlace.get(place) ?? { host, port: server.port, servers: [] };
      before.servers.push({ ...server, hosts: server.hosts.filter((other) => other.host === host) });
      byPlace.set(place, before);
    }
  }
  for (const { host, port, servers: own } of byPlace.values()) {
    add(host === "*" ? `https-${port}` : `https-${port}-${host.replace("*.", "any.")}`, {
      hostname: host,
      port,
      protocol: "HTTPS",
      servers: own,
    });
  }
  return plans;
}

function readGateway({ spec, name, namespace }: Resource): ReadServer[] {
  // Which proxies it configures: here that is always the edge.
  spec.ignore("selector");
  return spec.objects("servers").flatMap((node): ReadServer[] => {
    const port = node.object("port");
    const number = port?.number("number");
    const protocol = (port?.text("protocol") ?? "").toUpperCase();
    port?.ignore("name", "targetPort");
    node.ignore("name");
    node.drop("bind", "the edge has no addresses to bind to");
    node.drop("defaultEndpoint", "the edge has no local endpoint");
    const tls = node.object("tls");
    const redirect = tls?.flag("httpsRedirect") === true;
    const carried = Object.hasOwn(PROTOCOLS, protocol) ? PROTOCOLS[protocol] : undefined;
    const hosts = readHosts(node, namespace);
    if (number === undefined || port === undefined) {
      node.invalid("port", "needs a number", ["port", "number"]);
      return [];
    }
    if (carried === undefined) {
      port.note("protocol", `${protocol} is not HTTP: the server is left out`);
      tls?.pass();
      return [];
    }
    return readTls(tls, carried) && hosts.length > 0
      ? [
          {
            gateway: `${namespace}/${name}`,
            namespace,
            port: number,
            protocol: carried,
            hosts,
            httpsRedirect: redirect,
          },
        ]
      : [];
  });
}

function readHosts(node: SourceNode, namespace: string): readonly ServerHost[] {
  const hosts = node.texts("hosts");
  if (hosts.length === 0) node.invalid("hosts", "is required");
  return hosts.flatMap((text) => {
    const [owner, host] = text.includes("/") ? (text.split("/", 2) as [string, string]) : ["*", text];
    const fault = hostFault(host.toLowerCase());
    if (fault !== null) {
      node.note("hosts", fault);
      return [];
    }
    return [{ namespace: owner === "." ? namespace : owner, host: host.toLowerCase() }];
  });
}

/** The platform has certificates of its own. */
const CERTIFICATES = ["credentialName", "credentialNames", "tlsCertificates", "serverCertificate", "privateKey"];

/** Whether the server can be one of the edge. */
function readTls(tls: SourceNode | undefined, protocol: "HTTP" | "HTTPS"): boolean {
  if (tls === undefined) return true;
  const mode = tls.text("mode") ?? "PASSTHROUGH";
  tls.ignore("httpsRedirect", ...CERTIFICATES);
  for (const name of tls.names()) {
    if (name !== "mode" && name !== "httpsRedirect" && !CERTIFICATES.includes(name)) {
      tls.drop(name, "TLS versions, ciphers and client certificates are the platform's");
    }
  }
  if (protocol === "HTTP") return true;
  if (mode === "PASSTHROUGH" || mode === "AUTO_PASSTHROUGH") {
    tls.note("mode", "TLS ends at the edge: what passes through undecrypted cannot be routed; the server is left out");
    return false;
  }
  if (mode === "MUTUAL" || mode === "OPTIONAL_MUTUAL" || mode === "ISTIO_MUTUAL") {
    tls.note(
      "mode",
      "client certificates are not asked for: set up mTLS at the platform, or callers without one get in",
      "security",
    );
  }
  return true;
}

/** Where requests of the mesh's own workloads come in. */
export const MESH: ListenerPlan = {
  name: "mesh",
  hostname: "*",
  port: null,
  protocol: null,
  servers: [{ gateway: "mesh", namespace: "", hosts: [{ namespace: "*", host: "*" }], httpsRedirect: false }],
};
