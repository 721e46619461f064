/**
 * Headers that tell browsers what not to do with an answer.
 *
 * Source: OWASP Secure Headers Project; RFC 6797 §7.2, which keeps Strict-Transport-Security from answers without TLS.
 */
import type { SecurityHeaders } from "../mesh-routes.ts";

/** What is written to: the platform's Headers, or anything that behaves as they do. */
export interface WritableHeaders {
  has(name: string): boolean;
  set(name: string, value: string): void;
  delete(name: string): void;
}

/**
 * Takes away what tells of the origin's software, and says what the answer does not say itself, or in its place.
 *
 * - `isSecure`: whether the request came by TLS.
 *
 * Never throws for what a compiled mesh has. Linear in the plan.
 */
export function addSecurityHeaders(headers: WritableHeaders, plan: SecurityHeaders, isSecure: boolean): void {
  for (const name of plan.remove) headers.delete(name);
  for (const [name, value] of plan.headers) {
    if (plan.replaces || !headers.has(name)) headers.set(name, value);
  }
  if (isSecure) {
    if (plan.hsts !== "" && (plan.replaces || !headers.has(HSTS))) headers.set(HSTS, plan.hsts);
  } else if (plan.hsts !== "") headers.delete(HSTS);
}

const HSTS = "strict-transport-security";
