import { exportJWK, exportPKCS8, generateKeyPair, jwtVerify } from "jose";
import { describe, expect, it } from "vitest";
import { ASSERTION_ALGORITHMS } from "../../../../../src/core/mesh-origins.ts";
import { signAssertion } from "../../../../../src/security/origin/tokens/assertion.ts";

const claims = { iss: "heddle", sub: "heddle", aud: "https://idp.example.com/token" };

describe("a client's word", () => {
  it.each(ASSERTION_ALGORITHMS)("is signed by %s, from PEM or a JWK, and verified", async (algorithm) => {
    const { privateKey, publicKey } = await generateKeyPair(algorithm, { extractable: true });
    const pem = await exportPKCS8(privateKey);
    const jwk = JSON.stringify(await exportJWK(privateKey));
    for (const key of [pem, pem.replaceAll("\n", "\\n"), jwk]) {
      const signed = await signAssertion({ algorithm, key, header: { kid: "k1", "x5t#S256": "" }, claims });
      if (!signed.ok) throw new Error(signed.why);
      const { payload, protectedHeader } = await jwtVerify(signed.jwt, publicKey, { algorithms: [algorithm] });
      expect(payload).toEqual(claims);
      expect(protectedHeader).toEqual({ alg: algorithm, typ: "JWT", kid: "k1" });
    }
  });

  it.each([
    ["a text", "hunter2", "is neither PEM nor a JWK"],
    [
      "PEM of nothing",
      "-----BEGIN PRIVATE KEY-----\naHVudGVyMg==\n-----END PRIVATE KEY-----",
      "is no key of the algorithm",
    ],
    ["a JWK of nothing", '{"kty":"hunter2"}', "is no key of the algorithm"],
  ])("is not made with %s, and nothing of that is told", async (_, key, why) => {
    const signed = await signAssertion({ algorithm: "RS256", key, header: {}, claims });
    expect(signed).toEqual({ ok: false, why });
  });

  it("is not made with a key of another kind, nor with one that is too weak", async () => {
    const { privateKey } = await generateKeyPair("ES256", { extractable: true });
    const ec = await exportPKCS8(privateKey);
    expect(await signAssertion({ algorithm: "RS256", key: ec, header: {}, claims })).toMatchObject({ ok: false });
    const parameters = {
      name: "RSASSA-PKCS1-v1_5",
      hash: "SHA-256",
      modulusLength: 1_024,
      publicExponent: new Uint8Array([1, 0, 1]),
    };
    const weak = (await crypto.subtle.generateKey(parameters, true, ["sign", "verify"])) as CryptoKeyPair;
    const key = JSON.stringify(await crypto.subtle.exportKey("jwk", weak.privateKey));
    expect(await signAssertion({ algorithm: "RS256", key, header: {}, claims })).toEqual({
      ok: false,
      why: "is too weak a key",
    });
  });
});
