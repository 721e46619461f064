/** What a service's settings look for in a request: the key that binds it to an endpoint, and its class. */
import { hashKeyOf } from "../core/balance/hash-key.ts";
import type { HashOn, Service } from "../core/mesh.ts";
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

/** The class by which the request is shed sooner or later; "" when the service has one class only. */
export function requestClassOf(service: Service, headers: Headers): string {
  const { requestClass } = service.limits;
  if (requestClass === null) return "";
  const named = headers.get(requestClass.header);
  return named !== null && requestClass.classes.includes(named) ? named : requestClass.defaultClass;
}
