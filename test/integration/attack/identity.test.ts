/**
 * Being taken for somebody: tokens that were made up, replayed or have ended, algorithms that a verifier is talked into, and
 * WebSockets that open without anybody having asked who is there.
 */
import { createHmac, createSign, generateKeyPairSync, type KeyObject } from "node:crypto";
import { exportJWK, SignJWT } from "jose";
import { afterAll, beforeAll, beforeEach, describe, expect, it } from "vitest";
import type { Edge } from "../../../src/cli/workerd/start-edge.ts";
import { signedHeaders } from "../../unit/security/authn/sign-request.ts";
import { ask } from "../harness/ask.ts";
import { createResources } from "../harness/resources.ts";
import { rulesByPath, serviceOf } from "../harness/rules.ts";
import { talk, webSocketOrigin } from "../harness/web-socket.ts";

const own = createResources();
afterAll(own.close);

const ISSUER = "https://idp.example";
const SECRET = "0123456789abcdef0123456789abcdef";
const base64url = (value: object) => Buffer.from(JSON.stringify(value)).toString("base64url");
const nowS = () => Math.floor(Date.now() / 1_000);

describe("identity", () => {
  let edge: Edge;
  let issuerKey: KeyObject;
  let publicPem: string;
  let publicJwk: object;
  let sign: (claims: Record<string, unknown>, header?: Record<string, unknown>) => Promise<string>;
  const opened: string[] = [];

  beforeAll(async () => {
    const { privateKey, publicKey } = generateKeyPairSync("rsa", { modulusLength: 2_048 });
    issuerKey = privateKey;
    publicPem = publicKey.export({ type: "spki", format: "pem" }) as string;
    publicJwk = { ...(await exportJWK(publicKey)), kid: "k1", alg: "RS256" };
    sign = (claims, header = {}) =>
      new SignJWT({ iss: ISSUER, sub: "ann", exp: nowS() + 300, ...claims })
        .setProtectedHeader({ alg: "RS256", kid: "k1", ...header })
        .sign(privateKey);
    const origin = await own.origin("origin");
    const sockets = await own.rawOrigin("sockets", (socket) =>
      webSocketOrigin(socket, (head) => void opened.push(head)),
    );
    const to = { backendRefs: [{ service: "s" }] };
    const onlyAnn = {
      policies: [
        { action: "ALLOW" as const, rules: [{ from: [{ source: { requestPrincipals: [`${ISSUER}/ann`] } }] }] },
      ],
    };
    edge = await own.edge(
      rulesByPath(
        { s: serviceOf([origin]), live: serviceOf([sockets]) },
        {
          "/token": { ...to, authentication: { providers: ["idp"], required: true } },
          "/signed": { ...to, authentication: { providers: ["partners"], required: true } },
          "/live": {
            backendRefs: [{ service: "live" }],
            authentication: { providers: ["idp"] },
            authorization: onlyAnn,
          },
        },
        {
          authentication: {
            providers: {
              idp: {
                type: "JWT",
                issuer: ISSUER,
                algorithms: ["RS256"],
                jwks: { keys: [publicJwk] as never },
                clockSkew: "0s",
              },
              partners: { type: "HMAC", keys: { acme: { secret: "ACME_KEY" } } },
            },
          },
        },
      ),
      { bindings: { ACME_KEY: SECRET } },
    );
  });
  /** By the issuer's key, whatever the header says. */
  const signedRaw = (header: object) => {
    const text = `${base64url(header)}.${base64url({ iss: ISSUER, sub: "ann", exp: nowS() + 300 })}`;
    return `${text}.${createSign("sha256").update(text).sign(issuerKey).toString("base64url")}`;
  };
  beforeEach(() => {
    opened.length = 0;
  });

  const statusWith = async (token: string, path = "/token") =>
    (await ask(edge, path, { headers: { authorization: `Bearer ${token}` } })).status;

  it("of a good token is believed, so that the rest says something", async () => {
    expect(await statusWith(await sign({}))).toBe(200);
  });

  it("is not believed of a token that says which algorithm, or which key, it is to be checked with", async () => {
    const claims = base64url({ iss: ISSUER, sub: "root", exp: nowS() + 300 });
    const hmacWith = (key: string, header: object) => {
      const text = `${base64url(header)}.${claims}`;
      return `${text}.${createHmac("sha256", key).update(text).digest("base64url")}`;
    };
    const { privateKey: theirs } = generateKeyPairSync("rsa", { modulusLength: 2_048 });
    const signed = (header: Record<string, unknown>) =>
      new SignJWT({ iss: ISSUER, sub: "root", exp: nowS() + 300 })
        .setProtectedHeader({ alg: "RS256", ...header })
        .sign(theirs);
    const forged = [
      `${base64url({ alg: "none" })}.${claims}.`,
      `${base64url({ alg: "none" })}.${claims}.x`,
      `${base64url({ alg: "NoNe", kid: "k1" })}.${claims}.AA`,
      // The public key as the secret of an HMAC.
      hmacWith(publicPem, { alg: "HS256", kid: "k1" }),
      hmacWith(JSON.stringify(publicJwk), { alg: "HS256", kid: "k1" }),
      hmacWith("", { alg: "HS256" }),
      // A key that the token brings along.
      await signed({ jwk: await exportJWK(theirs) }),
      await signed({ kid: "k1", jku: "https://evil.example/jwks", x5u: "https://evil.example/cert" }),
      await signed({ kid: "../../dev/null" }),
      await signed({ kid: "k1" }),
      // Signed well, by the right key, under conditions that a verifier has to know (RFC 7515, section 4.1.11).
      signedRaw({ alg: "RS256", kid: "k1", crit: ["x"], x: 1 }),
      signedRaw({ alg: "RS256", kid: "k1", crit: ["b64"], b64: false }),
    ];
    const statuses = await Promise.all(forged.map((token) => statusWith(token)));
    expect(statuses).toEqual(forged.map(() => 401));
  });

  it.each<[string, Record<string, unknown>]>([
    ["has ended", { exp: 1_000 }],
    ["has not begun", { nbf: 9_000_000_000 }],
    ["never ends", { exp: undefined }],
    ["ends at a time that is none", { exp: "9000000000" }],
    ["is another issuer's", { iss: "https://idp.example.evil" }],
    ["has an issuer with a slash more", { iss: `${ISSUER}/` }],
  ])("is not believed of a token that %s", async (_, claims) => {
    expect(await statusWith(await sign(claims))).toBe(401);
  });

  it("is forgotten when a token that was seen before ends", async () => {
    // What was seen while it was good; longer where the machine is so slow that it had ended by then.
    for (const seconds of [2, 8, 32]) {
      const exp = nowS() + seconds;
      const token = await sign({ exp });
      const statuses = [await statusWith(token), await statusWith(token)];
      if (Date.now() >= exp * 1_000) continue;
      expect(statuses).toEqual([200, 200]);
      await expect.poll(() => statusWith(token), { timeout: 60_000, interval: 250 }).toBe(401);
      return;
    }
    throw new Error("no token was good for long enough to be shown twice");
  });

  it("of a signed request is believed once, and of no other request than the signed one", async () => {
    const url = `http://127.0.0.1:${edge.port}/signed/a?x=1`;
    const send = async (path: string, headers: { authorization: string }, method = "GET") =>
      (await ask(edge, path, { method, headers: { ...headers } })).status;
    const fresh = () => signedHeaders({ id: "acme", secret: SECRET, method: "GET", url });
    const once = fresh();
    expect([await send("/signed/a?x=1", once), await send("/signed/a?x=1", once)]).toEqual([200, 401]);
    expect(await send("/signed/a?x=2", fresh())).toBe(401);
    expect(await send("/signed/b?x=1", fresh())).toBe(401);
    expect(await send("/signed/a?x=1", fresh(), "DELETE")).toBe(401);
    const old = signedHeaders({ id: "acme", secret: SECRET, method: "GET", url, tsS: nowS() - 3_600 });
    expect(await send("/signed/a?x=1", old)).toBe(401);
    const early = signedHeaders({ id: "acme", secret: SECRET, method: "GET", url, tsS: nowS() + 3_600 });
    expect(await send("/signed/a?x=1", early)).toBe(401);
  });

  it("of a signed request is believed once of many that come at the same time", async () => {
    const url = `http://127.0.0.1:${edge.port}/signed/a`;
    const { authorization } = signedHeaders({ id: "acme", secret: SECRET, method: "GET", url });
    const all = await Promise.all(
      Array.from({ length: 20 }, () => ask(edge, "/signed/a", { headers: { authorization } })),
    );
    expect(all.filter(({ status }) => status === 200)).toHaveLength(1);
  });

  it("is asked for before a WebSocket opens, by token and by policy", async () => {
    const refusedTo = async (headers: Record<string, string>) =>
      (
        await talk(edge, "/live", { host: "a.test", connection: "close", ...headers }).catch((error) => String(error))
      ).slice(0, 200);
    expect(await refusedTo({})).toContain("403");
    expect(await refusedTo({ authorization: `Bearer ${await sign({ sub: "bob" })}` })).toContain("403");
    expect(await refusedTo({ authorization: "Bearer x.y.z" })).toContain("401");
    expect(opened).toEqual([]);
    const authorization = `Bearer ${await sign({})}`;
    expect(await talk(edge, "/live", { host: "a.test", authorization })).toContain("echo two");
    expect(opened).toHaveLength(1);
    expect(opened[0]).not.toMatch(/authorization/i);
  });

  it("of a page is passed on with the WebSocket, for the endpoint to judge: the mesh has no cookies of its own to protect", async () => {
    const authorization = `Bearer ${await sign({})}`;
    await talk(edge, "/live", { host: "a.test", authorization, origin: "https://evil.example" });
    expect(opened[0]).toMatch(/^origin: https:\/\/evil\.example$/im);
  });

  it("is asked for whatever the method says of an upgrade", async () => {
    const upgrade = { upgrade: "websocket", connection: "upgrade", "sec-websocket-version": "13" };
    for (const method of ["POST", "OPTIONS", "DELETE"]) {
      const answer = await ask(edge, "/live", {
        method,
        headers: { ...upgrade, authorization: `Bearer ${await sign({})}` },
      });
      expect(answer.status).toBe(400);
    }
    expect(opened).toEqual([]);
  });
});
