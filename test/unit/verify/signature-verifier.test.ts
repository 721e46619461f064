import { describe, expect, it } from "vitest";
import { createNonceStore, createSignatureVerifier, type ReceivedRequest } from "../../../src/verify/index.ts";
import { CREATED_MS, RFC_KEYS, RFC_SIGNATURES, signedExample } from "../../fixtures/rfc9421.ts";

const [, digest, full, , ed25519] = RFC_SIGNATURES;

const verifier = (options: Partial<Parameters<typeof createSignatureVerifier>[0]> = {}) =>
  createSignatureVerifier({
    keys: RFC_KEYS,
    required: [],
    nonces: null,
    nowMs: () => CREATED_MS + 1_000,
    ...options,
  });

describe("the verifier of HTTP message signatures", () => {
  it.each(RFC_SIGNATURES)("takes the example $section of RFC 9421", async (example) => {
    const { verify } = await verifier();
    expect(await verify(signedExample(example))).toEqual({ ok: true, keyId: example.params.keyid });
  });

  it.each([
    ["another method", { method: "PUT" }],
    ["another path", { url: "https://example.com/fooo?param=Value&Pet=dog" }],
    ["another query", { url: "https://example.com/foo?param=value&Pet=dog" }],
    ["another host", { url: "https://example.org/foo?param=Value&Pet=dog" }],
  ])("refuses %s", async (_, change) => {
    const { verify } = await verifier();
    const verdict = await verify({ ...signedExample(full), ...change });
    expect(verdict).toEqual({ ok: false, why: "the signature is not right" });
  });

  it("refuses another body, and another digest of it", async () => {
    const { verify } = await verifier();
    const signed = signedExample(digest);
    expect(await verify({ ...signed, body: '{"hello": "World"}' })).toEqual({
      ok: false,
      why: "the body is another one",
    });
    const { body: _, ...bare } = signed;
    expect(await verify(bare)).toMatchObject({ why: "the body is another one" });
    const headers = { ...signed.headers, "content-digest": "sha-256=:RBNvo1WzZ4oRRq0W9+hknpT7T8If536DEMBg9hyq/4o=:" };
    expect(await verify({ ...signed, headers })).toMatchObject({ why: "the signature is not right" });
  });

  it.each([
    ["a header that is signed is gone", { date: undefined }, 'it covers "date", which cannot be told'],
    ["nothing is signed", { "signature-input": undefined, signature: undefined }, "it is not signed"],
    ["there is an input without its signature", { signature: undefined }, "it has no signature by a key that is known"],
    ["the input cannot be read", { "signature-input": "sig-b26=(" }, "its signature cannot be read"],
    ["the signature is no bytes", { signature: 'sig-b26="abc"' }, "it has no signature by a key that is known"],
  ])("refuses a request when %s", async (_, change, why) => {
    const { verify } = await verifier();
    const signed = signedExample(ed25519);
    expect(await verify({ ...signed, headers: { ...signed.headers, ...change } })).toEqual({ ok: false, why });
  });

  it.each(["constructor", "__proto__", "toString"])("refuses a signature over %s, which is no header", async (name) => {
    const { verify } = await verifier();
    const signed = signedExample(ed25519);
    const input = `sig-b26=("${name}");created=1618884473;keyid="test-key-ed25519"`;
    expect(await verify({ ...signed, headers: { ...signed.headers, "signature-input": input } })).toEqual({
      ok: false,
      why: `it covers "${name}", which cannot be told`,
    });
  });

  it("refuses what a signature has to cover and does not", async () => {
    const { verify } = await verifier({ required: ["@method", "@query"] });
    expect(await verify(signedExample(full))).toMatchObject({ ok: true });
    expect(await verify(signedExample(ed25519))).toEqual({ ok: false, why: "it does not cover @query" });
  });

  it("wants the digest of a body, and of headers those that are there", async () => {
    const headers: ReceivedRequest["headers"] = { ...signedExample(ed25519).headers, "content-digest": undefined };
    const bodiless = { ...signedExample(ed25519), headers };
    const fields = await verifier({ required: ["x-other"] });
    expect(await fields.verify(bodiless)).toMatchObject({ ok: true });
    expect(await fields.verify({ ...bodiless, headers: { ...headers, "x-other": "1" } })).toMatchObject({
      why: "it does not cover x-other",
    });
    const whole = await verifier({ required: ["content-digest"] });
    expect(await whole.verify(bodiless)).toMatchObject({ why: "it does not cover content-digest" });
  });

  it.each([
    [-31_000, "it was made in the future"],
    [-29_000, undefined],
    [89_000, undefined],
    [91_000, "it is too old"],
  ])("%i ms after it was made says %s, with a minute of age and half a minute of skew", async (afterMs, why) => {
    const { verify } = await verifier({ maxAgeMs: 60_000, nowMs: () => CREATED_MS + afterMs });
    expect(await verify(signedExample(ed25519))).toMatchObject(why === undefined ? { ok: true } : { why });
  });

  it("goes by the key's algorithm, and wants the tag it was told", async () => {
    const keys = { "test-key-ed25519": RFC_KEYS["test-shared-secret"] };
    const confused = await createSignatureVerifier({ keys, required: [], nonces: null, nowMs: () => CREATED_MS });
    expect(await confused.verify(signedExample(ed25519))).toMatchObject({ why: "the signature is not right" });
    const tagged = await verifier({ tag: "header-example" });
    expect(await tagged.verify(signedExample(digest))).toMatchObject({ ok: true });
    expect(await tagged.verify(signedExample(full))).toMatchObject({ ok: false });
  });

  it("takes a request once", async () => {
    const { verify } = await verifier({ nonces: createNonceStore() });
    const signed = signedExample(RFC_SIGNATURES[0]);
    expect(await verify(signed)).toMatchObject({ ok: true });
    expect(await verify(signed)).toEqual({ ok: false, why: "it was taken before" });
    expect(await verify(signedExample(full))).toEqual({ ok: false, why: "it has no nonce" });
  });

  it("refuses keys that are none when it is made", async () => {
    await expect(createSignatureVerifier({ keys: { a: { algorithm: "ed25519", key: "no key" } } })).rejects.toThrow(
      "no PEM",
    );
  });
});
