/**
 * Host, path and query of a request, cut from its URL without building a URL object, in one normal form that is used
 * for matching and forwarding alike, so that no rule can be walked around by spelling a path differently.
 */

export interface Address {
  /** "http" or "https". */
  readonly scheme: string;
  /** Host with port as received, for X-Forwarded-Host. */
  readonly authority: string;
  /** Lower case, without port. */
  readonly host: string;
  readonly path: string;
  /** With its "?", or "". */
  readonly query: string;
}

/** Dot segments, encoded or not, and backslashes: what URL parsing would rewrite. */
const UNUSUAL_PATH = /\/\.|\\|%2e/i;

/**
 * Cuts an absolute http or https URL. Paths with dot segments or backslashes take the slow way through a URL object,
 * as `fetch` would treat them when they are forwarded.
 *
 * Never throws for a URL that the platform handed us. Linear in its length.
 */
export function addressOf(url: string): Address {
  const authorityAt = url.indexOf("//") + 2;
  let pathAt = url.indexOf("/", authorityAt);
  let queryAt = url.indexOf("?", authorityAt);
  if (queryAt < 0) queryAt = url.length;
  if (pathAt < 0 || pathAt > queryAt) pathAt = queryAt;
  const authority = url.slice(authorityAt, pathAt);
  let path = pathAt === queryAt ? "/" : url.slice(pathAt, queryAt);
  if (UNUSUAL_PATH.test(path)) path = new URL(`http://normal${path}`).pathname;
  return {
    scheme: url.slice(0, authorityAt - 3),
    authority,
    host: hostOf(authority),
    path,
    query: queryAt + 1 >= url.length ? "" : url.slice(queryAt),
  };
}

/** The port that a request was sent to as its URL says it; 0: the scheme's own. Never throws. */
export function portOf({ authority }: Address): number {
  const portAt = authority.lastIndexOf(":");
  return portAt > authority.lastIndexOf("]") ? Number(authority.slice(portAt + 1)) : 0;
}

function hostOf(authority: string): string {
  const portAt = authority.lastIndexOf(":");
  const host = portAt > authority.lastIndexOf("]") ? authority.slice(0, portAt) : authority;
  return host.toLowerCase();
}
