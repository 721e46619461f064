/** Static listeners: where their HTTP connection managers take requests, and by which route table. */
import { freeName } from "../proxy/endpoint-names.ts";
import type { SourceNode } from "../proxy/source-node.ts";
import { type OwnFilters, readHttpFilters } from "./filter-configs.ts";

export interface Entrance {
  readonly name: string;
  readonly hostname: string;
  readonly port: number;
  readonly isTls: boolean;
  readonly table: SourceNode;
  readonly filters: OwnFilters;
}

const MANAGER = /http_connection_manager/i;

/** Of a connection manager what changes nothing that a request or its answer shows. */
const UNSEEN = [
  "@type",
  "stat_prefix",
  "codec_type",
  "access_log",
  "access_log_options",
  "tracing",
  "generate_request_id",
  "always_set_request_id_in_response",
  "preserve_external_request_id",
  "request_id_extension",
  "http_protocol_options",
  "http2_protocol_options",
  "http3_protocol_options",
  "common_http_protocol_options",
  "add_user_agent",
  "drain_timeout",
  "delayed_close_timeout",
  "stream_idle_timeout",
  "upgrade_configs",
];

export function readListeners(listeners: readonly SourceNode[]): Entrance[] {
  const names = new Set<string>();
  return listeners.flatMap((listener, index): Entrance[] => {
    const name = listener.text("name") ?? `listener-${index}`;
    const socket = listener.object("address")?.object("socket_address");
    const port = socket?.number("port_value") ?? 0;
    socket?.ignore("address", "protocol");
    listener.ignore(
      "traffic_direction",
      "listener_filters",
      "per_connection_buffer_limit_bytes",
      "access_log",
      "stat_prefix",
    );
    const chains = [...listener.objects("filter_chains"), ...optional(listener.object("default_filter_chain"))];
    return chains.flatMap((chain) => readChain(chain, name, port, names));
  });
}

function optional(node: SourceNode | undefined): readonly SourceNode[] {
  return node === undefined ? [] : [node];
}

function readChain(chain: SourceNode, listener: string, port: number, names: Set<string>): Entrance[] {
  chain.ignore("name");
  const match = chain.object("filter_chain_match");
  const servers = match?.texts("server_names") ?? [];
  match?.ignore("transport_protocol", "application_protocols");
  const tls = chain.object("transport_socket");
  if (tls !== undefined) readTls(tls);
  return chain.objects("filters").flatMap((filter): Entrance[] => {
    const config = filter.object("typed_config");
    const name = filter.text("name") ?? "";
    if (
      config === undefined ||
      !MANAGER.test(`${name} ${config.text("@type") ?? ""}`.replace("HttpConnectionManager", "http_connection_manager"))
    ) {
      filter.note("", `${name} is not an HTTP connection manager`);
      config?.pass();
      return [];
    }
    const table = readManager(config);
    if (table === undefined) return [];
    const filters = readHttpFilters(config);
    return (servers.length === 0 ? ["*"] : servers).map((hostname) => {
      const free = freeName(servers.length === 0 ? listener : `${listener}-${hostname}`, names);
      names.add(free);
      return { name: free, hostname: hostname.toLowerCase(), port, isTls: tls !== undefined, table, filters };
    });
  });
}

function readManager(config: SourceNode): SourceNode | undefined {
  config.ignore(...UNSEEN);
  config.drop("rds", "route tables that are fetched at run time are not in the document");
  config.drop("scoped_routes", "route tables that are fetched at run time are not in the document");
  config.drop("request_timeout", "how long a request may take to arrive is the platform's");
  return config.object("route_config");
}

function readTls(tls: SourceNode): void {
  const config = tls.object("typed_config");
  if (config?.flag("require_client_certificate") === true) {
    config.note(
      "require_client_certificate",
      "client certificates are not asked for: set up mTLS at the platform, or callers without one get in",
      "security",
    );
  }
  // Certificates and versions are the platform's.
  config?.pass();
  tls.ignore("name");
}
