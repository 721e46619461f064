import { createPublicKey, createVerify, generateKeyPairSync, verify as verifyWith } from "node:crypto";
import { createVerifier, httpbis } from "http-message-signatures";
import { describe, expect, it } from "vitest";
import { identifierOf, type SignableRequest } from "../../../../src/core/http-signature/component.ts";
import type {
  MessageSignaturePlan,
  OriginCredentialPlan,
  SignatureAlgorithm,
} from "../../../../src/core/mesh-origins.ts";
import { toSign } from "../../../../src/security/origin/message-signature.ts";
import { importHmacKey, importSigningKey } from "../../../../src/security/origin/private-key.ts";
import { ALGORITHMS } from "../../../../src/security/origin/signature-algorithms.ts";
import { createSignatureVerifier } from "../../../../src/verify/index.ts";
import { RFC_KEYS, RFC_SIGNATURES } from "../../../fixtures/rfc9421.ts";
import { buffered, NOW_MS, opened, sent } from "./outgoing.ts";

const plan = (change: Partial<MessageSignaturePlan> = {}): OriginCredentialPlan => ({
  name: "edge",
  type: "message-signature",
  keyId: "edge-1",
  algorithm: "ed25519",
  key: { secret: "EDGE_KEY" },
  components: ["@method", "@authority", "@path", "@query", "content-type", "content-digest"],
  label: "heddle",
  tag: "",
  ttlMs: 60_000,
  contentDigest: true,
  maxBodyBytes: 1_024,
  ...change,
});

const ED25519 = RFC_KEYS["test-key-ed25519"];

function signable({ method, url, headers }: (typeof RFC_SIGNATURES)[number]["request"]): SignableRequest {
  const { protocol, host, pathname, search } = new URL(url);
  return {
    method,
    scheme: protocol.slice(0, -1),
    authority: host,
    path: pathname,
    query: search,
    field: (name) => (headers as Record<string, string>)[name] ?? null,
  };
}

describe("what is signed of a request", () => {
  it.each(RFC_SIGNATURES)(
    "is what RFC 9421 $section signs",
    async ({ request, components, params, input, signature }) => {
      const covered = components.map((component) => [component, identifierOf(component)] as const);
      const text = toSign(covered, signable(request), params);
      expect(text.input).toBe(input);
      const { algorithm, secret } = RFC_KEYS[params.keyid];
      const { key, sign } = ALGORITHMS[algorithm];
      const imported =
        algorithm === "hmac-sha256" ? await importHmacKey(secret, 32) : await importSigningKey(secret, key);
      if (!imported.ok) throw new Error(imported.why);
      const signed = Buffer.from(await crypto.subtle.sign(sign, imported.key, Buffer.from(text.base)));
      // Two of the algorithms sign alike each time; of the others the RFC's signature is held against our text.
      if (algorithm === "hmac-sha256" || algorithm === "ed25519") expect(signed.toString("base64")).toBe(signature);
      else expect(isRight(params.keyid, text.base, Buffer.from(signature, "base64"))).toBe(true);
    },
  );

  function isRight(keyId: keyof typeof RFC_KEYS, text: string, signature: Buffer): boolean {
    const key = createPublicKey(RFC_KEYS[keyId].key as string);
    if (keyId === "test-key-ecc-p256") {
      return createVerify("sha256").update(text).verify({ key, dsaEncoding: "ieee-p1363" }, signature);
    }
    // RSA_PKCS1_PSS_PADDING, and a salt as long as the hash.
    return verifyWith("sha512", Buffer.from(text), { key, padding: 6, saltLength: 64 }, signature);
  }
});

describe("requests signed by RFC 9421", () => {
  it("say what is signed, when, until when, by which key and for what", async () => {
    const credential = opened(plan({ tag: 'for "shop"' }), { EDGE_KEY: ED25519.secret });
    const { applied, headers } = await sent(credential, {
      method: "POST",
      headers: { "content-type": "text/plain" },
      body: buffered("hello"),
    });
    expect(applied).toBe(null);
    expect(headers.get("content-digest")).toBe("sha-256=:LPJNul+wow4m6DsqxbninhsWHlwfp0JecwQzYpOLmCQ=:");
    expect(headers.get("signature-input")).toMatch(
      /^heddle=\("@method" "@authority" "@path" "@query" "content-type" "content-digest"\);created=1900000000;expires=1900000060;nonce="[\w-]{22}";keyid="edge-1";alg="ed25519";tag="for \\"shop\\""$/,
    );
    expect(headers.get("signature")).toMatch(/^heddle=:[A-Za-z0-9+/]{86}==:$/);
  });

  it("leave out headers that the request does not have, and the end where there is none", async () => {
    const credential = opened(plan({ ttlMs: 0, contentDigest: false, components: ["@path", "content-type"] }), {
      EDGE_KEY: ED25519.secret,
    });
    const { headers } = await sent(credential);
    expect(headers.get("signature-input")).toMatch(/^heddle=\("@path"\);created=1900000000;nonce="[^"]*";keyid/);
    expect(headers.has("content-digest")).toBe(false);
  });

  it("carry nothing of a signature that came with them", async () => {
    const headers = {
      "signature-input": 'client=("@path");created=1',
      signature: "client=:AAAA:",
      "content-digest": "sha-256=:AAAA:",
    };
    const credential = opened(plan(), { EDGE_KEY: ED25519.secret });
    const signed = (await sent(credential, { headers })).headers;
    expect(signed.get("signature-input")).not.toContain("client=");
    expect(signed.get("signature")).not.toContain("client=");
    expect(signed.get("content-digest")).not.toContain("AAAA");
  });

  const pairs = {
    "ecdsa-p256-sha256": () => generateKeyPairSync("ec", { namedCurve: "P-256" }),
    "ecdsa-p384-sha384": () => generateKeyPairSync("ec", { namedCurve: "P-384" }),
    ed25519: () => generateKeyPairSync("ed25519"),
    "rsa-pss-sha512": () => generateKeyPairSync("rsa", { modulusLength: 2_048 }),
    "rsa-v1_5-sha256": () => generateKeyPairSync("rsa", { modulusLength: 2_048 }),
  } as const;

  it.each(Object.keys(pairs) as (keyof typeof pairs)[])(
    "by %s, with a key as PEM or JWK, are good for two verifiers",
    async (algorithm) => {
      const { privateKey, publicKey } = pairs[algorithm]();
      const pem = privateKey.export({ type: "pkcs8", format: "pem" }).toString();
      const spki = publicKey.export({ type: "spki", format: "pem" }).toString();
      // As an environment file may have it.
      for (const EDGE_KEY of [pem.replaceAll("\n", "\\n"), JSON.stringify(privateKey.export({ format: "jwk" }))]) {
        const credential = opened(plan({ algorithm }), { EDGE_KEY });
        const one = await sent(credential, {
          method: "POST",
          body: buffered("hello"),
          headers: { "content-type": "a/b" },
        });
        expect(one.applied).toBe(null);
        const received = { method: one.method, url: one.url, headers: Object.fromEntries(one.headers), body: "hello" };
        for (const key of [spki, { ...publicKey.export({ format: "jwk" }) }]) {
          const ours = await createSignatureVerifier({ keys: { "edge-1": { algorithm, key } }, nowMs: () => NOW_MS });
          expect(await ours.verify(received)).toEqual({ ok: true, keyId: "edge-1" });
        }
        expect(await isGoodForOthers(algorithm, spki, received)).toBe(true);
        const changed = { ...received, method: "PUT" };
        expect(await isGoodForOthers(algorithm, spki, changed)).toBe(false);
      }
    },
  );

  it("by hmac-sha256 are good for two verifiers", async () => {
    const EDGE_KEY = "0123456789abcdef0123456789abcdef";
    const one = await sent(opened(plan({ algorithm: "hmac-sha256" }), { EDGE_KEY }));
    const received = { method: one.method, url: one.url, headers: Object.fromEntries(one.headers) };
    const keys = { "edge-1": { algorithm: "hmac-sha256", key: EDGE_KEY } } as const;
    const ours = await createSignatureVerifier({ keys, nowMs: () => NOW_MS });
    expect(await ours.verify(received)).toEqual({ ok: true, keyId: "edge-1" });
    expect(await isGoodForOthers("hmac-sha256", EDGE_KEY, received)).toBe(true);
  });

  /** By the npm package http-message-signatures. */
  async function isGoodForOthers(
    algorithm: SignatureAlgorithm,
    key: string,
    request: { method: string; url: string; headers: Record<string, string> },
  ): Promise<boolean> {
    const verify = createVerifier(key, algorithm);
    // It goes by the clock.
    const config = {
      keyLookup: async () => ({ id: "edge-1", algs: [algorithm], verify }),
      notAfter: NOW_MS / 1_000 + 60,
    };
    try {
      return (await httpbis.verifyMessage(config, request)) === true;
    } catch {
      return false;
    }
  }

  it.each([
    ["", "is absent"],
    ["no key", "is neither PEM nor a JWK"],
    ["{}", "is no key of the algorithm"],
    [RFC_KEYS["test-key-rsa-pss"].secret, "is no key of the algorithm"],
    ["-----BEGIN EC PRIVATE KEY-----\nAAAA\n-----END EC PRIVATE KEY-----", "is an EC PRIVATE KEY, which is not PKCS#8"],
    ["-----BEGIN ENCRYPTED PRIVATE KEY-----\nAAAA\n-----END ENCRYPTED PRIVATE KEY-----", "is encrypted"],
  ])("are not sent with the key %j", async (EDGE_KEY, why) => {
    const credential = opened(plan(), { EDGE_KEY });
    const { applied, headers } = await sent(credential);
    expect(applied).toMatchObject({ credential: "edge", of: "ours" });
    expect(applied!.why).toContain(`the secret EDGE_KEY ${why}`);
    expect(credential.problem()).toBe(applied!.why);
    expect([...headers]).toEqual([]);
  });

  it("are not sent when their body streams or is too large for its digest", async () => {
    const credential = opened(plan({ maxBodyBytes: 4 }), { EDGE_KEY: ED25519.secret });
    for (const body of [{ kind: "stream" } as const, buffered("hello")]) {
      const { applied } = await sent(credential, { method: "POST", body });
      expect(applied).toEqual({ credential: "edge", why: "a signed body may have 4 bytes", of: "body" });
    }
  });
});
