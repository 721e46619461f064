/** What an operator is told of keys whose secrets are missing, before and after a request needs them. */
import { afterEach, describe, expect, it, vi } from "vitest";
import type { HmacProvider } from "../../../../src/core/mesh.ts";
import { openHmac } from "../../../../src/security/authn/hmac.ts";
import { jwksProblem, openJwks } from "../../../../src/security/authn/jwks.ts";
import { callerOf, NOW_MS } from "./providers.ts";
import { signedHeaders } from "./sign-request.ts";

const SECRET = "0123456789abcdef0123456789abcdef";
const provider = (over: Partial<HmacProvider> = {}): HmacProvider => ({
  type: "hmac",
  name: "partners",
  keys: [
    { id: "acme", secret: "ACME_KEY", scopes: [] },
    { id: "beta", secret: "BETA_KEY", scopes: [] },
  ],
  windowMs: 300_000,
  maxNonces: 1_000,
  body: "signed",
  maxBodyBytes: 1_000,
  ...over,
});
const signed = (env: Record<string, unknown>) => {
  const url = "https://shop.example.com/cart?page=2";
  const headers = signedHeaders({ id: "acme", secret: SECRET, method: "GET", url, tsS: NOW_MS / 1_000 });
  return callerOf(headers, { env, url });
};

describe("problems of an HMAC provider", () => {
  it.each([
    ["all secrets are there", { ACME_KEY: SECRET, BETA_KEY: SECRET }, ""],
    ["one is missing", { ACME_KEY: SECRET }, "the secret BETA_KEY is absent"],
    ["one is empty", { ACME_KEY: SECRET, BETA_KEY: "" }, "the secret BETA_KEY is absent"],
    ["one is too short", { ACME_KEY: SECRET, BETA_KEY: "x" }, "the secret BETA_KEY has less than 32 characters"],
    ["both are missing", {}, "the secret ACME_KEY is absent; the secret BETA_KEY is absent"],
  ])("before any request, when %s", (_, env, problem) => {
    expect(openHmac(provider()).problem!(env)).toBe(problem);
  });

  it("are 503 for who signs with that key, with the name of the secret in the log, and nothing for others", async () => {
    const open = openHmac(provider());
    const refused = await open.check(signed({ BETA_KEY: SECRET }));
    expect(refused).toMatchObject({ ok: false, status: 503, why: "the secret ACME_KEY is absent or too short" });
    expect(await openHmac(provider()).check(signed({ ACME_KEY: SECRET }))).toMatchObject({ ok: true });
  });

  it("of a store's secret are what the last request with it met", async () => {
    const open = openHmac(provider());
    let text = "";
    const env = { ACME_KEY: { get: async () => text }, BETA_KEY: SECRET };
    expect(open.problem!(env)).toBe("");
    expect(await open.check(signed(env))).toMatchObject({ ok: false, status: 503 });
    expect(open.problem!(env)).toBe("the secret ACME_KEY is absent or too short");
    text = SECRET;
    // Another binding of the same name, as after a deployment: what is known of a store is kept by environment.
    const next = { ACME_KEY: { get: async () => text }, BETA_KEY: SECRET };
    expect(await open.check(signed(next))).toMatchObject({ ok: true });
    expect(open.problem!(next)).toBe("");
  });

  it("are a missing binding too, where all isolates are to remember", () => {
    const open = openHmac(provider({ nonces: { timeoutMs: 1_000, onFailure: "refuse" } }));
    const env = { ACME_KEY: SECRET, BETA_KEY: SECRET };
    expect(open.problem!(env)).toBe("there is no binding NONCES");
    expect(open.problem!({ ...env, NONCES: {} })).toBe("");
  });
});

describe("a secret that is replaced", () => {
  it("is what the next request is verified with: the one before is no good any more", async () => {
    const open = openHmac(provider());
    expect(await open.check(signed({ ACME_KEY: SECRET }))).toMatchObject({ ok: true });
    const replaced = await open.check(signed({ ACME_KEY: `another-${SECRET}` }));
    expect(replaced).toMatchObject({ ok: false, why: "the signature is not right" });
    expect(await open.check(signed({}))).toMatchObject({ ok: false, status: 503 });
    expect(await open.check(signed({ ACME_KEY: SECRET }))).toMatchObject({ ok: true });
  });
});

describe("a copy of a signed request whose body is held back", () => {
  afterEach(() => void vi.useRealTimers());
  const url = "https://shop.example.com/pay";
  const env = { ACME_KEY: SECRET };
  const windowMs = 10_000;
  const signature = (body: string, tsS = NOW_MS / 1_000) =>
    signedHeaders({ id: "acme", secret: SECRET, method: "POST", url, tsS, body });
  const sent = (headers: Record<string, string>, body: BodyInit, nowMs = NOW_MS) =>
    callerOf(headers, { env, url, nowMs, init: { method: "POST", body, duplex: "half" } as RequestInit });

  it("until the first one is forgotten is not taken", async () => {
    vi.useFakeTimers({ toFake: ["Date"], now: NOW_MS });
    const open = openHmac(provider({ windowMs }));
    const headers = signature("pay 10");
    expect(await open.check(sent(headers, "pay 10"))).toMatchObject({ ok: true });

    const { readable, writable } = new TransformStream<Uint8Array, Uint8Array>();
    const writer = writable.getWriter();
    void writer.write(new TextEncoder().encode("pay"));
    const held = open.check(sent(headers, readable));

    // Another request, after the window, for which what is too old is forgotten.
    const laterMs = NOW_MS + windowMs + 1_000;
    vi.setSystemTime(laterMs);
    expect(await open.check(sent(signature("x", laterMs / 1_000), "x", laterMs))).toMatchObject({ ok: true });
    void writer.write(new TextEncoder().encode(" 10"));
    void writer.close();
    expect(await held).toMatchObject({ ok: false, status: 401 });
  });
});

describe("problems of keys in a secret", () => {
  it("are told before any token comes", () => {
    const jwks = openJwks({ type: "secret", secret: "IDP_JWKS" }, []);
    expect(jwksProblem(jwks, {})).toBe("the secret IDP_JWKS is absent");
    expect(jwksProblem(jwks, { IDP_JWKS: "{}" })).toBe("");
  });
});
