/** Scrapers that show a client certificate in place of a token. The platform checks it; here it is only looked up. */
import type { ApiContext } from "../context.ts";
import type { Caller } from "./caller.ts";

/** The only path that a certificate opens. */
const PATH = "/metrics";

/**
 * Who shows a certificate whose fingerprint is in HEDDLE_METRICS_CLIENT_CERTS; null for anybody else. What is believed is
 * `request.cf`, which callers cannot write. Never throws.
 */
export function certifiedCaller(context: ApiContext): Caller | null {
  const listed = context.env.HEDDLE_METRICS_CLIENT_CERTS;
  if (listed === undefined || context.req.path !== PATH) return null;
  const { cf } = context.req.raw as { cf?: { tlsClientAuth?: Partial<IncomingRequestCfPropertiesTLSClientAuth> } };
  const { certVerified, certRevoked, certFingerprintSHA256 = "" } = cf?.tlsClientAuth ?? {};
  if (certVerified !== "SUCCESS" || certRevoked !== "0") return null;
  const shown = normal(certFingerprintSHA256);
  const isListed = shown.length === 64 && listed.split(",").some((one) => normal(one) === shown);
  if (!isListed) return null;
  return {
    key: `certificate/${shown}`,
    name: `certificate ${shown.slice(0, 16)}`,
    via: "certificate",
    scopes: ["read"],
    services: null,
    expiresAtMs: null,
  };
}

function normal(fingerprint: string): string {
  return fingerprint.replaceAll(/[^0-9a-f]/gi, "").toLowerCase();
}
