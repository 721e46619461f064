import type { PathMatch, Redirect } from "../mesh.ts";
import { modifiedPath } from "./modified-path.ts";

/** Where a request came in, as far as a redirect keeps it. */
export interface RedirectedFrom {
  /** "http" or "https". */
  readonly scheme: string;
  /** Without port; an IPv6 address in brackets. */
  readonly host: string;
  /** Of the listener, or where that takes any the one that was asked; 0: the scheme's own. */
  readonly port: number;
  readonly path: string;
  /** With its "?", or "". */
  readonly query: string;
  readonly matched: PathMatch;
}

/**
 * The Location of a redirect: absolute, in printable ASCII.
 *
 * The port is the one that is given, else the well-known one of a scheme that is given, else the listener's; it is left
 * out where it is the well-known one of the new location's scheme.
 *
 * Never throws. Linear in the URL.
 *
 * Source: Gateway API, HTTPRequestRedirectFilter.
 */
export function redirectLocation(redirect: Redirect, from: RedirectedFrom): string {
  const scheme = redirect.scheme ?? from.scheme;
  const port = redirect.port ?? (redirect.scheme === null ? from.port : 0);
  const authority = (redirect.hostname ?? from.host) + (port === 0 || port === wellKnownPort(scheme) ? "" : `:${port}`);
  const path = modifiedPath(from.path, redirect.path, from.matched);
  return printable(`${scheme}://${authority}${path}${redirect.stripQuery ? "" : from.query}`);
}

function wellKnownPort(scheme: string): number {
  return scheme === "https" ? 443 : 80;
}

/** Headers hold no other characters; URLs that a platform has parsed have none. */
function printable(location: string): string {
  return location.replace(/[^!-~]+/g, (other) => encodeURIComponent(other.toWellFormed()));
}
