/**
 * What Cloudflare says of a caller and no header can: the score of bots, the country, the network, the location, the certificate of
 * the connection. Policies are held against a `request.cf` as the platform gives it, and then against callers who say it themselves.
 */
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { ask } from "../harness/ask.ts";
import { type Platform, startPlatform } from "../harness/cloudflare.ts";
import { createResources } from "../harness/resources.ts";

const own = createResources();
const FINGERPRINT = "ab".repeat(32);
const CERTIFICATE = {
  certPresented: "1",
  certVerified: "SUCCESS",
  certRevoked: "0",
  certIssuerDNRFC2253: "CN=Heddle CA",
  certSubjectDNRFC2253: "CN=billing,O=Heddle",
  certFingerprintSHA256: FINGERPRINT,
  certSerial: "01",
};
const WELCOME = { country: "DE", asn: 64_500, colo: "FRA", botManagement: { score: 90 }, tlsClientAuth: CERTIFICATE };

/** Everything that a caller could think would be taken for the platform's word. */
const CLAIMS: Readonly<Record<string, string>> = {
  "cf-ipcountry": "DE",
  "cf-ip-country": "DE",
  "x-country": "DE",
  "cf-asn": "64500",
  "cf-colo": "FRA",
  "cf-ray": "0000000000000000-FRA",
  "cf-bot-score": "90",
  "cf-bot-management": '{"score":90,"verifiedBot":true}',
  "cf-verified-bot": "true",
  "cf-client-cert-verified": "SUCCESS",
  "cf-client-cert-sha256": FINGERPRINT,
  "cf-cert-subject-dn": "CN=billing,O=Heddle",
  "client-cert": ":MIIB:",
  "x-forwarded-client-cert": `Hash=${FINGERPRINT};Subject="CN=billing,O=Heddle"`,
  "x-ssl-client-verify": "SUCCESS",
  "x-ssl-client-s-dn": "CN=billing,O=Heddle",
  "mf-cf-blob": JSON.stringify(WELCOME),
};

const policy = (path: string, source: string) =>
  `{ matches: [{ path: { value: ${path} } }], authorization: { policies: [{ name: p, action: ALLOW, rules: [{ from: [{ source: ${source} }] }] }] }, backendRefs: [{ service: s }] }`;
const config = (url: string) => `
services: { s: { endpoints: [{ id: o, url: "${url}" }] } }
authentication: { providers: { mtls: { type: ClientCertificate, fingerprints: [${FINGERPRINT}], issuers: ["CN=Heddle CA"] } } }
routes:
  - rules:
      - ${policy("/country", "{ countries: [DE, FR] }")}
      - ${policy("/asn", '{ asns: ["64500"] }')}
      - ${policy("/colo", "{ colos: [FRA] }")}
      - { matches: [{ path: { value: /bots } }], bounds: { bots: { minScore: 30 } }, backendRefs: [{ service: s }] }
      - { matches: [{ path: { value: /people } }], bounds: { bots: { minScore: 30, allowVerified: false } }, backendRefs: [{ service: s }] }
      - { matches: [{ path: { value: /certified } }], authentication: { providers: [mtls], required: true }, backendRefs: [{ service: s }] }
      - matches: [{ path: { value: /billing } }]
        authentication: { providers: [mtls], required: true }
        authorization: { policies: [{ name: p, action: ALLOW, rules: [{ from: [{ source: { principals: ["CN=billing,O=Heddle"] } }] }] }] }
        backendRefs: [{ service: s }]
`;

describe("what the platform says of a caller", () => {
  let platform: Platform;
  let origin: string;

  beforeAll(async () => {
    origin = (await own.origin("origin")).url;
    platform = await startPlatform(config(origin));
  });
  afterAll(async () => {
    await platform?.close();
    await own.close();
  });

  it.each([
    ["/country", { country: "DE" }, 200],
    ["/country", { country: "US" }, 403],
    ["/country", { country: "T1" }, 403],
    ["/country", {}, 403],
    ["/asn", { asn: 64_500 }, 200],
    ["/asn", { asn: 64_501 }, 403],
    ["/asn", { asn: "64500 " }, 403],
    ["/colo", { colo: "FRA" }, 200],
    ["/colo", { colo: "AMS" }, 403],
    ["/bots", { botManagement: { score: 1 } }, 403],
    ["/bots", { botManagement: { score: 29 } }, 403],
    ["/bots", { botManagement: { score: 30 } }, 200],
    ["/bots", { botManagement: { score: 2, verifiedBot: true } }, 200],
    ["/people", { botManagement: { score: 2, verifiedBot: true } }, 403],
    ["/bots", {}, 200],
    ["/certified", { tlsClientAuth: CERTIFICATE }, 200],
    ["/certified", { tlsClientAuth: { ...CERTIFICATE, certVerified: "FAILED:self signed" } }, 401],
    ["/certified", { tlsClientAuth: { ...CERTIFICATE, certRevoked: "1" } }, 401],
    ["/certified", { tlsClientAuth: { ...CERTIFICATE, certPresented: "0" } }, 401],
    ["/certified", { tlsClientAuth: { ...CERTIFICATE, certFingerprintSHA256: "cd".repeat(32) } }, 401],
    ["/certified", { tlsClientAuth: { ...CERTIFICATE, certIssuerDNRFC2253: "CN=Other CA" } }, 401],
    ["/certified", {}, 401],
    ["/billing", { tlsClientAuth: CERTIFICATE }, 200],
    ["/billing", { tlsClientAuth: { ...CERTIFICATE, certSubjectDNRFC2253: "CN=shop,O=Heddle" } }, 403],
  ] as const)("decides on %s with %j: %i", async (path, cf, status) => {
    const answer = await platform.ask(path, { cf });
    expect(answer.status, answer.text).toBe(status);
  });

  it.each(["/country", "/asn", "/colo", "/people", "/certified", "/billing"])(
    "is not what the caller says of itself in headers: %s",
    async (path) => {
      const { "mf-cf-blob": _, ...claims } = CLAIMS;
      const unwelcome = { country: "US", asn: 1, colo: "AMS", botManagement: { score: 1 } };
      const { status } = await platform.ask(path, { cf: unwelcome, headers: claims });
      expect(status).toBe(path === "/certified" || path === "/billing" ? 401 : 403);
      expect((await platform.ask(path, { cf: WELCOME })).status).toBe(200);
    },
  );

  it("is not there without the platform, whatever headers say, and nobody is let in for it", async () => {
    const edge = await own.edge(config(origin));
    for (const path of ["/country", "/asn", "/colo"]) {
      expect((await ask(edge, path, { headers: CLAIMS })).status, path).toBe(403);
    }
    for (const path of ["/certified", "/billing"]) {
      expect((await ask(edge, path, { headers: CLAIMS })).status, path).toBe(401);
    }
  });
});
