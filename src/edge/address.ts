/**
 * Host, port, path and query of a request, cut from its URL without building a URL object. The path is in one normal form
 * that is used for matching and forwarding alike (src/core/route/normal-path.ts), so that no rule can be walked around by
 * spelling a path differently.
 */
import { normalPath } from "../core/route/normal-path.ts";

export interface Address {
  /** "http" or "https". */
  readonly scheme: string;
  /** Host with port as received, for X-Forwarded-Host. */
  readonly authority: string;
  /** Lower case, without port and trailing dot; "" when there is none. */
  readonly host: string;
  /** As the URL says it; 0: the scheme's own. */
  readonly port: number;
  /** The authority is not a host with or without a port: the request is to be refused. */
  readonly isOdd: boolean;
  readonly path: string;
  /** With its "?", or "". */
  readonly query: string;
}

/**
 * Cuts an absolute http or https URL.
 *
 * - `mergeSlashes`: whether slashes in a row are one.
 *
 * Never throws for a URL that the platform handed us. Linear in its length.
 */
export function addressOf(url: string, mergeSlashes: boolean): Address {
  const authorityAt = url.indexOf("//") + 2;
  const fragmentAt = url.indexOf("#", authorityAt);
  const end = fragmentAt < 0 ? url.length : fragmentAt;
  let queryAt = url.indexOf("?", authorityAt);
  if (queryAt < 0 || queryAt > end) queryAt = end;
  let pathAt = url.indexOf("/", authorityAt);
  if (pathAt < 0 || pathAt > queryAt) pathAt = queryAt;
  const authority = url.slice(authorityAt, pathAt);
  if (authority !== last.authority) last = authorityOf(authority);
  const { host, port, isOdd } = last;
  return {
    scheme: url.slice(0, authorityAt - 3),
    authority,
    host,
    port,
    isOdd,
    path: pathAt === queryAt ? "/" : normalPath(url.slice(pathAt, queryAt), mergeSlashes),
    query: queryAt + 1 >= end ? "" : url.slice(queryAt, end),
  };
}

type Authority = Pick<Address, "authority" | "host" | "port" | "isOdd">;

function authorityOf(authority: string): Authority {
  const portAt = portOf(authority);
  const host = (portAt < 0 ? authority : authority.slice(0, portAt)).toLowerCase();
  const port = portAt < 0 ? 0 : Number(authority.slice(portAt + 1));
  return {
    authority,
    host: host.endsWith(".") ? host.slice(0, -1) : host,
    port,
    isOdd: !HOST.test(host) || port > MAX_PORT,
  };
}

/** Where the colon before the port is; -1 when there is none. A bracketed address holds colons of its own. */
function portOf(authority: string): number {
  const at = authority.lastIndexOf(":");
  return at > authority.lastIndexOf("]") && /^\d{0,5}$/.test(authority.slice(at + 1)) ? at : -1;
}

/**
 * Names and addresses. Nobody else has credentials, spaces or percent-encoding in it, nor empty labels, by which a name is
 * another one for policies and the same for an origin that drops them. One dot may end it.
 */
const HOST = /^(?:(?:[a-z0-9_-]+(?:\.[a-z0-9_-]+)*\.?)?|\[[0-9a-f:.]+\])$/;
const MAX_PORT = 65_535;

/** Taken apart last: the next request is nearly always for the same, and regular expressions are dear. */
let last = authorityOf("");
