/** Host names as Istio compares them. */
import { hostname } from "../../config/schema/names.ts";
import { faultsOf } from "../proxy/draft.ts";

const CLUSTER_DOMAIN = "svc.cluster.local";

/** A name without dots is a Kubernetes Service of the same namespace; any other is taken as it is. Lower case. */
export function fullHost(host: string, namespace: string): string {
  const lower = host.toLowerCase();
  return lower.includes(".") || lower === "*" ? lower : `${lower}.${namespace}.${CLUSTER_DOMAIN}`;
}

/** Service and namespace of a Kubernetes Service's full name; null for other hosts. */
export function kubernetesName(host: string): { readonly service: string; readonly namespace: string } | null {
  const match = /^([^.*]+)\.([^.]+)\.svc\.cluster\.local$/.exec(host);
  return match === null ? null : { service: match[1]!, namespace: match[2]! };
}

/** Whether `pattern` ("*", "*.example.com", a name) takes every host that `host`, which may be a pattern too, does. */
export function hostCovers(pattern: string, host: string): boolean {
  if (pattern === "*" || pattern === host) return true;
  return pattern.startsWith("*") && host.endsWith(pattern.slice(1)) && host.length > pattern.length - 1;
}

/** Hosts that both lists take: of two that overlap the more specific one, without repetition, in the order of `a`. */
export function intersectHosts(a: readonly string[], b: readonly string[]): string[] {
  const both = a.flatMap((x) => b.flatMap((y) => (hostCovers(x, y) ? [y] : hostCovers(y, x) ? [x] : [])));
  return [...new Set(both)];
}

/** Why a route cannot have this host, or null. Wildcards stand for whole labels at the left in Heddle. */
export function hostFault(host: string): string | null {
  const fault = faultsOf(hostname(), host)[0];
  if (fault === undefined) return null;
  if (host.includes("*")) return `${host}: a wildcard stands for whole labels at the left, as in *.example.com`;
  return `${host} ${fault.message}`;
}
