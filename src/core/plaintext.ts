/**
 * What is done about origins that are asked without TLS. A request that crosses the internet in the clear is read, and
 * changed, by whoever is on the way, with every credential that it carries; inside a machine or a private network it is how
 * most services are run.
 */
import { kindOfHost } from "./host-kind.ts";
import type { Endpoint } from "./mesh.ts";
import type { Plaintext } from "./mesh-origins.ts";

/** Whether an origin of this host may be asked by http. Never throws. */
export function mayBePlain(plaintext: Plaintext, hostname: string): boolean {
  switch (plaintext) {
    case "allow":
      return true;
    case "private":
      return kindOfHost(hostname.replace(/\.$/, "")) !== "public";
    case "refuse":
    case "upgrade":
      return false;
  }
}

/**
 * The origin that is asked in place of `origin`: itself, or the one with TLS; null when there is none to ask.
 *
 * - `origin`: scheme, host and port as `URL.origin` writes them.
 *
 * An upgraded port 80 becomes the scheme's own, any other stays. Never throws for an origin.
 */
export function originUnder(plaintext: Plaintext, origin: string): string | null {
  if (!origin.startsWith("http:")) return origin;
  // Port 80 is not written, so the scheme's own takes its place.
  if (plaintext === "upgrade") return `https${origin.slice(4)}`;
  return mayBePlain(plaintext, hostOf(origin)) ? origin : null;
}

/** The endpoints that may be asked, as they may be asked; the list itself where all may be as they are. Linear. */
export function endpointsUnder(plaintext: Plaintext, endpoints: readonly Endpoint[]): readonly Endpoint[] {
  if (plaintext === "allow" || endpoints.every(({ origin }) => originUnder(plaintext, origin) === origin)) {
    return endpoints;
  }
  return endpoints.flatMap((endpoint) => {
    const origin = originUnder(plaintext, endpoint.origin);
    if (origin === null) return [];
    return origin === endpoint.origin ? [endpoint] : [{ ...endpoint, origin }];
  });
}

/** As the origin has it: without the port, IPv6 in brackets. */
function hostOf(origin: string): string {
  return origin.slice(origin.indexOf("//") + 2).replace(/:\d+$/, "");
}
