import type { HeaderModifier, Mesh, Mirror, RouteFilters } from "../../src/core/mesh.ts";
import type { SecurityHeaders } from "../../src/core/mesh-routes.ts";

type Loose<T> = { readonly [K in keyof T]?: unknown };

/**
 * Whether the filters of a rule or a backend could not be applied: parts that every request looks at are not there, or a
 * mirror leads nowhere. What is inside them is the compiler's. Never throws, whatever `value` is.
 */
export function isBrokenFilters(value: unknown, mesh: Mesh): boolean {
  if (value === null) return false;
  if (typeof value !== "object") return true;
  const { mirrors, extensions, requestHeaders, responseHeaders, securityHeaders, ...others } =
    value as Loose<RouteFilters>;
  return (
    !Array.isArray(mirrors) ||
    mirrors.some((mirror) => isBrokenMirror(mirror, mesh)) ||
    !Array.isArray(extensions) ||
    extensions.some((extension: { name?: unknown } | null) => typeof extension?.name !== "string") ||
    isBrokenModifier(requestHeaders) ||
    isBrokenModifier(responseHeaders) ||
    isBrokenSecurity(securityHeaders) ||
    ([others.fault, others.cors, others.answer, others.rewrite] as unknown[]).some((part) => typeof part !== "object")
  );
}

function isBrokenMirror(mirror: Loose<Mirror> | null, { services, policies }: Mesh): boolean {
  const { service, policy } = mirror ?? {};
  if (typeof service !== "number" || typeof policy !== "number") return true;
  return services[service] === undefined || policies[policy] === undefined;
}

function isBrokenModifier(value: unknown): boolean {
  if (value === null) return false;
  const { set, add, remove } = (value ?? {}) as Loose<HeaderModifier>;
  return !isListOfPairs(set) || !isListOfPairs(add) || !Array.isArray(remove) || remove.some((name) => !isText(name));
}

function isBrokenSecurity(value: unknown): boolean {
  if (value === undefined) return false;
  const { headers, hsts, remove } = (value ?? {}) as Loose<SecurityHeaders>;
  return !isListOfPairs(headers) || !isText(hsts) || !Array.isArray(remove) || !remove.every(isText);
}

function isListOfPairs(value: unknown): boolean {
  return Array.isArray(value) && value.every((pair) => Array.isArray(pair) && pair.length === 2 && pair.every(isText));
}

/** What may stand in a header: nothing that ends its line. */
function isText(value: unknown): boolean {
  return typeof value === "string" && !/[\r\n\0]/.test(value);
}
