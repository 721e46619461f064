/** What the user says beside the files. */
export interface ImportOptions {
  /** `namespace/name` of the Gateway to import; null when there is only one. */
  readonly gateway: string | null;
  /** Import what is attached to Services instead of a Gateway. Default: false. */
  readonly services?: boolean;
  /** Where services can be reached from the edge. Several for one service are its endpoints. */
  readonly endpoints: readonly EndpointMapping[];
  /** For services without one of their own: a URL with {service}, {namespace} and {port} in it. Null: none. */
  readonly endpointTemplate: string | null;
}

export interface EndpointMapping {
  /** `namespace/service`, or a host name where the format knows services by host. */
  readonly service: string;
  /** Null: every port. */
  readonly port: number | null;
  readonly url: string;
}

/**
 * Reads `namespace/service[:port]=URL`, or `host[:port]=URL`.
 *
 * Gives the mapping, or a sentence that says what is wrong. Never throws.
 */
export function parseEndpointMapping(text: string): EndpointMapping | string {
  const match = /^([^\s=:]+)(?::(\d{1,5}))?=(\S+)$/.exec(text);
  if (match === null) return `"${text}" is not namespace/service[:port]=URL`;
  const [, service, port, url] = match as unknown as [string, string, string | undefined, string];
  if (!isEndpointUrl(url)) return `"${url}" is not an absolute http or https URL`;
  if (port !== undefined && (Number(port) < 1 || Number(port) > 65_535)) return `"${port}" is not a port`;
  return { service, port: port === undefined ? null : Number(port), url };
}

/**
 * The URLs of a service: those mapped to this port, else those mapped to every port, else the template's; none when
 * nothing was said about it.
 */
export function mappedUrls(
  { endpoints, endpointTemplate }: ImportOptions,
  { service, namespace, port }: { readonly service: string; readonly namespace: string; readonly port: number },
): readonly string[] {
  const own = endpoints.filter((mapping) => mapping.service === `${namespace}/${service}`);
  const exact = own.filter((mapping) => mapping.port === port);
  const mapped = (exact.length > 0 ? exact : own.filter((mapping) => mapping.port === null)).map(({ url }) => url);
  if (mapped.length > 0 || endpointTemplate === null) return [...new Set(mapped)];
  return [fillTemplate(endpointTemplate, { service, namespace, port: String(port) })];
}

/** What is wrong with a template, or null. */
export function templateFault(template: string): string | null {
  const unknown = [...template.matchAll(/\{([^}]*)\}/g)].find(([, name]) => !/^(service|namespace|port)$/.test(name!));
  if (unknown !== undefined) return `${unknown[0]} is not {service}, {namespace} or {port}`;
  const example = fillTemplate(template, { service: "service", namespace: "namespace", port: "80" });
  return isEndpointUrl(example) ? null : `"${template}" does not give an absolute http or https URL`;
}

function fillTemplate(template: string, values: Readonly<Record<string, string>>): string {
  return template.replaceAll(/\{(\w+)\}/g, (whole, name: string) => values[name] ?? whole);
}

function isEndpointUrl(url: string): boolean {
  return /^https?:\/\/[^/?#]/i.test(url) && URL.canParse(url) && !/[?#]/.test(url);
}
