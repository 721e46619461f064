import { createServer, type Server, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { exportJWK, generateKeyPair, type JWK, type JWTPayload, SignJWT } from "jose";
import { afterEach, beforeAll, describe, expect, it } from "vitest";
import type { JwksSource, JwtProvider } from "../../../../src/core/mesh.ts";
import { type OpenJwt, openJwt } from "../../../../src/security/authn/jwt.ts";
import { jwtGroup } from "../../../../src/security/authn/jwt-group.ts";
import type { Caller, Check } from "../../../../src/security/authn/outcome.ts";
import { callerOf, jwtProvider, NOW_MS } from "./providers.ts";

const NOW_S = NOW_MS / 1_000;
const ISSUER = "https://idp.example.com";

interface Signer {
  readonly jwk: JWK;
  sign(claims?: JWTPayload, header?: Record<string, unknown>): Promise<string>;
}

async function signer(kid: string, alg = "ES256"): Promise<Signer> {
  const { publicKey, privateKey } = await generateKeyPair(alg, { extractable: true });
  return {
    jwk: { ...(await exportJWK(publicKey)), kid, alg, use: "sig" },
    sign: (claims = {}, header = {}) =>
      new SignJWT({ iss: ISSUER, sub: "ada", exp: NOW_S + 300, ...claims })
        .setProtectedHeader({ alg, kid, ...header })
        .sign(privateKey),
  };
}

let one: Signer;
let two: Signer;
beforeAll(async () => {
  one = await signer("one");
  two = await signer("two");
});

const inline = (...keys: JWK[]): JwksSource => ({ type: "inline", keys: keys as Record<string, unknown>[] });
const opened = (over: Partial<JwtProvider> = {}): OpenJwt =>
  openJwt(jwtProvider({ issuer: ISSUER, jwks: inline(one.jwk), ...over }), ["http", "loopback"]);
const bearer = (token: string, over: Partial<Caller> = {}) => callerOf({ authorization: `Bearer ${token}` }, over);
const ask = async (provider: OpenJwt, token: string, over: Partial<Caller> = {}): Promise<Check> =>
  jwtGroup([provider]).check(bearer(token, over));
const why = (check: Check) => (check === null ? "anonymous" : check.ok ? "good" : check.why);

describe("a token", () => {
  it("names its principal by issuer and subject, and brings its claims", async () => {
    const check = await ask(opened(), await one.sign({ role: "editor" }));
    expect(check).toMatchObject({
      ok: true,
      principal: { kind: "jwt", id: `${ISSUER}/ada`, claims: { role: "editor" } },
    });
  });

  it("is answered at once the second time", async () => {
    const provider = opened();
    const token = await one.sign();
    expect(jwtGroup([provider]).check(bearer(token))).toBeInstanceOf(Promise);
    await ask(provider, token);
    expect(jwtGroup([provider]).check(bearer(token))).toMatchObject({ ok: true });
  });

  it.each([
    ["good", "before it is over", { exp: NOW_S - 59 }],
    ["it has expired", "from the first moment on", { exp: NOW_S - 60 }],
    ["good", "once it holds", { nbf: NOW_S + 60 }],
    ["it does not hold yet", "before it holds", { nbf: NOW_S + 61 }],
    ["it does not say when it ends", "without an end", { exp: undefined }],
    ["exp is no date", "with an end that is no number", { exp: "2030" as never }],
    ["its issuer is another", "of another issuer", { iss: `${ISSUER}/` }],
    ["its issuer is another", "of an issuer in other letters", { iss: "https://IDP.example.com" }],
    ["its issuer is another", "of an issuer in letters that look alike", { iss: "https://іdp.example.com" }],
    ["its issuer is another", "of several issuers", { iss: [ISSUER] as never }],
  ] as const)("is %s %s", async (expected, _, claims) => {
    expect(why(await ask(opened(), await one.sign(claims as JWTPayload)))).toBe(expected);
  });

  it("is over when it ends, though it is remembered", async () => {
    const provider = opened();
    const token = await one.sign({ exp: NOW_S + 10 });
    expect(why(await ask(provider, token))).toBe("good");
    expect(why(await ask(provider, token, { nowMs: NOW_MS + 69_999 }))).toBe("good");
    expect(why(await ask(provider, token, { nowMs: NOW_MS + 70_000 }))).toBe("it has expired");
  });

  it.each([
    [["shop"], "good"],
    [["other"], "it is for another audience"],
  ] as const)("for several audiences, of which we are %j, is %s", async (audiences, expected) => {
    expect(why(await ask(opened({ audiences }), await one.sign({ aud: ["shop", "stock"] })))).toBe(expected);
  });

  it("has to have the claims and the type that are asked for", async () => {
    const provider = opened({ requiredClaims: ["tenant"], tokenType: "at+jwt" });
    expect(why(await ask(provider, await one.sign({ tenant: "a" })))).toBe("typ is another");
    expect(why(await ask(provider, await one.sign({}, { typ: "at+jwt" })))).toBe("it has no claim tenant");
    expect(why(await ask(provider, await one.sign({ tenant: "a" }, { typ: "application/AT+JWT" })))).toBe("good");
  });

  it("is refused unread when it is huge", async () => {
    expect(why(await ask(opened(), await one.sign({ pad: "x".repeat(8_192) })))).toBe("it is too long");
    expect(why(await ask(opened(), `${"a".repeat(1_000_000)}.${"b".repeat(1_000_000)}.c`))).toBe("it is too long");
  });
});

const b64 = (value: unknown) =>
  Buffer.from(typeof value === "string" ? value : JSON.stringify(value)).toString("base64url");

describe("a forged token", () => {
  const claims = () => b64({ iss: ISSUER, sub: "ada", exp: NOW_S + 300 });

  it.each(["none", "None", "nOnE", "", "HS256"])("with the algorithm %j is refused", async (alg) => {
    const token = `${b64({ alg, kid: "one" })}.${claims()}.${alg === "none" ? "" : "AA"}`;
    expect((await ask(opened(), token))?.ok).toBe(false);
  });

  it("signed with the public key as an HMAC secret is refused, though HMAC is allowed", async () => {
    const pem = b64(one.jwk);
    const secret = await crypto.subtle.importKey("raw", Buffer.from(pem), { name: "HMAC", hash: "SHA-256" }, false, [
      "sign",
    ]);
    const text = `${b64({ alg: "HS256", kid: "one" })}.${claims()}`;
    const signature = Buffer.from(await crypto.subtle.sign("HMAC", secret, Buffer.from(text))).toString("base64url");
    const provider = opened({ algorithms: ["ES256", "HS256"] });
    expect(why(await ask(provider, `${text}.${signature}`))).toBe("no key fits");
  });

  it("that brings or points to its own key is refused", async () => {
    const own = await signer("one");
    for (const header of [
      { jwk: own.jwk },
      { jku: "https://evil.example.com/jwks" },
      { x5u: "https://evil.example.com/x" },
    ]) {
      expect(why(await ask(opened(), await own.sign({}, header)))).toBe("the signature is not right");
    }
  });

  it.each(["../../etc/passwd", "one\u0000", "' OR 1=1", "ONE", "__proto__", "toString"])(
    "with the kid %j is refused",
    async (kid) => {
      expect(why(await ask(opened(), await one.sign({}, { kid })))).toBe("no key fits");
    },
  );

  it("with a kid that is no text, or with an extension that has to be understood, is refused", async () => {
    const text = (header: unknown) => `${b64(header)}.${claims()}.AAAA`;
    expect(why(await ask(opened(), text({ alg: "ES256", kid: ["one"] })))).toBe("kid is not text");
    expect(why(await ask(opened(), text({ alg: "ES256", crit: ["exp"], exp: 1 })))).toBe("it needs an extension");
    expect(why(await ask(opened(), text({ alg: "ES256", b64: false })))).toBe("it needs an extension");
  });

  it("that says a claim twice is refused, though its signature is right", async () => {
    const { publicKey, privateKey } = await generateKeyPair("ES256", { extractable: true });
    const header = b64({ alg: "ES256" });
    const sign = async (payload: string) => {
      const text = `${header}.${b64(payload)}`;
      const signature = await crypto.subtle.sign({ name: "ECDSA", hash: "SHA-256" }, privateKey, Buffer.from(text));
      return `${text}.${Buffer.from(signature).toString("base64url")}`;
    };
    const provider = opened({ jwks: inline(await exportJWK(publicKey)) });
    const good = `{"iss":"${ISSUER}","sub":"ada","exp":${NOW_S + 9},"a":{"sub":1,"b":[{"sub":2}]}}`;
    expect(why(await ask(provider, await sign(good)))).toBe("good");
    const twice = "its payload is no JSON object, or says something twice";
    expect(why(await ask(provider, await sign(good.replace("}}", '},"sub":"eve"}'))))).toBe(twice);
    expect(why(await ask(provider, await sign(good.replace('"a"', '"\\u0073ub"'))))).toBe(twice);
    expect(why(await ask(provider, await sign("[1]")))).toBe(twice);
    const broken = Buffer.concat([
      Buffer.from(`{"iss":"${ISSUER}","sub":"`),
      Buffer.from([0xff]),
      Buffer.from(`","exp":${NOW_S + 9}}`),
    ]);
    const text = `${header}.${broken.toString("base64url")}`;
    const signature = await crypto.subtle.sign({ name: "ECDSA", hash: "SHA-256" }, privateKey, Buffer.from(text));
    expect(why(await ask(provider, `${text}.${Buffer.from(signature).toString("base64url")}`))).toBe(twice);
  });

  it("beside a good one is refused", async () => {
    const provider = opened({
      from: [
        { type: "header", name: "authorization", prefix: "Bearer " },
        { type: "cookie", name: "t" },
      ],
    });
    const good = await one.sign();
    const headers = { authorization: `Bearer ${good}`, cookie: `t=${good.slice(0, -4)}AAAA` };
    expect((await jwtGroup([provider]).check(callerOf(headers)))?.ok).toBe(false);
    expect((await jwtGroup([provider]).check(callerOf({ authorization: `Bearer ${good}, Bearer ${good}` })))?.ok).toBe(
      false,
    );
  });
});

describe("several issuers in one place", () => {
  it("are told apart by the issuer that a token names, which makes nobody believed", async () => {
    const a = opened({ name: "a" });
    const b = opened({ name: "b", issuer: "https://b.example.com", jwks: inline(two.jwk) });
    const group = jwtGroup([a, b]);
    expect(await group.check(bearer(await two.sign({ iss: "https://b.example.com" })))).toMatchObject({
      ok: true,
      provider: "b",
    });
    expect(await group.check(bearer(await one.sign()))).toMatchObject({ ok: true, provider: "a" });
    expect(await group.check(bearer(await two.sign()))).toMatchObject({ ok: false, provider: "a" });
    expect(await group.check(bearer(await two.sign({ iss: "https://c.example.com" })))).toMatchObject({ ok: false });
  });
});

describe("keys of a server", () => {
  let server: Server | undefined;
  let asked = 0;
  let answer: (response: ServerResponse) => void = () => {};
  afterEach(() => server?.closeAllConnections());

  async function remote(over: Partial<Extract<JwksSource, { type: "remote" }>> = {}): Promise<JwksSource> {
    asked = 0;
    const started = createServer((_, response) => {
      // Not what another test left behind.
      if (server === started) asked += 1;
      answer(response);
    });
    server = started;
    await new Promise<void>((resolve) => started.listen(0, "127.0.0.1", resolve));
    const url = `http://127.0.0.1:${(started.address() as AddressInfo).port}/jwks`;
    return {
      type: "remote",
      url,
      refreshMs: 300_000,
      keepMs: 3_600_000,
      minRefetchMs: 30_000,
      timeoutMs: 500,
      maxBytes: 10_000,
      ...over,
    };
  }
  const says =
    (...keys: JWK[]) =>
    (response: ServerResponse) =>
      response.end(JSON.stringify({ keys }));

  it("are fetched by the first token, once for all that come at that time", async () => {
    answer = says(one.jwk);
    const provider = opened({ jwks: await remote() });
    const nowMs = Date.now();
    const exp = nowMs / 1_000 + 300;
    const tokens = await Promise.all(Array.from({ length: 20 }, (_, i) => one.sign({ exp, jti: `${i}` })));
    const checks = await Promise.all(tokens.map((token) => ask(provider, token, { nowMs })));
    expect(checks.map(why)).toEqual(Array.from({ length: 20 }, () => "good"));
    expect(asked).toBe(1);
  });

  it("are asked for again by an unknown kid, but not more often than the floor, however many come", async () => {
    answer = says(one.jwk);
    const provider = opened({ jwks: await remote() });
    expect(why(await ask(provider, await one.sign()))).toBe("good");
    for (let i = 0; i < 50; i += 1) {
      expect(why(await ask(provider, await two.sign({}, { kid: `k${i}` }), { nowMs: NOW_MS + 29_999 }))).toBe(
        "no key fits",
      );
    }
    expect(asked).toBe(1);
    answer = says(one.jwk, two.jwk);
    expect(why(await ask(provider, await two.sign(), { nowMs: NOW_MS + 30_000 }))).toBe("good");
    expect(asked).toBe(2);
  });

  it("that are gone take what they verified with them", async () => {
    answer = says(one.jwk);
    const provider = opened({ jwks: await remote() });
    const token = await one.sign();
    expect(why(await ask(provider, token))).toBe("good");
    answer = says(two.jwk);
    expect(why(await ask(provider, await two.sign(), { nowMs: NOW_MS + 30_000 }))).toBe("good");
    expect(why(await ask(provider, token, { nowMs: NOW_MS + 30_001 }))).toBe("no key fits");
  });

  it("are refreshed behind the back of requests, and believed while their server is down, for so long", async () => {
    answer = says(one.jwk);
    const provider = opened({ jwks: await remote({ keepMs: 1_000_000 }) });
    const token = await one.sign({ exp: NOW_S + 86_400 });
    expect(why(await ask(provider, token))).toBe("good");
    answer = (response) => response.writeHead(500).end();
    const caller = bearer(token, { nowMs: NOW_MS + 300_001 });
    expect(jwtGroup([provider]).check(caller)).toMatchObject({ ok: true });
    await Promise.all(caller.waiting);
    expect(asked).toBe(2);
    expect(provider.jwks.problem).toBe("the JWKS server answers 500");
    expect(why(await ask(provider, token, { nowMs: NOW_MS + 1_000_000 }))).toBe("good");
    const late = await ask(provider, token, { nowMs: NOW_MS + 1_000_001 });
    expect(late).toMatchObject({ ok: false, kind: "unavailable" });
  });

  it.each([
    ["slow", () => {}, "the JWKS server is too slow"],
    ["huge", (r: ServerResponse) => r.end("x".repeat(20_000)), "the JWKS has more than 10000 bytes"],
    ["garbage", (r: ServerResponse) => r.end("<html>"), "the answer is no JWKS with keys that can be used"],
    ["empty", (r: ServerResponse) => r.end('{"keys":[]}'), "the answer is no JWKS with keys that can be used"],
    ["elsewhere", (r: ServerResponse) => r.writeHead(302, { location: "/" }).end(), "the JWKS server answers 302"],
    ["down", (r: ServerResponse) => r.destroy(), "the JWKS server cannot be reached"],
  ] as const)("that are %s let nobody in, say so, and are asked for again after a while", async (_, says, problem) => {
    answer = says;
    const provider = opened({ jwks: await remote() });
    const token = await one.sign();
    expect(await ask(provider, token)).toMatchObject({ ok: false, kind: "unavailable", why: problem });
    expect(await ask(provider, token, { nowMs: NOW_MS + 999 })).toMatchObject({ kind: "unavailable" });
    expect(asked).toBe(1);
    answer = (response) => response.end(JSON.stringify({ keys: [one.jwk] }));
    expect(why(await ask(provider, token, { nowMs: NOW_MS + 1_000 }))).toBe("good");
  });

  it.each([
    "http://169.254.169.254/latest/meta-data",
    "https://metadata.google.internal/x",
    "https://10.0.0.1/jwks",
    "http://idp.example.com/jwks",
  ])("at %s are never asked for unless that is allowed", async (url) => {
    const source = { ...((await remote()) as Extract<JwksSource, { type: "remote" }>), url };
    const provider = openJwt(jwtProvider({ issuer: ISSUER, jwks: source }), []);
    expect(await ask(provider, await one.sign())).toMatchObject({ ok: false, kind: "unavailable" });
    expect(provider.jwks.fetchedAtMs).toBe(0);
    expect(provider.jwks.notBeforeMs).toBe(Number.POSITIVE_INFINITY);
  });
});

describe("keys in a secret", () => {
  const text = (...keys: JWK[]) => JSON.stringify({ keys });

  it("are those that it has now: one that was replaced takes tokens along that were verified before", async () => {
    const provider = opened({ jwks: { type: "secret", secret: "IDP_JWKS" } });
    const [first, second] = [await one.sign(), await two.sign()];
    const says = async (token: string, secret: string | null) =>
      why(await ask(provider, token, { env: secret === null ? {} : { IDP_JWKS: secret } }));
    expect(await says(first, text(one.jwk))).toBe("good");
    expect(await says(second, text(one.jwk, two.jwk))).toBe("good");
    expect(await says(first, text(two.jwk))).not.toBe("good");
    expect(await says(second, "no JWKS")).toBe("good");
    expect(provider.problem!({ IDP_JWKS: "no JWKS" })).toBe("the secret IDP_JWKS is absent or holds no JWKS");
    expect(await says(second, null)).toBe("the secret IDP_JWKS is absent or holds no JWKS");
    expect(await says(first, text(one.jwk))).toBe("good");
    expect(provider.problem!({ IDP_JWKS: text(one.jwk) })).toBe("");
  });
});
