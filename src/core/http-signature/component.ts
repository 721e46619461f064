/**
 * What an HTTP Message Signature covers: derived components ("@path") and fields, as text of a config and as the identifiers of
 * RFC 9421. Of derived components those of requests, without `@request-target`, which proxies that change the version of HTTP
 * change too; of parameters `name` alone, since the others (`sf`, `key`, `bs`, `req`, `tr`) are for what requests seldom have.
 *
 * Source: RFC 9421 §2.
 */

/** How a config writes a component: a field in lower case, `@path`, or `@query-param;name="q"`. */
export const COMPONENT = /^(?:@[a-z-]+|[a-z0-9!#$%&'*+.^_`|~-]+|@query-param;name="[\x20\x21\x23-\x5b\x5d-\x7e]+")$/;

const DERIVED = new Set(["@method", "@authority", "@scheme", "@target-uri", "@path", "@query"]);
const QUERY_PARAM = /^@query-param;name="(.*)"$/;

/** The platform and proxies write these anew: a signature over one would be broken by the time it is verified. */
const VOLATILE =
  /^(?:accept-encoding|connection|content-length|host|keep-alive|proxy-.*|te|trailer|transfer-encoding|upgrade|via|forwarded|x-forwarded-.*|x-real-ip|cdn-loop|cf-.*|x-heddle-.*|traceparent|tracestate|signature|signature-input)$/;

/** What is wrong with a component that a config wants signed; null for nothing. `text` fits COMPONENT. Never throws. */
export function componentFault(text: string): string | null {
  if (text.startsWith("@")) {
    if (DERIVED.has(text) || QUERY_PARAM.test(text)) return null;
    return `is no derived component of requests: one of ${[...DERIVED].join(", ")}, or @query-param;name="…"`;
  }
  return VOLATILE.test(text) ? "is changed on the way, which would break the signature" : null;
}

/** A request, as far as it can be signed. */
export interface SignableRequest {
  /** As it was sent; methods are case-sensitive. */
  readonly method: string;
  /** Lower case, without the colon. */
  readonly scheme: string;
  /** Lower case, with the port where it is not the scheme's own. */
  readonly authority: string;
  /** Percent-encoded, as it is sent; "/" at least. */
  readonly path: string;
  /** With its "?", "" for none. */
  readonly query: string;
  /** All values of a field, joined by ", " where there are several; null for none. */
  field(name: string): string | null;
}

/** One line of a signature base: what is signed, and its value. */
export type BaseLine = readonly [identifier: string, value: string];

/** The identifier of a component as a config writes it: `"@path"`, `"@query-param";name="q"`. Never throws. */
export function identifierOf(text: string): string {
  const param = QUERY_PARAM.exec(text);
  return param === null ? `"${text}"` : `"@query-param";name="${param[1]!}"`;
}

/**
 * The value of a component, null for one that the request does not have. A parameter of the query that is there twice has
 * none: nobody could say which of them was signed (RFC 9421 §2.2.8).
 *
 * - `text`: as a config writes it. An unknown derived component has no value.
 *
 * Never throws.
 */
export function componentValue(text: string, request: SignableRequest): string | null {
  switch (text) {
    case "@method":
      return request.method;
    case "@authority":
      return request.authority;
    case "@scheme":
      return request.scheme;
    case "@target-uri":
      return `${request.scheme}://${request.authority}${request.path}${request.query}`;
    case "@path":
      return request.path;
    case "@query":
      return request.query === "" ? "?" : request.query;
    default: {
      if (!text.startsWith("@")) return request.field(text)?.trim() ?? null;
      const param = QUERY_PARAM.exec(text);
      return param === null ? null : queryParam(request.query, param[1]!);
    }
  }
}

/** `name`: percent-encoded, as the value that is given back. */
function queryParam(query: string, name: string): string | null {
  let found: string | null = null;
  for (const pair of query.slice(1).split("&")) {
    if (pair === "") continue;
    const equals = pair.indexOf("=");
    const key = reencoded(equals < 0 ? pair : pair.slice(0, equals));
    if (key !== name) continue;
    if (found !== null) return null;
    found = equals < 0 ? "" : reencoded(pair.slice(equals + 1));
  }
  return found;
}

/** Decoded as a form, and encoded as RFC 9421 §2.2.8 says. What cannot be decoded stays, with its percent signs encoded. */
function reencoded(text: string): string {
  const plain = text.replaceAll("+", " ");
  let decoded: string;
  try {
    decoded = decodeURIComponent(plain);
  } catch {
    decoded = plain;
  }
  return encodeURIComponent(decoded.toWellFormed()).replace(
    /[!'()~]/g,
    (char) => `%${char.charCodeAt(0).toString(16).toUpperCase()}`,
  );
}
