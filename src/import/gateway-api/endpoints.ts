import { isEndpointUrl } from "../proxy/addresses.ts";
import { type Cluster, nameOf, type Resource } from "./cluster.ts";
import type { EndpointSlice, KubernetesService, ServicePort } from "./resources/kubernetes.ts";

export interface EndpointConfig {
  readonly id: string;
  readonly url: string;
  readonly locality?: { readonly zone: string };
}

const NAME_PATTERN = /^[A-Za-z0-9]([A-Za-z0-9._-]{0,61}[A-Za-z0-9])?$/;

/** One endpoint for each URL, named for its host. */
export function mappedEndpoints(urls: readonly string[]): EndpointConfig[] {
  return named(urls.map((url) => ({ id: new URL(url).host, url })));
}

/**
 * The endpoints that EndpointSlices list as ready, or the name that an ExternalName stands for; none when nothing says.
 *
 * A slice's port belongs to the Service's by name. In the order of slices by name and of their endpoints.
 */
export function sliceEndpoints(
  service: Resource<KubernetesService>,
  port: ServicePort,
  scheme: "http" | "https",
  { endpointSlices }: Cluster,
): EndpointConfig[] {
  const { type, externalName } = service.object.spec;
  if (type === "ExternalName" && externalName !== undefined) {
    return named([{ id: externalName, url: endpointUrl(scheme, externalName, port.port) }]);
  }
  const slices = [...endpointSlices.values()]
    .filter(
      ({ namespace, object: { metadata } }) =>
        namespace === service.namespace && metadata.labels?.["kubernetes.io/service-name"] === service.name,
    )
    .sort((a, b) => (nameOf(a) < nameOf(b) ? -1 : 1));
  return named(slices.flatMap(({ object }) => readyEndpoints(object, port, scheme)));
}

function readyEndpoints(slice: EndpointSlice, port: ServicePort, scheme: "http" | "https"): EndpointConfig[] {
  const number = slice.ports.find(
    ({ name, protocol }) => name === (port.name ?? "") && protocol === port.protocol,
  )?.port;
  if (number === undefined) return [];
  return slice.endpoints
    .filter(({ conditions, addresses }) => conditions.ready !== false && addresses.length > 0)
    .map(({ addresses, zone, targetRef }) => {
      const host = slice.addressType === "IPv6" ? `[${addresses[0]}]` : addresses[0]!;
      return {
        id: targetRef?.name ?? `${addresses[0]}-${number}`,
        url: endpointUrl(scheme, host, number),
        ...(zone !== undefined && { locality: { zone } }),
      };
    })
    .filter(({ url }) => isEndpointUrl(url));
}

function endpointUrl(scheme: "http" | "https", host: string, port: number): string {
  return `${scheme}://${host}${port === (scheme === "https" ? 443 : 80) ? "" : `:${port}`}`;
}

/** Turns ids into names that a config may hold, each once; an endpoint listed twice is one. */
function named(endpoints: readonly EndpointConfig[]): EndpointConfig[] {
  const seen = new Set<string>();
  const distinct = [...new Map(endpoints.map((endpoint) => [endpoint.url, endpoint])).values()];
  return distinct.map((endpoint) => {
    const base = endpoint.id
      .replaceAll(/[^A-Za-z0-9._-]+/g, "-")
      .replaceAll(/^[^A-Za-z0-9]+|[^A-Za-z0-9]+$/g, "")
      .slice(0, 58);
    const start = NAME_PATTERN.test(base) ? base : "endpoint";
    let id = start;
    for (let copy = 2; seen.has(id); copy++) id = `${start}-${copy}`;
    seen.add(id);
    return { ...endpoint, id };
  });
}
