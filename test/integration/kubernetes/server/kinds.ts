/** The kinds that the server knows: their defaults, what is refused, and what kubectl prints of them. */
import { type ApiObject, invalid } from "./objects.ts";

export interface Kind {
  readonly kind: string;
  /** "": core. */
  readonly group: string;
  readonly version: string;
  readonly resource: string;
  readonly singular: string;
  readonly shortNames: readonly string[];
  readonly isNamespaced: boolean;
  /** Fills in what the server decides; throws what it refuses. */
  readonly admit: (object: ApiObject, before: ApiObject | null) => ApiObject;
  readonly columns: readonly { readonly name: string; readonly of: (object: ApiObject) => string }[];
}

interface Port {
  name?: string;
  protocol?: string;
  port?: number;
  targetPort?: unknown;
  nodePort?: number;
}

const age = (object: ApiObject) => {
  const seconds = Math.max(0, Math.round((Date.now() - Date.parse(object.metadata.creationTimestamp)) / 1_000));
  return `${seconds}s`;
};
const NAME = { name: "Name", of: ({ metadata }: ApiObject) => metadata.name };
const AGE = { name: "Age", of: age };

let addresses = 0;
let nodePorts = 0;

const service: Kind = {
  kind: "Service",
  group: "",
  version: "v1",
  resource: "services",
  singular: "service",
  shortNames: ["svc"],
  isNamespaced: true,
  admit: (object, before) => {
    const { name } = object.metadata;
    const spec = { ...(object.spec as Record<string, unknown> | undefined) };
    const was = before?.spec as Record<string, unknown> | undefined;
    spec.type ??= "ClusterIP";
    if (!["ClusterIP", "NodePort", "LoadBalancer", "ExternalName"].includes(spec.type as string)) {
      throw invalid("Service", name, "spec.type", `Unsupported value: "${spec.type}"`);
    }
    if (spec.type !== "ExternalName") spec.clusterIP ??= was?.clusterIP ?? `10.96.0.${(++addresses % 250) + 1}`;
    if (was !== undefined && was.clusterIP !== spec.clusterIP && was.type === spec.type) {
      throw invalid("Service", name, "spec.clusterIP", "field is immutable");
    }
    const ports = (spec.ports ?? []) as Port[];
    if (ports.length === 0 && spec.clusterIP !== "None" && spec.type !== "ExternalName") {
      throw invalid("Service", name, "spec.ports", "Required value");
    }
    spec.ports = ports.map((port, index) => {
      if (!Number.isInteger(port.port) || port.port! < 1 || port.port! > 65_535) {
        throw invalid("Service", name, `spec.ports[${index}].port`, "must be between 1 and 65535, inclusive");
      }
      if (ports.length > 1 && !port.name) throw invalid("Service", name, `spec.ports[${index}].name`, "Required value");
      const isOutside = spec.type === "NodePort" || spec.type === "LoadBalancer";
      const former = (was?.ports as Port[] | undefined)?.find((other) => other.port === port.port);
      const nodePort = port.nodePort ?? former?.nodePort ?? 30_000 + (++nodePorts % 2_768);
      return { protocol: "TCP", targetPort: port.port, ...port, ...(isOutside && { nodePort }) };
    });
    spec.sessionAffinity ??= "None";
    return { ...object, spec, status: object.status ?? before?.status ?? { loadBalancer: {} } };
  },
  columns: [
    NAME,
    { name: "Type", of: ({ spec }) => (spec as { type: string }).type },
    { name: "Cluster-IP", of: ({ spec }) => (spec as { clusterIP?: string }).clusterIP ?? "<none>" },
    {
      name: "External-IP",
      of: ({ spec, status }) => {
        const ingress = (status as { loadBalancer?: { ingress?: { hostname?: string; ip?: string }[] } }).loadBalancer
          ?.ingress;
        const all = [
          ...(ingress ?? []).map(({ hostname, ip }) => hostname ?? ip ?? ""),
          ...((spec as { externalIPs?: string[] }).externalIPs ?? []),
        ];
        return all.length > 0 ? all.join(",") : "<none>";
      },
    },
    {
      name: "Port(s)",
      of: ({ spec }) =>
        (spec as { ports: Port[] }).ports
          .map(({ port, nodePort, protocol }) => `${port}${nodePort ? `:${nodePort}` : ""}/${protocol}`)
          .join(",") || "<none>",
    },
    AGE,
  ],
};

interface Slice {
  addressType?: string;
  ports?: { name?: string; port?: number; protocol?: string }[];
  endpoints?: { addresses?: string[] }[];
}

const endpointSlice: Kind = {
  kind: "EndpointSlice",
  group: "discovery.k8s.io",
  version: "v1",
  resource: "endpointslices",
  singular: "endpointslice",
  shortNames: [],
  isNamespaced: true,
  admit: (object, before) => {
    const { name } = object.metadata;
    const slice = object as ApiObject & Slice;
    if (!["IPv4", "IPv6", "FQDN"].includes(slice.addressType ?? "")) {
      throw invalid("EndpointSlice", name, "addressType", `Unsupported value: "${slice.addressType ?? ""}"`);
    }
    if (before !== null && before.addressType !== slice.addressType) {
      throw invalid("EndpointSlice", name, "addressType", "field is immutable");
    }
    if ((slice.endpoints?.length ?? 0) > 1_000) {
      throw invalid("EndpointSlice", name, "endpoints", "must have at most 1000 items");
    }
    for (const [index, { addresses: own = [] }] of (slice.endpoints ?? []).entries()) {
      if (own.length === 0) throw invalid("EndpointSlice", name, `endpoints[${index}].addresses`, "Required value");
    }
    const ports = (slice.ports ?? []).map((port) => ({ name: "", protocol: "TCP", ...port }));
    return { ...object, endpoints: slice.endpoints ?? [], ports };
  },
  columns: [
    NAME,
    { name: "AddressType", of: (object) => (object as ApiObject & Slice).addressType ?? "" },
    {
      name: "Ports",
      of: (object) => ((object as ApiObject & Slice).ports ?? []).map(({ port }) => port).join(",") || "<unset>",
    },
    {
      name: "Endpoints",
      of: (object) => {
        const all = ((object as ApiObject & Slice).endpoints ?? []).map(({ addresses: own }) => own?.[0] ?? "");
        return all.length > 3 ? `${all.slice(0, 3).join(",")} + ${all.length - 3} more...` : all.join(",") || "<unset>";
      },
    },
    AGE,
  ],
};

const namespace: Kind = {
  kind: "Namespace",
  group: "",
  version: "v1",
  resource: "namespaces",
  singular: "namespace",
  shortNames: ["ns"],
  isNamespaced: false,
  admit: (object) => ({ ...object, spec: { finalizers: ["kubernetes"] }, status: { phase: "Active" } }),
  columns: [NAME, { name: "Status", of: ({ status }) => (status as { phase: string }).phase }, AGE],
};

export const KINDS: readonly Kind[] = [service, endpointSlice, namespace];

/** "v1", or "discovery.k8s.io/v1". */
export const groupVersion = ({ group, version }: Kind) => (group === "" ? version : `${group}/${version}`);
