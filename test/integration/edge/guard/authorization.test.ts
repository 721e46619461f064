/** Policies on real workerd: who gets through, by what they are and by how they spell what they ask for. */
import type { IncomingMessage } from "node:http";
import { afterAll, beforeAll, beforeEach, describe, expect, it } from "vitest";
import type { Edge } from "../../../../src/cli/workerd/start-edge.ts";
import { ask } from "../../harness/ask.ts";
import { type IdentityProvider, startIdentityProvider } from "../../harness/identity-provider.ts";
import { createResources } from "../../harness/resources.ts";
import { rulesByPath, serviceOf } from "../../harness/rules.ts";

const own = createResources();
const AUDIENCE = "https://shop.example.com";

describe("authorization", () => {
  let edge: Edge;
  let identity: IdentityProvider;
  let seen: IncomingMessage[] = [];
  let asked: IncomingMessage[] = [];

  beforeAll(async () => {
    identity = await startIdentityProvider(AUDIENCE);
    const origin = await own.origin("shop", { onRequest: (request) => void seen.push(request) });
    const authorizer = await own.origin("authorizer", {
      onRequest: (request) => void asked.push(request),
      respond: (request, response) => {
        response.statusCode = request.headers["x-forwarded-uri"]?.includes("bad") ? 302 : 200;
        response.setHeader("location", "https://login.example.com/");
        response.setHeader("x-tier", "gold");
        response.end();
      },
    });
    const to = { backendRefs: [{ service: "shop" }] };
    const config = rulesByPath(
      { shop: serviceOf([origin]) },
      {
        "/": { ...to, authorization: { policies: [{ action: "DENY", rules: [under("/admin*")] }] } },
        "/members": {
          ...to,
          authentication: { providers: ["idp"] },
          authorization: {
            policies: [
              { name: "members", rules: [{ from: [{ source: { requestPrincipals: [`${identity.issuer}/*`] } }] }] },
              {
                name: "writers",
                action: "DENY",
                rules: [
                  {
                    to: [{ operation: { notMethods: ["GET"] } }],
                    when: [{ key: "request.auth.claims[scope]", notValues: ["write"] }],
                  },
                ],
              },
              // What the mesh says of the caller, not what the caller says.
              {
                name: "claimed",
                action: "DENY",
                rules: [{ when: [{ key: "request.headers[x-client]", notValues: ["cart"] }] }],
              },
            ],
          },
        },
        "/asked": {
          ...to,
          authentication: { providers: ["idp"] },
          authorization: {
            policies: [
              { action: "CUSTOM", provider: "checker", rules: [{}] },
              { rules: [{ when: [{ key: "request.headers[x-tier]", values: ["gold"] }] }] },
            ],
          },
        },
      },
      {
        authentication: {
          allow: ["http", "loopback"],
          providers: {
            idp: {
              type: "JWT",
              issuer: identity.issuer,
              audiences: [AUDIENCE],
              jwks: { uri: identity.jwksUrl },
              claimsToHeaders: { "x-client": "sub" },
            },
            checker: {
              type: "External",
              url: authorizer.url,
              timeout: "5s",
              upstreamHeaders: ["x-tier"],
              downstreamHeaders: ["location"],
            },
          },
        },
        authorization: {
          policies: [
            { name: "blocked", action: "DENY", rules: [{ to: [{ operation: { hosts: ["blocked.test"] } }] }] },
          ],
        },
      },
    );
    edge = await own.edge(config);
  });
  beforeEach(() => {
    seen = [];
    asked = [];
  });
  afterAll(async () => {
    await own.close();
    await identity.close();
  });

  const under = (path: string) => ({ to: [{ operation: { paths: [path] } }] });
  const bearer = async () => ({ authorization: `Bearer ${await identity.token()}` });

  it("refuses with 403 and says nothing of the policy", async () => {
    const answer = await ask(edge, "/admin/users");
    expect(answer.status).toBe(403);
    expect(answer.headers).toMatchObject({ "content-type": "application/problem+json", "x-heddle-flags": "UAEX" });
    expect(answer.text).not.toMatch(/policy|admin|DENY/);
    expect(seen).toEqual([]);
  });

  it.each([
    "/admin",
    "//admin",
    "/./admin",
    "/x/../admin",
    "/x/%2e%2e/admin",
    "/x/.%2E/admin",
    "/%61dmin",
    "/%61%64min/x",
    "/x/..;/admin",
    "/admin;v=1/users",
    "/;/admin",
    "/x%2F..%2Fadmin",
    "/x%2f..%2fadmin",
    "/x%252F..%252Fadmin",
    "/x%5C..%5Cadmin",
    "/x\\..\\admin",
    "/%2561dmin",
    "/x/%252e%252e/admin",
    "/admin%00.css",
    "/admin?x=/public",
  ])("refuses %s, however it is spelt", async (path) => {
    expect((await ask(edge, path)).status).toBe(403);
    expect(seen).toEqual([]);
  });

  it.each(["/public", "/x/admin", "/a;b/c", "/adm%2Fin", "/caf%c3%a9"])(
    "lets %s through as it was decided",
    async (path) => {
      expect((await ask(edge, path)).status).toBe(200);
      expect(seen[0]!.url).toBe(path.replaceAll("%c3%a9", "%C3%A9"));
    },
  );

  it.each(["blocked.test", "BLOCKED.test", "blocked.test.", "blocked.test:8080"])(
    "knows the host %s in every spelling",
    async (host) => {
      expect((await ask(edge, "/public", { host })).status).toBe(403);
    },
  );

  it("admits by token, and refuses by what it claims", async () => {
    expect((await ask(edge, "/members")).status).toBe(403);
    expect((await ask(edge, "/members", { headers: await bearer() })).status).toBe(200);
    // The provider's tokens have the scope read.
    expect((await ask(edge, "/members", { method: "POST", headers: await bearer() })).status).toBe(403);
  });

  it("takes the mesh's word for a header, not the caller's", async () => {
    const headers = { ...(await bearer()), "x-client": "root" };
    expect((await ask(edge, "/members", { headers })).status).toBe(200);
    expect(seen[0]!.headers["x-client"]).toBe("cart");
  });

  it("asks the authorizer first, and decides on what it says", async () => {
    expect((await ask(edge, "/asked/x")).status).toBe(200);
    expect(asked[0]!.headers["x-forwarded-uri"]).toBe("/asked/x");
    expect(seen[0]!.headers["x-tier"]).toBe("gold");
    const refused = await ask(edge, "/asked/bad", { headers: { "x-tier": "gold" } });
    expect([refused.status, refused.headers.location]).toEqual([302, "https://login.example.com/"]);
  });

  it("explains what it would decide, and by which rule", async () => {
    const explained = async (path: string) => {
      const answer = await ask(edge, `/.heddle/explain?url=${encodeURIComponent(`http://shop.test${path}`)}`);
      return (JSON.parse(answer.text) as { authorization: unknown }).authorization;
    };
    expect(await explained("/admin;v=1/users")).toMatchObject({
      decision: { allowed: false, because: "deny", policy: "rule/policy-0", rule: 0 },
    });
    expect(await explained("/asked/x")).toMatchObject({
      principal: "",
      asks: ["checker"],
      decision: { allowed: false, because: "no_match" },
      matched: [{ policy: "rule/policy-0", rule: 0, action: "CUSTOM", dryRun: false }],
    });
    expect([asked, seen]).toEqual([[], []]);
  });

  it("keeps what authentication did to the request while it asks the authorizer", async () => {
    const answer = await ask(edge, "/asked/x", { headers: await bearer() });
    expect(answer.status).toBe(200);
    expect(seen[0]!.headers.authorization).toBeUndefined();
    expect(seen[0]!.headers).toMatchObject({ "x-client": "cart", "x-tier": "gold" });
  });
});
