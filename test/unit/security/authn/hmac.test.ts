/** What an operator is told of keys whose secrets are missing, before and after a request needs them. */
import { describe, expect, it } from "vitest";
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

describe("problems of keys in a secret", () => {
  it("are told before any token comes", () => {
    const jwks = openJwks({ type: "secret", secret: "IDP_JWKS" }, []);
    expect(jwksProblem(jwks, {})).toBe("the secret IDP_JWKS is absent");
    expect(jwksProblem(jwks, { IDP_JWKS: "{}" })).toBe("");
  });
});
