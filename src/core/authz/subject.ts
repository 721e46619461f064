/** What is decided about: a request, and what is known of who sent it and from where. */
import type { Principal } from "../principal.ts";
import type { RequestHead } from "../request-head.ts";

export type Place = "country" | "asn" | "colo";

export interface Subject {
  readonly head: RequestHead;
  /** Where it came in: the listener's, or the URL's where the listener takes any. */
  readonly port: number;
  readonly principal: Principal;
  /** Of the downstream; "" when nobody says. */
  readonly clientIp: string;
  /** What Cloudflare says of where it comes from, upper case; "" when it does not. */
  readonly place: (what: Place) => string;
}

/**
 * Visits what a principal may be called by its certificate: subject, then subject alternative names. True as soon as `fits`
 * is. Never throws.
 */
export function somePeerName({ kind, id, claims }: Principal, fits: (name: string) => boolean): boolean {
  if (kind !== "mtls") return false;
  if (id !== "" && fits(id)) return true;
  const { names } = claims;
  if (!Array.isArray(names)) return false;
  return names.some(
    (name) => typeof name === "string" && fits(name.startsWith(SPIFFE) ? name.slice(SPIFFE.length) : name),
  );
}

const SPIFFE = "spiffe://";

/** The first part of what a request's sender is called: a token's issuer, another credential's kind; "" for nobody. */
export function issuerOf({ kind, claims }: Principal): string {
  if (kind === "anonymous" || kind === "mtls") return "";
  if (kind === "jwt" || kind === "access") return typeof claims.iss === "string" ? claims.iss : "";
  return kind;
}

/** The second part: a token's subject, another credential's name; null where there is none. */
export function subjectOf({ kind, id, claims }: Principal): string | null {
  if (kind === "anonymous" || kind === "mtls") return null;
  if (kind === "jwt" || kind === "access") return typeof claims.sub === "string" ? claims.sub : null;
  return id;
}
