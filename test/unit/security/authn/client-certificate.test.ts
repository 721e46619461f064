import { generate } from "selfsigned";
import { beforeAll, describe, expect, it } from "vitest";
import type { ClientCertificateProvider } from "../../../../src/core/mesh.ts";
import { subjectAltNamesOf } from "../../../../src/security/authn/certificate-names.ts";
import { openClientCertificates } from "../../../../src/security/authn/client-certificate.ts";
import { callerOf } from "./providers.ts";

let certificate = "";
beforeAll(async () => {
  const altNames = [
    { type: 2, value: "Client.Example.com" },
    { type: 6, value: "spiffe://example.com/ns/shop/sa/cart" },
    { type: 7, ip: "10.1.2.3" },
  ];
  const { cert } = await generate([{ name: "commonName", value: "client" }], {
    extensions: [{ name: "subjectAltName", altNames }],
  } as never);
  certificate = `:${cert.replace(/-----[^-]+-----|\s/g, "")}:`;
});

const provider = (over: Partial<ClientCertificateProvider>): ClientCertificateProvider => ({
  type: "mtls",
  name: "machines",
  issuers: [],
  subjects: [],
  subjectAltNames: [],
  fingerprints: [],
  ...over,
});
const presented = (over: object = {}) => ({
  certPresented: "1",
  certVerified: "SUCCESS",
  certRevoked: "0",
  certIssuerDNRFC2253: "CN=Example CA,O=Example",
  certSubjectDNRFC2253: "CN=client,O=Example",
  certFingerprintSHA256: "AB".repeat(32),
  certRFC9440: certificate,
  ...over,
});
function check(over: Partial<ClientCertificateProvider>, tlsClientAuth: object | undefined) {
  const caller = callerOf({ "cf-client-cert-verified": "SUCCESS", "x-client-cert": certificate });
  Object.defineProperty(caller.request, "cf", { value: { tlsClientAuth } });
  return openClientCertificates(provider(over)).check(caller);
}

describe("a client certificate", () => {
  it("that the platform does not speak of is none, whatever headers say", () => {
    expect(check({ subjects: ["*"] }, undefined)).toBeNull();
    expect(check({ subjects: ["*"] }, { certPresented: "0", certVerified: "NONE" })).toBeNull();
  });

  it.each([
    [{ issuers: ["CN=Example CA,O=Example"] }, true],
    [{ issuers: ["CN=Example CA"] }, false],
    [{ subjects: ["CN=client,*"] }, true],
    [{ subjects: ["*,O=Other"] }, false],
    [{ fingerprints: ["ab".repeat(32)] }, true],
    [{ fingerprints: ["ac".repeat(32)] }, false],
    [{ subjectAltNames: ["spiffe://example.com/*"] }, true],
    [{ subjectAltNames: ["client.example.com"] }, true],
    [{ subjectAltNames: ["10.1.2.3"] }, true],
    [{ subjectAltNames: ["evil.example.com", "*.org"] }, false],
    [{ subjects: ["CN=client,*"], fingerprints: ["ac".repeat(32)] }, false],
  ])("is held against %j", (rules, expected) => {
    expect(check(rules, presented())).toMatchObject({ ok: expected });
  });

  it.each([
    { certVerified: "FAILED:self signed certificate" },
    { certVerified: undefined },
    { certRevoked: "1" },
    { certRevoked: undefined },
  ])("with %j is refused", (over) => {
    expect(check({ subjects: ["*"] }, presented(over))).toMatchObject({ ok: false });
  });

  it("whose names cannot be read has none that fits", () => {
    expect(check({ subjectAltNames: ["*"] }, presented({ certRFC9440: "" }))).toMatchObject({ ok: false });
    expect(check({ subjects: ["*"] }, presented({ certRFC9440: "" }))).toMatchObject({ ok: true });
  });

  it("is the principal by its subject", () => {
    const names = ["client.example.com", "spiffe://example.com/ns/shop/sa/cart", "10.1.2.3"];
    expect(check({ subjects: ["*"] }, presented())).toMatchObject({
      principal: { kind: "mtls", id: "CN=client,O=Example", claims: { names } },
    });
  });
});

describe("names of a certificate", () => {
  it("are read from nothing but a whole certificate, and never throw", () => {
    const text = certificate.slice(1, -1);
    for (let cut = 0; cut < text.length; cut += 16) {
      expect(() => subjectAltNamesOf(`:${text.slice(0, cut)}:`)).not.toThrow();
      const bytes = Buffer.from(text, "base64");
      bytes[cut % bytes.length]! ^= 0xff;
      expect(() => subjectAltNamesOf(`:${bytes.toString("base64")}:`)).not.toThrow();
    }
  });
});
