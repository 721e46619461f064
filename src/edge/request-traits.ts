/** What a service's settings look for in a request: the key that binds it to an endpoint, and its class. */
import { hashKeyOf } from "../core/balance/hash-key.ts";
import type { HashOn, HeaderModifier, Service } from "../core/mesh.ts";
import type { Address } from "./address.ts";

/** The text that affinity policies hash; "" when the service has none, or the request lacks what it asks for. */
export function affinityKeyOf(service: Service, headers: Headers, address: Address, clientIp: string): string {
  const { hash } = service.loadBalancing;
  if (hash.on.length === 0) return "";
  const { query, path } = address;
  return hashKeyOf(hash, { header: (name) => headers.get(name), query, path, clientIp });
}

/** The text that decides a caller's side of a weighted split; "" when the request has nothing of what is asked for. */
export function splitKeyOf(on: readonly HashOn[], headers: Headers, address: Address, clientIp: string): string {
  const { query, path } = address;
  return hashKeyOf({ on }, { header: (name) => headers.get(name), query, path, clientIp });
}

/**
 * The class by which the request is shed sooner or later; "" when the service has one class only.
 *
 * - `headers`: as the downstream sent them.
 * - `said`: what the mesh says in headers to endpoints, the last of which counts; null for nothing.
 */
export function requestClassOf(service: Service, headers: Headers, said: readonly HeaderModifier[] | null): string {
  const { requestClass } = service.limits;
  if (requestClass === null) return "";
  const named =
    saidIn(said, requestClass.header) ?? (requestClass.trust === "mesh" ? null : headers.get(requestClass.header));
  return named !== null && requestClass.classes.includes(named) ? named : requestClass.defaultClass;
}

function saidIn(said: readonly HeaderModifier[] | null, header: string): string | null {
  if (said === null) return null;
  for (let i = said.length - 1; i >= 0; i -= 1) {
    const set = said[i]!.set.find(([name]) => name === header);
    if (set !== undefined) return set[1];
  }
  return null;
}
