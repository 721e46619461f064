import { describe, expect, it } from "vitest";
import type { OriginCredentialPlan } from "../../../../src/core/mesh-origins.ts";
import { createHmacVerifier } from "../../../../src/verify/index.ts";
import { buffered, NOW_MS, opened, sent } from "./outgoing.ts";

const SECRET = "0123456789abcdef0123456789abcdef";
const plan: OriginCredentialPlan = {
  name: "edge",
  type: "hmac",
  keyId: "edge-1",
  key: { secret: "EDGE_KEY" },
  signsBody: true,
  maxBodyBytes: 16,
};

const verifier = (options: Partial<Parameters<typeof createHmacVerifier>[0]> = {}) =>
  createHmacVerifier({ keys: { "edge-1": SECRET }, nowMs: () => NOW_MS, ...options });
const received = ({ method, url, headers }: { method: string; url: string; headers: Headers }, body?: string) => ({
  method,
  url,
  headers: Object.fromEntries(headers),
  ...(body !== undefined && { body }),
});

describe("requests signed by HMAC", () => {
  it("are what the verifier for origins takes, once", async () => {
    const { verify } = verifier();
    const one = received(
      await sent(opened(plan, { EDGE_KEY: SECRET }), { method: "POST", body: buffered("hello") }),
      "hello",
    );
    expect(await verify(one)).toEqual({ ok: true, keyId: "edge-1" });
    expect(await verify(one)).toEqual({ ok: false, why: "it was taken before" });
  });

  it.each([
    ["another body", { body: "hallo" }],
    ["another method", { method: "PUT" }],
    ["another path", { url: "https://origin.example.com/a/c?c=d" }],
    ["another host", { url: "https://origin.example.org/a/b?c=d" }],
    ["another query", { url: "https://origin.example.com/a/b?c=e" }],
  ])("are refused with %s", async (_, change) => {
    const one = received(
      await sent(opened(plan, { EDGE_KEY: SECRET }), { method: "POST", body: buffered("hello") }),
      "hello",
    );
    expect(await verifier().verify({ ...one, ...change })).toEqual({ ok: false, why: "the signature is not right" });
  });

  it("are refused outside the window, by a key that is not known, and unsigned", async () => {
    const one = received(await sent(opened(plan, { EDGE_KEY: SECRET })));
    const late = verifier({ nowMs: () => NOW_MS + 301_000 });
    expect(await late.verify(one)).toMatchObject({ why: "its time is outside the window" });
    expect(await verifier({ keys: {} }).verify(one)).toMatchObject({ why: "it is by a key that is not known" });
    expect(await verifier().verify({ ...one, headers: {} })).toMatchObject({ why: "it is not signed" });
  });

  it("leave the body alone where it is not signed", async () => {
    const credential = opened({ ...plan, signsBody: false } as OriginCredentialPlan, { EDGE_KEY: SECRET });
    expect(credential.bodyBytes).toBe(0);
    const one = received(await sent(credential, { method: "POST", body: { kind: "stream" } }), "anything");
    expect(await verifier({ body: "ignored" }).verify(one)).toMatchObject({ ok: true });
    expect(await verifier().verify(one)).toMatchObject({ ok: false });
  });

  it.each([
    ["streams", { kind: "stream" }],
    ["is too large", buffered("more than 16 bytes")],
  ] as const)("are not sent when the body %s", async (_, body) => {
    const { applied, headers } = await sent(opened(plan, { EDGE_KEY: SECRET }), { method: "POST", body });
    expect(applied).toEqual({ credential: "edge", why: "a signed body may have 16 bytes", of: "body" });
    expect(headers.has("authorization")).toBe(false);
  });

  it("are not sent with a secret that is absent or short", async () => {
    expect((await sent(opened(plan, {}))).applied).toMatchObject({ why: "the secret EDGE_KEY is absent", of: "ours" });
    const short = opened(plan, { EDGE_KEY: "short" });
    expect((await sent(short)).applied).toMatchObject({
      why: "the secret EDGE_KEY is too short: 32 characters at least",
      of: "ours",
    });
    expect(short.problem()).toBe("the secret EDGE_KEY is too short: 32 characters at least");
  });

  it("are signed by another key as soon as the secret is another", async () => {
    const secrets = { EDGE_KEY: SECRET };
    const credential = opened(plan, secrets);
    await sent(credential);
    secrets.EDGE_KEY = "fedcba9876543210fedcba9876543210";
    const one = received(await sent(credential));
    expect(await verifier().verify(one)).toMatchObject({ ok: false });
    expect(await verifier({ keys: { "edge-1": secrets.EDGE_KEY } }).verify(one)).toMatchObject({ ok: true });
  });
});
