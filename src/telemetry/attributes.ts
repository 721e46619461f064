/**
 * A request in the words of OpenTelemetry's semantic conventions for HTTP, with `heddle.*` for what they have no word for.
 * Spans and access logs say the same thing the same way.
 *
 * Source: OpenTelemetry semantic conventions 1.45, "Semantic conventions for HTTP spans".
 */
import type { SeenRequest } from "./seen-request.ts";

export type AttributeValue = string | number | boolean | readonly string[];
export type Attributes = Record<string, AttributeValue>;

const KNOWN_METHODS: ReadonlySet<string> = new Set([
  "CONNECT",
  "DELETE",
  "GET",
  "HEAD",
  "OPTIONS",
  "PATCH",
  "POST",
  "PUT",
  "QUERY",
  "TRACE",
]);

/** What a method is called where the number of names has to be bounded. */
export function knownMethod(method: string): string {
  return KNOWN_METHODS.has(method) ? method : "_OTHER";
}

/** What the request was and what became of it. What is not known is left out. */
export function requestAttributes(seen: SeenRequest): Attributes {
  const { method, status, attempts } = seen;
  const known = knownMethod(method);
  const attributes: Attributes = { "http.request.method": known };
  if (known !== method) attributes["http.request.method_original"] = method;
  attributes["url.scheme"] = seen.scheme;
  attributes["url.path"] = seen.path;
  if (seen.query !== "") attributes["url.query"] = seen.query;
  attributes["http.response.status_code"] = status;
  if (seen.pathPattern !== "") attributes["http.route"] = seen.pathPattern;
  if (seen.host !== "") attributes["server.address"] = seen.host;
  if (seen.port > 0) attributes["server.port"] = seen.port;
  const errorType = errorTypeOf(seen);
  if (errorType !== "") attributes["error.type"] = errorType;
  const version = /^HTTP\/(\d(?:\.\d)?)$/.exec(seen.protocol)?.[1];
  if (version !== undefined) attributes["network.protocol.version"] = version;
  if (seen.clientAddress !== "") attributes["client.address"] = seen.clientAddress;
  if (seen.userAgent !== "") attributes["user_agent.original"] = seen.userAgent;
  for (const [name, value] of seen.requestHeaders) attributes[`http.request.header.${name}`] = [value];
  put(attributes, "heddle.request_id", seen.requestId);
  put(attributes, "heddle.route", seen.route);
  put(attributes, "heddle.rule", seen.rule);
  put(attributes, "heddle.service", seen.service);
  if (seen.lastService !== seen.service) put(attributes, "heddle.fallback.service", seen.lastService);
  put(attributes, "heddle.endpoint", seen.endpoint);
  put(attributes, "heddle.rollout", seen.rollout);
  put(attributes, "heddle.fallback", seen.fallback);
  put(attributes, "heddle.response_flags", seen.flags);
  put(attributes, "heddle.refusal", seen.reason);
  if (attempts.length > 0) {
    attributes["heddle.attempts"] = attempts.map(({ endpoint, outcome }) => `${endpoint}:${outcome}`);
  }
  put(attributes, "heddle.region", seen.region);
  put(attributes, "heddle.colo", seen.colo);
  put(attributes, "heddle.mesh_version", seen.meshVersion);
  return attributes;
}

/** What made the request fail, in few words: why the mesh refused it, or the status; "" when it did not fail. */
function errorTypeOf({ status, reason }: SeenRequest): string {
  if (status < 500) return "";
  return reason === "" ? String(status) : reason;
}

function put(attributes: Attributes, name: string, value: string): void {
  if (value !== "") attributes[name] = value;
}
