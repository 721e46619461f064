/**
 * The endpoints of a service whose endpoints are discovered: the mesh lists some, a set brings the others.
 *
 * A set has the mesh's own endpoints in it, as the registry knew them. Until it has heard of a new mesh, the two are put
 * together by id: what is in the set stays, what only the mesh has is added, and where the mesh now gives an id another
 * address, the mesh is right. An endpoint that the mesh no longer lists stays until the next set. What only a mesh may say of
 * an endpoint, credentials and certificates, it says of those that it lists.
 */
import type { EndpointSet } from "../endpoint-set.ts";
import type { Endpoint, Service } from "../mesh.ts";
import { endpointsUnder } from "../plaintext.ts";
import { MAX_REPORT_ENDPOINTS } from "../protocol.ts";

/** The service with the endpoints in force; itself without a set. Linear. */
export function withEndpoints(service: Service, set: EndpointSet | null): Service {
  if (set === null) return service;
  const listed = new Map(service.endpoints.map((endpoint) => [endpoint.id, endpoint]));
  const allowed = endpointsUnder(service.plaintext ?? "allow", set.endpoints);
  const endpoints = allowed.map((found) => {
    const own = listed.get(found.id);
    if (own === undefined) return found;
    listed.delete(found.id);
    return isSamePlace(own, found) ? asListed(found, own) : own;
  });
  const all = [...endpoints, ...listed.values()].slice(0, MAX_REPORT_ENDPOINTS);
  // As the compiler has it for those that are listed: the floors of many endpoints together leave half to the model.
  const explorationFloor = Math.min(service.failover.explorationFloor, 0.5 / all.length);
  return { ...service, endpoints: all, failover: { ...service.failover, explorationFloor } };
}

function isSamePlace(a: Endpoint, b: Endpoint): boolean {
  return a.origin === b.origin && a.basePath === b.basePath;
}

function asListed(found: Endpoint, { credentials, clientCertificate }: Endpoint): Endpoint {
  if (credentials === undefined && clientCertificate === undefined) return found;
  return { ...found, ...(credentials && { credentials }), ...(clientCertificate && { clientCertificate }) };
}
