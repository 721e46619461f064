/**
 * Cross-origin resource sharing at the gateway: what preflights are answered, and what is said of every other answer.
 * The origin of the page decides alone; methods and headers are told to the browser, which holds the page to them.
 *
 * An origin that is not allowed gets an answer without these headers, which is what makes a browser refuse it. Where the
 * config says "*" and credentials are allowed, what was asked for is named, since browsers take "*" literally then.
 *
 * Source: Gateway API, HTTPCORSFilter; WHATWG Fetch §3.2 (CORS protocol).
 */
import type { CorsPolicy } from "../mesh.ts";

export type HeaderPairs = readonly (readonly [name: string, value: string])[];

/** Headers of answers that are the gateway's to set: what an endpoint says in them is dropped. */
export const CORS_ANSWER_HEADERS = [
  "access-control-allow-origin",
  "access-control-allow-credentials",
  "access-control-expose-headers",
  "access-control-allow-methods",
  "access-control-allow-headers",
  "access-control-max-age",
] as const;

/** A preflight: the browser's own question before the page's request. Headers are null when absent. */
export interface Preflight {
  readonly origin: string;
  readonly requestedMethod: string;
  readonly requestedHeaders: string | null;
}

/** What is a preflight, null for any other request: OPTIONS alone may be meant for the endpoint. Never throws. */
export function preflightOf(method: string, header: (name: string) => string | null): Preflight | null {
  if (method !== "OPTIONS") return null;
  const origin = header("origin");
  const requestedMethod = header("access-control-request-method");
  if (origin === null || requestedMethod === null) return null;
  return { origin, requestedMethod, requestedHeaders: header("access-control-request-headers") };
}

/** The headers of a preflight's answer. Never throws. Linear in the policy. */
export function preflightHeaders(policy: CorsPolicy, preflight: Preflight): HeaderPairs {
  const vary = ["vary", "Origin, Access-Control-Request-Method, Access-Control-Request-Headers"] as const;
  const allowed = originHeaders(policy, preflight.origin);
  if (allowed.length === 0) return [vary];
  const methods = listed(policy.allowMethods, preflight.requestedMethod);
  const headers = listed(policy.allowHeaders, preflight.requestedHeaders);
  return [
    ...allowed,
    ...(methods === "" ? [] : [["access-control-allow-methods", methods] as const]),
    ...(headers === "" ? [] : [["access-control-allow-headers", headers] as const]),
    ["access-control-max-age", String(policy.maxAgeSeconds)],
    vary,
  ];
}

/**
 * What is said in any other answer of who may read it; empty for an origin that may not. Where all may, it is said to
 * requests without an origin too: then a shared cache keeps one answer for all of them.
 *
 * - `origin`: the request's, null when it has none.
 *
 * Never throws. Linear in the policy's origins.
 */
export function originHeaders(policy: CorsPolicy, origin: string | null): HeaderPairs {
  const same = isSameForAll(policy);
  if (!same && (origin === null || !isOriginAllowed(policy, origin))) return [];
  const { allowCredentials } = policy;
  const exposed = allowCredentials ? policy.exposeHeaders.filter((name) => name !== "*") : policy.exposeHeaders;
  return [
    ["access-control-allow-origin", same ? "*" : origin!],
    ...(allowCredentials ? [["access-control-allow-credentials", "true"] as const] : []),
    ...(exposed.length === 0 ? [] : [["access-control-expose-headers", exposed.join(", ")] as const]),
  ];
}

/** Whether every origin gets the same answer; otherwise caches have to be told by Vary. */
export function isSameForAll({ allowOrigins, allowCredentials }: CorsPolicy): boolean {
  return !allowCredentials && allowOrigins[0] === "*";
}

/** Whether an origin is one of the policy's. Never throws. Linear in the origins. */
export function isOriginAllowed({ allowOrigins }: CorsPolicy, origin: string): boolean {
  const given = withoutOwnPort(origin.toLowerCase());
  return allowOrigins.some((allowed) => fits(allowed, given));
}

/** `*` in an allowed origin stands for one letter of a host or more, dots among them, and never for a port. */
function fits(allowed: string, origin: string): boolean {
  const star = allowed.indexOf("*");
  if (star < 0) return allowed === origin;
  if (allowed === "*") return true;
  const end = origin.length - (allowed.length - star - 1);
  return (
    end > star &&
    origin.startsWith(allowed.slice(0, star)) &&
    origin.endsWith(allowed.slice(star + 1)) &&
    /^[a-z0-9._-]+$/.test(origin.slice(star, end))
  );
}

function withoutOwnPort(origin: string): string {
  if (origin.startsWith("https://") && origin.endsWith(":443")) return origin.slice(0, -4);
  if (origin.startsWith("http://") && origin.endsWith(":80")) return origin.slice(0, -3);
  return origin;
}

/** The list as it is configured; of "*", what was asked for. */
function listed(allowed: readonly string[], asked: string | null): string {
  return allowed[0] === "*" ? (asked ?? "") : allowed.join(", ");
}
