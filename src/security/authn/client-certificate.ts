/**
 * Client certificates, as the platform verified them when the connection was made (`request.cf.tlsClientAuth`). Headers that
 * speak of certificates are a caller's own words and are never looked at.
 *
 * Source: Cloudflare, request.cf.tlsClientAuth; RFC 9440 for how the certificate itself is carried there.
 */
import type { ClientCertificateProvider } from "../../core/mesh.ts";
import { subjectAltNamesOf } from "./certificate-names.ts";
import type { OpenProvider } from "./open.ts";
import { type Check, unauthenticated } from "./outcome.ts";

interface TlsClientAuth {
  readonly certPresented?: unknown;
  readonly certVerified?: unknown;
  readonly certRevoked?: unknown;
  readonly certIssuerDNRFC2253?: unknown;
  readonly certSubjectDNRFC2253?: unknown;
  readonly certFingerprintSHA256?: unknown;
  readonly certSerial?: unknown;
  readonly certRFC9440?: unknown;
}

export function openClientCertificates(provider: ClientCertificateProvider): OpenProvider {
  const { name } = provider;
  return {
    name,
    check({ request }) {
      const tls = (request as { readonly cf?: { readonly tlsClientAuth?: TlsClientAuth } }).cf?.tlsClientAuth;
      if (tls === undefined || tls === null || tls.certPresented !== "1") return null;
      return judge(provider, tls);
    },
  };
}

function judge(provider: ClientCertificateProvider, tls: TlsClientAuth): Check {
  const { name, issuers, subjects, subjectAltNames, fingerprints } = provider;
  const refuse = (why: string) => unauthenticated(name, why, "");
  if (tls.certVerified !== "SUCCESS") return refuse("the platform could not verify the certificate");
  if (tls.certRevoked !== "0") return refuse("the certificate was revoked");
  const [issuer, subject] = [textOf(tls.certIssuerDNRFC2253), textOf(tls.certSubjectDNRFC2253)];
  const fingerprint = textOf(tls.certFingerprintSHA256).toLowerCase();
  if (issuers.length > 0 && !issuers.includes(issuer)) return refuse("its issuer is none of those named");
  if (fingerprints.length > 0 && !fingerprints.includes(fingerprint)) return refuse("its fingerprint is not listed");
  if (subjects.length > 0 && !subjects.some((pattern) => fits(pattern, subject)))
    return refuse("its subject does not fit");
  const names = subjectAltNamesOf(textOf(tls.certRFC9440));
  if (subjectAltNames.length > 0) {
    if (names === null) return refuse("its names cannot be read");
    if (!names.some((one) => subjectAltNames.some((pattern) => fits(pattern, one))))
      return refuse("none of its names fits");
  }
  const claims = { issuer, subject, fingerprint, serial: textOf(tls.certSerial), names: names ?? [] };
  return {
    ok: true,
    principal: { kind: "mtls", id: subject === "" ? fingerprint : subject, claims },
    provider: name,
    withhold: null,
    claims: [],
  };
}

/** "*" at an end stands for anything. */
function fits(pattern: string, text: string): boolean {
  const [open, close] = [pattern.startsWith("*"), pattern.endsWith("*")];
  const core = pattern.slice(open ? 1 : 0, close && pattern.length > 1 ? -1 : undefined);
  if (open && close) return text.includes(core);
  if (open) return text.endsWith(core);
  return close ? text.startsWith(core) : text === core;
}

function textOf(value: unknown): string {
  return typeof value === "string" ? value : "";
}
