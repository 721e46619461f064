/**
 * Envoy's RBAC, as much of it as Istio's policies compile to: an evaluator of its own, written from Envoy's API and not from
 * src/core/authz, so that the two can be held against each other.
 *
 * Source: Envoy, config/rbac/v3/rbac.proto, type/matcher/v3.
 */
import ipaddr from "ipaddr.js";

export interface RbacRequest {
  /** Pseudo-headers among them; by lower-case name. */
  readonly headers: Readonly<Record<string, string>>;
  readonly path: string;
  readonly port: number;
  readonly ip: string;
  readonly sni: string;
  /** Of the peer's certificate; null without one. */
  readonly principalName: string | null;
  /** Of the verified token; null without one. */
  readonly payload: Readonly<Record<string, unknown>> | null;
}

// biome-ignore lint/suspicious/noExplicitAny: Envoy's API as JSON
export type Node = Readonly<Record<string, any>>;

/** Whether a permission or a principal fits; both have the same shape but for their names. */
export function fits(node: Node, request: RbacRequest): boolean {
  const [name, value] = Object.entries(node)[0]!;
  switch (name) {
    case "any":
      return value === true;
    case "andRules":
      return (value.rules as Node[]).every((one) => fits(one, request));
    case "andIds":
      return (value.ids as Node[]).every((one) => fits(one, request));
    case "orRules":
      return (value.rules as Node[]).some((one) => fits(one, request));
    case "orIds":
      return (value.ids as Node[]).some((one) => fits(one, request));
    case "notRule":
    case "notId":
      return !fits(value, request);
    case "header": {
      const text = request.headers[(value.name as string).toLowerCase()];
      if (text === undefined) return false;
      if (value.presentMatch === true) return true;
      return string(value.stringMatch ?? { safeRegex: value.safeRegexMatch }, text);
    }
    case "urlPath":
      return string(value.path, request.path);
    case "uriTemplate":
      return template(value.typedConfig.pathTemplate, request.path);
    case "destinationPort":
      return request.port === value;
    // Nobody at an edge has one.
    case "destinationIp":
      return false;
    case "directRemoteIp":
    case "remoteIp":
      return inBlock(value, request.ip);
    case "requestedServerName":
      return string(value, request.sni);
    case "authenticated":
      return request.principalName !== null && string(value.principalName, request.principalName);
    case "metadata":
      return metadata(value, request);
    default:
      throw new Error(`not known: ${name}`);
  }
}

function string(matcher: Node, text: string): boolean {
  const [own, value] = matcher.ignoreCase === true ? [text.toLowerCase(), lower] : [text, (one: string) => one];
  if (matcher.exact !== undefined) return own === value(matcher.exact);
  if (matcher.prefix !== undefined) return own.startsWith(value(matcher.prefix));
  if (matcher.suffix !== undefined) return own.endsWith(value(matcher.suffix));
  const source = matcher.safeRegex.regex as string;
  const isFolded = source.startsWith("(?i)");
  return new RegExp(`^(?:${isFolded ? source.slice(4) : source})$`, isFolded ? "is" : "s").test(own);
}

const lower = (text: string) => text.toLowerCase();

const LITERAL = "a-zA-Z0-9\\-._~%!$&'()+,;:@";

function template(text: string, path: string): boolean {
  const source = text
    .replaceAll(/[$()+.]/g, "\\$&")
    .replaceAll(/\*\*|\*/g, (glob) => (glob === "**" ? `[${LITERAL}/]*` : `[${LITERAL}]+`));
  return new RegExp(`^${source}$`).test(path);
}

function inBlock({ addressPrefix, prefixLen }: Node, text: string): boolean {
  const [address, block] = [ipaddr.process(text), ipaddr.parse(addressPrefix)];
  return address.kind() === block.kind() && (address as ipaddr.IPv4).match(block as ipaddr.IPv4, prefixLen);
}

function metadata({ filter, path, value }: Node, { payload }: RbacRequest): boolean {
  if (filter !== "envoy.filters.http.jwt_authn" || payload === null) return false;
  let found: unknown = { payload };
  for (const { key } of path as { key: string }[]) {
    found = typeof found === "object" && found !== null ? (found as Record<string, unknown>)[key] : undefined;
  }
  return found !== undefined && valueFits(value, found);
}

function valueFits(matcher: Node, value: unknown): boolean {
  if (matcher.orMatch !== undefined)
    return (matcher.orMatch.valueMatchers as Node[]).some((one) => valueFits(one, value));
  if (matcher.listMatch !== undefined) {
    return Array.isArray(value) && value.some((member) => valueFits(matcher.listMatch.oneOf, member));
  }
  return typeof value === "string" && string(matcher.stringMatch, value);
}
