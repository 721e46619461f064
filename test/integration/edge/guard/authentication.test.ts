import type { IncomingMessage } from "node:http";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { type Edge, startEdge } from "../../../../src/cli/workerd/start-edge.ts";
import type { MeshConfigInput } from "../../../../src/config/schema/mesh.ts";
import { signedHeaders } from "../../../unit/security/authn/sign-request.ts";
import { type Answer, ask } from "../../harness/ask.ts";
import { meshOf } from "../../harness/configs.ts";
import { type IdentityProvider, startIdentityProvider } from "../../harness/identity-provider.ts";
import { deadPort } from "../../harness/raw-origin.ts";
import { createResources } from "../../harness/resources.ts";
import { rulesByPath, serviceOf } from "../../harness/rules.ts";
import { pause, stateOf } from "../../harness/state.ts";

const own = createResources();
const AUDIENCE = "https://shop.example.com";
const SECRET = "0123456789abcdef0123456789abcdef";

describe("authentication", () => {
  let edge: Edge;
  let identity: IdentityProvider;
  let last: IncomingMessage | undefined;
  let lastBody: Promise<string> = Promise.resolve("");

  beforeAll(async () => {
    identity = await startIdentityProvider(AUDIENCE);
    const origin = await own.origin("shop", {
      onRequest: (request) => {
        last = request;
      },
      respond: (request, response) => {
        lastBody = new Promise((resolve) => {
          let text = "";
          request.on("data", (part) => {
            text += String(part);
          });
          request.on("end", () => {
            resolve(text);
            response.end("ok");
          });
        });
      },
    });
    const to = { backendRefs: [{ service: "shop" }] };
    const authentication: MeshConfigInput["authentication"] = {
      allow: ["http", "loopback"],
      providers: {
        idp: {
          type: "JWT",
          issuer: identity.issuer,
          audiences: [AUDIENCE],
          typ: "at+jwt",
          jwks: { uri: identity.jwksUrl, minRefetch: "1s", refresh: "10s", timeout: "10s" },
          from: [{ header: "authorization", prefix: "Bearer " }, { query: "access_token" }],
          claimsToHeaders: { "x-client": "sub", "x-scope": "scope" },
        },
        partners: { type: "HMAC", keys: { acme: { secret: "ACME_KEY" } } },
        unset: { type: "HMAC", keys: { acme: { secret: "NOBODY_MADE_IT" } } },
        nobody: { type: "ClientCertificate", subjects: ["*"] },
        away: { type: "External", url: `http://127.0.0.1:${await deadPort()}`, timeout: "100ms" },
      },
    };
    const config = rulesByPath(
      { shop: serviceOf([origin]) },
      {
        "/optional": { ...to, authentication: { providers: ["idp", "partners"] } },
        "/required": {
          ...to,
          authentication: { providers: ["idp", "partners"], required: true },
          filters: [{ type: "CORS", cors: { allowOrigins: ["https://page.example"], allowMethods: ["GET"] } }],
        },
        "/public": to,
        "/counted": {
          ...to,
          authentication: { providers: ["idp"] },
          rateLimits: [{ limit: 3, window: "1h", key: [{ header: "x-client" }] }],
        },
        "/unset": { ...to, authentication: { providers: ["unset"], required: true } },
        "/certificate": { ...to, authentication: { providers: ["nobody"], required: true } },
        "/away": { ...to, authentication: { providers: ["away"] } },
      },
      { authentication },
    );
    edge = await own.edge(config, { bindings: { ACME_KEY: SECRET } });
  });
  afterAll(async () => {
    await own.close();
    await identity.close();
  });

  const withToken = (path: string, token: string, more: Record<string, string> = {}): Promise<Answer> =>
    ask(edge, path, { headers: { authorization: `Bearer ${token}`, ...more } });

  it("takes the tokens of a real provider, says what they claim, and keeps them from the endpoint", async () => {
    const answer = await withToken("/required", await identity.token(), {
      "x-client": "root",
      "x-scope": "admin",
      // Asks to drop what is said of one hop only.
      connection: "keep-alive, x-client",
    });
    expect([answer.status, answer.text]).toEqual([200, "ok"]);
    expect(last?.headers).toMatchObject({ "x-client": "cart", "x-scope": "read" });
    expect(last?.headers.authorization).toBeUndefined();
    const byQuery = await ask(edge, `/required/x?a=1&access_token=${await identity.token()}&b=%2F`);
    expect(byQuery.status).toBe(200);
    expect(last?.url).toBe("/required/x?a=1&b=%2F");
  });

  it("lets those without a token pass as nobody, or not at all", async () => {
    expect((await ask(edge, "/optional", { headers: { "x-client": "root" } })).status).toBe(200);
    expect(last?.headers["x-client"]).toBeUndefined();
    const refused = await ask(edge, "/required");
    expect(refused.status).toBe(401);
    expect(refused.headers).toMatchObject({
      "content-type": "application/problem+json",
      "www-authenticate": 'Bearer realm="heddle", Heddle-HMAC-SHA256',
      "x-heddle-flags": "UAEX",
    });
  });

  const explained = async (path: string, headers: Record<string, string> = {}) => {
    const form = new URLSearchParams({ url: `http://any.test${path}` });
    for (const [name, value] of Object.entries(headers)) form.append("header", `${name}: ${value}`);
    const { text } = await ask(edge, "/.heddle/explain", {
      method: "POST",
      headers: { "content-type": "application/x-www-form-urlencoded" },
      body: form.toString(),
    });
    return JSON.parse(text);
  };

  it("explains limits by what it says of the caller, not by what the caller says", async () => {
    const authorization = `Bearer ${await identity.token()}`;
    for (let i = 0; i < 2; i += 1)
      expect((await ask(edge, "/counted", { headers: { authorization } })).status).toBe(200);
    expect(await explained("/counted", { authorization, "x-client": "root" })).toMatchObject({
      rateLimits: [{ remaining: 1 }],
    });
    expect(await explained("/counted", { "x-client": "cart" })).toMatchObject({ rateLimits: [{ remaining: 3 }] });
    // Who is refused before them counts against none.
    expect(await explained("/counted", { authorization: "Bearer x" })).toMatchObject({ rateLimits: [] });
  });

  it("explains who is asked for, whether that has to be, and what comes of a credential", async () => {
    const asked = async (path: string, headers?: Record<string, string>) =>
      (await explained(path, headers)).authentication;
    const nobody = { ok: true, principal: "", by: "" };
    expect(await asked("/public")).toBeNull();
    expect(await asked("/optional")).toEqual({
      providers: ["idp", "partners"],
      required: false,
      unasked: ["partners"],
      verdict: nobody,
    });
    expect(await asked("/required")).toMatchObject({ required: true });
    const token = await identity.token();
    expect(await asked("/optional", { authorization: `Bearer ${token}` })).toMatchObject({
      verdict: { ok: true, principal: expect.stringContaining(`${identity.issuer}/`), by: "idp" },
    });
    expect(await asked("/optional", { authorization: `Bearer ${token.slice(0, -6)}` })).toMatchObject({
      verdict: { ok: false, status: 401, provider: "idp", why: expect.stringMatching(/sign/) },
    });
  });

  it("does not let a rule that asks nobody pass on what only the mesh may say", async () => {
    await ask(edge, "/public", { headers: { "x-client": "root", "x-other": "1" } });
    expect(last?.headers["x-client"]).toBeUndefined();
    expect(last?.headers["x-other"]).toBe("1");
  });

  it("refuses bad tokens everywhere, without saying why", async () => {
    const token = await identity.token();
    const [header, , signature] = token.split(".");
    const forged = Buffer.from(JSON.stringify({ iss: identity.issuer, sub: "root", aud: AUDIENCE, exp: 9e9 })).toString(
      "base64url",
    );
    for (const bad of [`${header}.${forged}.${signature}`, token.slice(0, -6), "x", `${token}.${token}`]) {
      const answer = await withToken("/optional", bad);
      expect(answer.status).toBe(401);
      expect(answer.headers["www-authenticate"]).toBe('Bearer realm="heddle", error="invalid_token"');
      expect(Object.keys(JSON.parse(answer.text) as object).sort()).toEqual([
        "flag",
        "requestId",
        "status",
        "title",
        "type",
      ]);
    }
  });

  it("follows the provider's keys, and asks for them no more often than it may", async () => {
    const old = await identity.token();
    expect((await withToken("/optional", old)).status).toBe(200);
    await identity.rotate(true);
    const fresh = await identity.token();
    await pause(1_100);
    expect((await withToken("/optional", fresh)).status).toBe(200);
    expect((await withToken("/optional", old)).status).toBe(200);

    await identity.rotate(false);
    await pause(1_100);
    const newest = await identity.token();
    expect((await withToken("/optional", newest)).status).toBe(200);
    expect((await withToken("/optional", old)).status).toBe(401);
    const asked = identity.jwksAsked();
    const header = Buffer.from('{"alg":"ES256","typ":"at+jwt","kid":"none"}').toString("base64url");
    const unknown = [header, newest.split(".")[1], newest.split(".")[2]].join(".");
    const startedAt = performance.now();
    const statuses = await Promise.all(Array.from({ length: 30 }, () => withToken("/optional", unknown)));
    expect(new Set(statuses.map(({ status }) => status))).toEqual(new Set([401]));
    // Once, and once more for each second that it took.
    expect(identity.jwksAsked() - asked).toBeLessThanOrEqual(1 + (performance.now() - startedAt) / 1_000);
  });

  it("believes the keys it has while their server is down", async () => {
    const token = await identity.token();
    expect((await withToken("/optional", token)).status).toBe(200);
    const another = await identity.token();
    identity.setDown(true);
    expect((await withToken("/optional", another)).status).toBe(200);
    identity.setDown(false);
  });

  it("takes a signed request once, and its body goes on", async () => {
    const body = JSON.stringify({ order: 7 });
    const url = `http://127.0.0.1:${edge.port}/required/orders?x=1`;
    const headers = signedHeaders({ id: "acme", secret: SECRET, method: "POST", url, body });
    const send = (sent: string) =>
      ask(edge, "/required/orders?x=1", { method: "POST", headers: { ...headers }, body: sent });
    expect((await send('{"order":8}')).status).toBe(401);
    expect((await send(body)).status).toBe(200);
    expect(await lastBody).toBe(body);
    expect(last?.headers.authorization).toBeUndefined();
    expect((await send(body)).status).toBe(401);
  });

  it("says that a secret is missing before anybody needs it, and is not available to who does", async () => {
    const { problems } = await stateOf(edge);
    expect(problems).toContain("authentication unset: the secret NOBODY_MADE_IT is absent");
    const url = `http://127.0.0.1:${edge.port}/unset`;
    const headers = { ...signedHeaders({ id: "acme", secret: SECRET, method: "GET", url }) };
    const answer = await ask(edge, "/unset", { headers });
    expect([answer.status, answer.headers["x-heddle-flags"]]).toEqual([503, "UAEX"]);
    expect(answer.text).not.toContain("NOBODY_MADE_IT");
    expect((await ask(edge, "/unset")).status).toBe(401);
  });

  it("asks no preflight who it is from, and tells pages why they were refused", async () => {
    const origin = "https://page.example";
    const headers = { origin, "access-control-request-method": "GET" };
    const preflight = await ask(edge, "/required", { method: "OPTIONS", headers });
    expect(preflight.status).toBeLessThan(300);
    expect((await ask(edge, "/required", { method: "OPTIONS" })).status).toBe(401);
    const refused = await ask(edge, "/required", { headers: { origin } });
    expect([refused.status, refused.headers["access-control-allow-origin"]]).toEqual([401, origin]);
  });

  it("believes nothing that headers say of certificates", async () => {
    const headers = {
      "cf-client-cert-verified": "true",
      "x-forwarded-client-cert": "Subject=x",
      "client-cert": ":AA==:",
    };
    expect((await ask(edge, "/certificate", { headers })).status).toBe(401);
  });

  it("lets nobody in when an authorizer cannot be reached", async () => {
    expect((await ask(edge, "/away")).status).toBe(403);
  });
});

describe("signed requests that all isolates take once", () => {
  it("are known to an isolate that never saw them", async () => {
    const origin = await own.origin("shop");
    const keys = { acme: { secret: "ACME_KEY" } };
    const config = rulesByPath(
      { shop: serviceOf([origin]) },
      {
        "/pay": { backendRefs: [{ service: "shop" }], authentication: { providers: ["once"], required: true } },
        "/buy": { backendRefs: [{ service: "shop" }], authentication: { providers: ["each"], required: true } },
      },
      {
        authentication: {
          providers: { once: { type: "HMAC", keys, nonces: { scope: "global" } }, each: { type: "HMAC", keys } },
        },
      },
    );
    const stateDir = await own.folder();
    const host = "shop.example.com";
    const signed = (path: string) =>
      signedHeaders({ id: "acme", secret: SECRET, method: "GET", url: `http://${host}${path}` });
    const [pay, buy] = [signed("/pay"), signed("/buy")];
    // Each edge begins with an isolate that knows nothing; the objects' data stays.
    for (const expected of [
      [200, 200],
      [401, 200],
    ]) {
      const edge = await startEdge({ mesh: await meshOf(config), stateDir, bindings: { ACME_KEY: SECRET } });
      const answers = [
        await ask(edge, "/pay", { host, headers: { ...pay } }),
        await ask(edge, "/buy", { host, headers: { ...buy } }),
      ];
      await edge.stop();
      expect(answers.map(({ status }) => status)).toEqual(expected);
    }
  });
});
