/** Which kinds are read, which say nothing about routing, and which cannot be carried over. */
import type * as z from "zod";
import type { Cluster } from "./cluster.ts";
import { gateway, gatewayClass, listenerSet } from "./resources/gateway.ts";
import { grpcRoute } from "./resources/grpc-route.ts";
import { httpRoute } from "./resources/http-route.ts";
import { configMap, endpointSlice, namespaceObject, referenceGrant, service } from "./resources/kubernetes.ts";
import { backendTlsPolicy, backendTrafficPolicy } from "./resources/policies.ts";

export interface KnownKind {
  readonly schema: z.ZodType;
  readonly list: keyof Cluster;
  readonly isNamespaced: boolean;
}

const GATEWAY = "gateway.networking.k8s.io";
const EXPERIMENTAL = "gateway.networking.x-k8s.io";

const namespaced = (schema: z.ZodType, list: keyof Cluster): KnownKind => ({ schema, list, isNamespaced: true });

/** By `group/Kind`; every version of a group is read alike. */
const KNOWN: ReadonlyMap<string, KnownKind> = new Map([
  [`${GATEWAY}/GatewayClass`, { schema: gatewayClass, list: "gatewayClasses", isNamespaced: false }],
  [`${GATEWAY}/Gateway`, namespaced(gateway, "gateways")],
  [`${GATEWAY}/ListenerSet`, namespaced(listenerSet, "listenerSets")],
  [`${EXPERIMENTAL}/XListenerSet`, namespaced(listenerSet, "listenerSets")],
  [`${GATEWAY}/HTTPRoute`, namespaced(httpRoute, "httpRoutes")],
  [`${GATEWAY}/GRPCRoute`, namespaced(grpcRoute, "grpcRoutes")],
  [`${GATEWAY}/ReferenceGrant`, namespaced(referenceGrant, "referenceGrants")],
  [`${GATEWAY}/BackendTLSPolicy`, namespaced(backendTlsPolicy, "tlsPolicies")],
  [`${EXPERIMENTAL}/XBackendTrafficPolicy`, namespaced(backendTrafficPolicy, "trafficPolicies")],
  ["/Service", namespaced(service, "services")],
  ["/ConfigMap", namespaced(configMap, "configMaps")],
  ["/Namespace", { schema: namespaceObject, list: "namespaces", isNamespaced: false }],
  ["discovery.k8s.io/EndpointSlice", namespaced(endpointSlice, "endpointSlices")],
]);

/** Groups of Kubernetes that have nothing to do with routing. */
const SILENT_GROUPS: ReadonlySet<string> = new Set([
  "",
  "admissionregistration.k8s.io",
  "apiextensions.k8s.io",
  "apiregistration.k8s.io",
  "apps",
  "autoscaling",
  "batch",
  "certificates.k8s.io",
  "coordination.k8s.io",
  "events.k8s.io",
  "policy",
  "rbac.authorization.k8s.io",
  "scheduling.k8s.io",
  "storage.k8s.io",
]);

/** The kind of a resource that is read; "silent" for one that may be passed over; null for one that is lost. */
export function knownKind(apiVersion: string, kind: string): KnownKind | "silent" | null {
  const group = apiVersion.includes("/") ? apiVersion.slice(0, apiVersion.indexOf("/")) : "";
  return KNOWN.get(`${group}/${kind}`) ?? (SILENT_GROUPS.has(group) ? "silent" : null);
}
