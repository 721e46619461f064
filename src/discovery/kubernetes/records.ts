/**
 * What is kept of a Service and of an EndpointSlice: what endpoints are made of, and no more. Read from the API's JSON,
 * field by field; a field of another type counts as absent, an object without a name is none.
 *
 * Source: Kubernetes API reference, Service v1 (core) and EndpointSlice v1 (discovery.k8s.io).
 */

export interface ServiceRecord {
  readonly namespace: string;
  readonly name: string;
  readonly labels: Readonly<Record<string, string>>;
  readonly ports: readonly ServicePort[];
  readonly externalIPs: readonly string[];
  /** Host names and addresses of status.loadBalancer. */
  readonly ingress: readonly string[];
}

export interface ServicePort {
  readonly name: string;
  readonly port: number;
  /** 0: none. */
  readonly nodePort: number;
}

export interface SliceRecord {
  readonly namespace: string;
  readonly name: string;
  /** The Service it belongs to: label kubernetes.io/service-name. */
  readonly service: string;
  readonly ports: readonly { readonly name: string; readonly port: number }[];
  readonly endpoints: readonly SliceEndpoint[];
}

export interface SliceEndpoint {
  /** The first of `addresses`: they are fungible, and all of one pod are one endpoint. */
  readonly address: string;
  /** Meant to take traffic. Already false for a pod on its way out, and true for all of a Service that publishes such. */
  readonly ready: boolean;
  /** Still answers, though it may be on its way out. */
  readonly serving: boolean;
  readonly terminating: boolean;
  /** "": unknown. */
  readonly node: string;
  readonly zone: string;
  readonly pod: string;
  /** Zones whose traffic it is meant for; empty: no hint. */
  readonly forZones: readonly string[];
}

/** Label of a slice that names its Service. */
const SERVICE_NAME_LABEL = "kubernetes.io/service-name";
/** An EndpointSlice holds at most so many (the API server sees to that). */
const MAX_ENDPOINTS = 1_000;
const MAX_PORTS = 100;
const MAX_ADDRESSES = 100;

/** Null for what is no Service with a name. Never throws. */
export function readService(value: unknown): ServiceRecord | null {
  const meta = readMeta(value);
  if (meta === null) return null;
  const { spec, status } = value as { spec?: unknown; status?: unknown };
  const loadBalancer = fieldOf(status, "loadBalancer");
  return {
    ...meta,
    ports: itemsOf(fieldOf(spec, "ports"), MAX_PORTS)
      .filter((port) => isTcp(port) && isPort(fieldOf(port, "port")))
      .map((port) => ({
        name: textOf(fieldOf(port, "name")),
        port: fieldOf(port, "port") as number,
        nodePort: isPort(fieldOf(port, "nodePort")) ? (fieldOf(port, "nodePort") as number) : 0,
      })),
    externalIPs: itemsOf(fieldOf(spec, "externalIPs"), MAX_ADDRESSES).filter((ip) => textOf(ip) !== "") as string[],
    ingress: itemsOf(fieldOf(loadBalancer, "ingress"), MAX_ADDRESSES)
      .map((one) => textOf(fieldOf(one, "hostname")) || textOf(fieldOf(one, "ip")))
      .filter((host) => host !== ""),
  };
}

/** Null for what is no slice of a Service. Slices of host names (FQDN) have no endpoints for us. Never throws. */
export function readSlice(value: unknown): SliceRecord | null {
  const meta = readMeta(value);
  const service = meta?.labels[SERVICE_NAME_LABEL];
  if (meta === null || service === undefined) return null;
  const { addressType, ports, endpoints } = value as { addressType?: unknown; ports?: unknown; endpoints?: unknown };
  return {
    namespace: meta.namespace,
    name: meta.name,
    service,
    ports: itemsOf(ports, MAX_PORTS)
      .filter((port) => isTcp(port) && isPort(fieldOf(port, "port")))
      .map((port) => ({ name: textOf(fieldOf(port, "name")), port: fieldOf(port, "port") as number })),
    endpoints: addressType === "FQDN" ? [] : itemsOf(endpoints, MAX_ENDPOINTS).flatMap(readEndpoint),
  };
}

/** Conditions that are absent mean: ready unless told otherwise, serving as long as ready, not terminating. */
function readEndpoint(value: unknown): SliceEndpoint[] {
  const [address] = itemsOf(fieldOf(value, "addresses"), MAX_ADDRESSES);
  if (typeof address !== "string" || address === "") return [];
  const conditions = fieldOf(value, "conditions");
  const ready = fieldOf(conditions, "ready") !== false;
  const serving = fieldOf(conditions, "serving");
  const target = fieldOf(value, "targetRef");
  return [
    {
      address,
      ready,
      serving: typeof serving === "boolean" ? serving : ready,
      terminating: fieldOf(conditions, "terminating") === true,
      node: textOf(fieldOf(value, "nodeName")),
      zone: textOf(fieldOf(value, "zone")),
      pod: fieldOf(target, "kind") === "Pod" ? textOf(fieldOf(target, "name")) : "",
      forZones: itemsOf(fieldOf(fieldOf(value, "hints"), "forZones"), MAX_ADDRESSES)
        .map((zone) => textOf(fieldOf(zone, "name")))
        .filter((zone) => zone !== ""),
    },
  ];
}

function readMeta(value: unknown): Pick<ServiceRecord, "namespace" | "name" | "labels"> | null {
  const metadata = fieldOf(value, "metadata");
  const [namespace, name] = [textOf(fieldOf(metadata, "namespace")), textOf(fieldOf(metadata, "name"))];
  if (namespace === "" || name === "") return null;
  const labels = fieldOf(metadata, "labels");
  const pairs = typeof labels === "object" && labels !== null ? Object.entries(labels) : [];
  return { namespace, name, labels: Object.fromEntries(pairs.filter(([, text]) => typeof text === "string")) };
}

/** What an object is kept under: "namespace/name"; null for what has no name. Never throws. */
export function readKey(value: unknown): string | null {
  const meta = readMeta(value);
  return meta === null ? null : keyOf(meta);
}

export function keyOf({ namespace, name }: { readonly namespace: string; readonly name: string }): string {
  return `${namespace}/${name}`;
}

/** HTTP over UDP is none of ours; an absent protocol is TCP. */
function isTcp(port: unknown): boolean {
  const protocol = fieldOf(port, "protocol");
  return protocol === undefined || protocol === "TCP";
}

function isPort(value: unknown): boolean {
  return typeof value === "number" && Number.isInteger(value) && value > 0 && value < 65_536;
}

function fieldOf(value: unknown, key: string): unknown {
  return typeof value === "object" && value !== null ? (value as Record<string, unknown>)[key] : undefined;
}

function itemsOf(value: unknown, most: number): readonly unknown[] {
  return Array.isArray(value) ? value.slice(0, most) : [];
}

function textOf(value: unknown): string {
  return typeof value === "string" && value.length <= 253 ? value : "";
}
