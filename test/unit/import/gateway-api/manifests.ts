/** Short ways to write resources, and one to import them. */
import { importGatewayApi } from "../../../../src/import/gateway-api/import-gateway-api.ts";
import { type EndpointMapping, parseEndpointMapping } from "../../../../src/import/options.ts";
import type { ImportResult, ObjectStatus } from "../../../../src/import/report.ts";

export type Manifest = Record<string, unknown>;

const GATEWAY_API = "gateway.networking.k8s.io/v1";

export interface Metadata {
  readonly namespace?: string;
  readonly createdAt?: string;
  readonly labels?: Readonly<Record<string, string>>;
}

function object(
  apiVersion: string,
  kind: string,
  name: string,
  spec: unknown,
  { namespace, createdAt, labels }: Metadata = {},
): Manifest {
  const metadata = {
    name,
    namespace: namespace ?? "shop",
    ...(createdAt !== undefined && { creationTimestamp: createdAt }),
    ...(labels !== undefined && { labels }),
  };
  return { apiVersion, kind, metadata, spec };
}

export const http = { name: "http", port: 80, protocol: "HTTP" };

export function gateway(listeners: readonly unknown[] = [http], more: object = {}): Manifest {
  return object(GATEWAY_API, "Gateway", "edge", { gatewayClassName: "any", listeners, ...more });
}

export function listenerSet(name: string, listeners: readonly unknown[], metadata?: Metadata): Manifest {
  const spec = { parentRef: { name: "edge", namespace: "shop" }, listeners };
  return object(GATEWAY_API, "ListenerSet", name, spec, metadata);
}

/** - `spec`: parentRefs default to the Gateway. */
export function route(name: string, spec: object, metadata?: Metadata): Manifest {
  return object(
    GATEWAY_API,
    "HTTPRoute",
    name,
    { parentRefs: [{ name: "edge", namespace: "shop" }], ...spec },
    metadata,
  );
}

export function grpcRoute(name: string, spec: object, metadata?: Metadata): Manifest {
  return object(
    GATEWAY_API,
    "GRPCRoute",
    name,
    { parentRefs: [{ name: "edge", namespace: "shop" }], ...spec },
    metadata,
  );
}

export function service(name: string, port: object = {}, metadata?: Metadata): Manifest {
  return object("v1", "Service", name, { ports: [{ port: 80, ...port }] }, metadata);
}

export function grant(from: object, to: object, namespace: string): Manifest {
  const spec = {
    from: [{ group: "gateway.networking.k8s.io", kind: "HTTPRoute", namespace: "shop", ...from }],
    to: [{ group: "", kind: "Service", ...to }],
  };
  return object("gateway.networking.k8s.io/v1beta1", "ReferenceGrant", "grant", spec, { namespace });
}

export function tlsPolicy(name: string, validation: object, metadata?: Metadata): Manifest {
  const spec = {
    targetRefs: [{ group: "", kind: "Service", name: "cart" }],
    validation: { hostname: "cart.example.com", wellKnownCACertificates: "System", ...validation },
  };
  return object(GATEWAY_API, "BackendTLSPolicy", name, spec, metadata);
}

export function trafficPolicy(name: string, spec: object): Manifest {
  return object("gateway.networking.x-k8s.io/v1alpha1", "XBackendTrafficPolicy", name, {
    targetRefs: [{ group: "", kind: "Service", name: "cart" }],
    ...spec,
  });
}

export function namespace(name: string, labels: Readonly<Record<string, string>>): Manifest {
  return { apiVersion: "v1", kind: "Namespace", metadata: { name, labels } };
}

export interface Imported extends ImportResult {
  readonly config: {
    readonly listeners: readonly { readonly name: string }[];
    readonly services: Readonly<
      Record<string, Record<string, unknown> & { readonly endpoints: readonly { readonly url: string }[] }>
    >;
    readonly routes: readonly {
      readonly name: string;
      readonly listeners: readonly string[];
      readonly hostnames?: readonly string[];
      readonly rules: readonly Record<string, unknown>[];
    }[];
  };
}

/** - `endpoints`: as given to --endpoint. Throws when nothing is imported. */
export function imported(
  manifests: readonly Manifest[],
  endpoints: readonly string[] = [],
  template: string | null = null,
): Imported {
  const result = importGatewayApi(
    manifests.map((value) => ({ file: "shop.yaml", value })),
    {
      gateway: null,
      endpoints: endpoints.map((text) => parseEndpointMapping(text) as EndpointMapping),
      endpointTemplate: template,
    },
  );
  if ("refusal" in result) throw new Error(result.refusal);
  return result as Imported;
}

/** `Accepted=False/NoMatchingParent` and the like, of a part of an object. */
export function conditionsOf(statuses: readonly ObjectStatus[] | undefined, name: string, part?: string): string[] {
  return (statuses ?? [])
    .filter((status) => status.name === name && (part === undefined || status.part === part))
    .flatMap(({ conditions }) => conditions.map(({ type, status, reason }) => `${type}=${status}/${reason}`));
}

export function reasons({ findings }: ImportResult): string[] {
  return findings.map(({ kind, name, path, severity, reason }) => `${severity} ${kind} ${name} ${path}: ${reason}`);
}

export const TO_CART = { rules: [{ backendRefs: [{ name: "cart", port: 80 }] }] };
