/** Everything that was read, by kind and name. */
import type { Condition, Finding, Severity } from "../report.ts";
import type { Gateway, GatewayClass, ListenerSet } from "./resources/gateway.ts";
import type { GrpcRoute } from "./resources/grpc-route.ts";
import type { HttpRoute } from "./resources/http-route.ts";
import type { ConfigMap, EndpointSlice, KubernetesService, Namespace, ReferenceGrant } from "./resources/kubernetes.ts";
import type { BackendTlsPolicy, BackendTrafficPolicy } from "./resources/policies.ts";

/** A resource that its kind's rules allow, defaults filled in. */
export interface Resource<T = unknown> {
  readonly kind: string;
  /** "" for kinds that have no namespace. */
  readonly namespace: string;
  readonly name: string;
  readonly file: string;
  /** Epoch; infinite for one that was never created in a cluster. */
  readonly createdAtMs: number;
  readonly object: T;
}

/** Resources by `namespace/name`, or by name. */
type ByName<T> = ReadonlyMap<string, Resource<T>>;

export interface Cluster {
  readonly gatewayClasses: ByName<GatewayClass>;
  readonly gateways: ByName<Gateway>;
  readonly listenerSets: ByName<ListenerSet>;
  readonly httpRoutes: ByName<HttpRoute>;
  readonly grpcRoutes: ByName<GrpcRoute>;
  readonly services: ByName<KubernetesService>;
  readonly endpointSlices: ByName<EndpointSlice>;
  readonly referenceGrants: ByName<ReferenceGrant>;
  readonly namespaces: ByName<Namespace>;
  readonly configMaps: ByName<ConfigMap>;
  readonly tlsPolicies: ByName<BackendTlsPolicy>;
  readonly trafficPolicies: ByName<BackendTrafficPolicy>;
}

/** `namespace/name`, or the name alone. */
export function nameOf({ namespace, name }: { readonly namespace: string; readonly name: string }): string {
  return namespace === "" ? name : `${namespace}/${name}`;
}

/** The standard's order: the oldest first, then by `namespace/name`. */
export function byAge(a: Resource, b: Resource): number {
  if (a.createdAtMs !== b.createdAtMs) return a.createdAtMs < b.createdAtMs ? -1 : 1;
  const [nameA, nameB] = [nameOf(a), nameOf(b)];
  return nameA < nameB ? -1 : nameA > nameB ? 1 : 0;
}

export interface Remark {
  readonly path?: string;
  readonly severity: Severity;
  readonly reason: string;
  readonly message: string;
  readonly condition?: Condition;
}

/** A finding about a resource. */
export function findingOf(resource: Pick<Resource, "file" | "kind" | "namespace" | "name">, remark: Remark): Finding {
  const { path = "", severity, reason, message, condition } = remark;
  const { file, kind } = resource;
  return { file, kind, name: nameOf(resource), path, severity, reason, message, ...(condition && { condition }) };
}
