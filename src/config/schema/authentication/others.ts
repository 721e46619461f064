/** Callers known by somebody else's word: the platform's for client certificates, an authorizer's for the rest. */
import * as z from "zod";
import { duration } from "../duration.ts";
import { isRecord, withFindings } from "../finding.ts";
import { CONNECTION_HEADERS, headerName } from "../names.ts";
import { derived, required, setting, withDefaults } from "../setting.ts";
import { askedUrl } from "./places.ts";

const patterns = () =>
  z
    .array(z.string().regex(/^(?:\*|\*?[^*]{1,1024}\*?)$/, { error: 'may have "*" at its beginning and end only' }))
    .max(64);

export const clientCertificateSchema = withFindings(
  z.strictObject({
    type: required(
      z.literal("ClientCertificate"),
      "Certificates that Cloudflare verified when the connection was made.",
    ),
    ...withDefaults({
      issuers: setting(
        z.array(z.string().min(1).max(1_024)).max(64),
        "Distinguished names (RFC 2253) of issuers, one of which it has to have.",
        [],
        "any that Cloudflare verified: the CAs that were uploaded for the host",
      ),
      subjects: setting(
        patterns(),
        'Distinguished names (RFC 2253) of subjects, "*" at an end for anything; one has to fit.',
        [],
        "any",
      ),
      subjectAltNames: setting(
        patterns(),
        'DNS names, URIs or addresses in the certificate, "*" at an end for anything; one has to fit.',
        [],
        "any",
      ),
      fingerprints: setting(
        z
          .array(z.string().regex(/^([0-9a-f]{2}:?){31}[0-9a-f]{2}$/i, { error: "must be a SHA-256 in hex" }))
          .max(1_000),
        "SHA-256 of certificates, one of which it has to be.",
        [],
        "any",
      ),
    }),
  }),
  function* (provider) {
    if (!isRecord(provider)) return;
    const fields = ["issuers", "subjects", "subjectAltNames", "fingerprints"];
    if (fields.some((field) => Array.isArray(provider[field]) && provider[field].length > 0)) return;
    yield { path: [], message: `has to say which certificates: one of ${fields.join(", ")}` };
  },
);

const settable = () =>
  headerName().refine((text) => ![...CONNECTION_HEADERS, "host"].includes(text.toLowerCase()), {
    error: "belongs to the connection",
  });

export const externalSchema = z.strictObject({
  type: required(
    z.literal("External"),
    "An authorizer that is asked about every request, as in Envoy's ext_authz over HTTP.",
  ),
  url: required(
    askedUrl(),
    "Its scheme, host and port; a path is put before the request's. Redirects are passed on, not followed.",
  ),
  ...withDefaults({
    timeout: setting(duration("10ms", "10s"), "For its answer.", "200ms", "as in Envoy"),
    onFailure: setting(
      z.enum(["refuse", "allow"]),
      "What holds when it does not answer in time, or answers 5xx.",
      "refuse",
      "as failure_mode_allow in Envoy, which is off",
    ),
    requestHeaders: setting(
      z.array(headerName()).max(64),
      "Headers of the request that it is sent besides method, host and path. Never the body.",
      ["authorization", "cookie"],
      "Envoy sends authorization; browsers have cookies",
    ),
    upstreamHeaders: setting(
      z.array(settable()).max(64),
      "Headers of its answer that endpoints get. What callers send under these names is dropped on every rule of the mesh.",
      [],
      "none, as in Envoy",
    ),
    downstreamHeaders: setting(
      z.array(settable()).max(64),
      "Headers of its refusal that callers get.",
      ["www-authenticate", "location"],
      "enough to be sent to a login; add set-cookie if the login needs it",
    ),
    principalHeader: derived(
      headerName(),
      "Header of its answer that names the principal.",
      "the principal has no name",
    ),
  }),
});
