/** Tokens, scopes, the audit log and idempotency keys, on a real workerd. */
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { type Api, startApi } from "./api-client.ts";

let api: Api;
const CONFIG = `services:
  shop: { endpoints: [{ id: a, url: "https://a.example.com" }, { id: b, url: "https://b.example.com" }] }
  cart: { endpoints: [{ id: a, url: "https://c.example.com" }] }
routes: [{ rules: [{ backendRefs: [{ service: shop }, { service: cart }] }] }]
`;
beforeAll(async () => {
  api = await startApi(CONFIG);
  await api.apply(`${CONFIG}# applied\nedge: { mergeSlashes: false }\n`);
});
afterAll(() => api?.stop());

const idOf = (token: string) => token.split("_")[1]!;

describe("authentication", () => {
  it("answers nothing without a token but that it lives", async () => {
    expect((await api.ask("/livez", { token: null })).json).toEqual({ live: true });
    for (const path of ["/v1/config", "/openapi.json", "/docs", "/", "/v1/nothing", "/livez/more"]) {
      const reply = await api.ask(path, { token: null });
      expect([path, reply.status, reply.headers.get("www-authenticate")]).toEqual([path, 401, 'Bearer realm="heddle"']);
    }
  });

  it("shows a token's secret once, and never in the list", async () => {
    const made = await api.ask("/v1/tokens", { method: "POST", json: { name: "ci", scopes: ["read"] } });
    expect(made.json.token).toMatch(/^hdl_[0-9a-f]{16}_[A-Za-z0-9_-]{43}$/);
    const listed = await api.ask("/v1/tokens");
    expect(listed.text).toContain(made.json.id);
    expect(listed.text).not.toContain(made.json.token.split("_").slice(2).join("_"));
    expect(listed.text).not.toMatch(/hash/i);
    expect((await api.ask("/v1/audit?action=token")).text).not.toContain(made.json.token.slice(21));
  });

  it("says who one is", async () => {
    const token = await api.token(["operate"], ["shop"]);
    const { json } = await api.ask("/v1/whoami", { token });
    expect(json).toMatchObject({ via: "token", scopes: ["operate"], services: ["shop"] });
    expect(json.expiresAtMs).toBeGreaterThan(Date.now());
  });

  it("refuses a token whose secret is wrong in its last character, and one of another shape", async () => {
    const token = await api.token(["read"]);
    const last = token.at(-1) === "A" ? "E" : "A";
    const headers = { "cf-connecting-ip": "192.0.2.1" };
    for (const wrong of [
      token.slice(0, -1) + last,
      `${token}x`,
      "hdl_",
      "x".repeat(10_000),
      api.edge.controlToken.slice(1),
    ]) {
      expect((await api.ask("/v1/whoami", { token: wrong, headers })).status).toBe(401);
    }
  });

  it("refuses a revoked token at once where it was revoked", async () => {
    const token = await api.token(["read"]);
    expect((await api.ask("/v1/whoami", { token })).status).toBe(200);
    const revoked = await api.ask(`/v1/tokens/${idOf(token)}`, { method: "DELETE" });
    expect(revoked.json.revokedAtMs).toBeGreaterThan(0);
    expect((await api.ask("/v1/whoami", { token, headers: { "cf-connecting-ip": "192.0.2.2" } })).status).toBe(401);
  });

  it("refuses a token when it has expired", async () => {
    const token = await api.token(["read"], null, "1s");
    const headers = { "cf-connecting-ip": "192.0.2.3" };
    await expect
      .poll(async () => (await api.ask("/v1/whoami", { token, headers })).status, { timeout: 60_000, interval: 300 })
      .toBe(401);
  });

  it("refuses an address after ten failures for a minute, and nobody else", async () => {
    const guess = (address: string, i: number) =>
      api.ask("/v1/whoami", {
        token: `hdl_${String(i).padStart(16, "0")}_${"A".repeat(43)}`,
        headers: { "cf-connecting-ip": address },
      });
    const statuses = [];
    for (let i = 0; i < 12; i++) statuses.push((await guess("2001:db8:1:2::1", i)).status);
    expect(statuses).toEqual([...new Array(10).fill(401), 429, 429]);
    const again = await guess("2001:db8:1:2:ffff::9", 99);
    expect(again.status).toBe(429);
    expect(Number(again.headers.get("retry-after"))).toBeGreaterThan(0);
    expect((await guess("2001:db8:1:3::1", 99)).status).toBe(401);
    expect((await api.ask("/v1/whoami")).status).toBe(200);
  });

  it("does not let those who know a token's id lock its owner out", async () => {
    const token = await api.token(["read"]);
    const wrong = `hdl_${idOf(token)}_${"A".repeat(43)}`;
    const statuses = [];
    for (let i = 0; i < 12; i++) {
      const headers = { "cf-connecting-ip": `198.51.100.${i}` };
      statuses.push((await api.ask("/v1/whoami", { token: wrong, headers })).status);
    }
    expect(statuses.slice(-2)).toEqual([429, 429]);
    expect((await api.ask("/v1/whoami", { token, headers: { "cf-connecting-ip": "198.51.100.99" } })).status).toBe(200);
  });
});

describe("authorization", () => {
  it.each([
    ["read", [200, 403, 403, 403]],
    ["operate", [200, 201, 403, 403]],
    ["admin", [200, 201, 200, 409]],
    ["register", [403, 403, 403, 409]],
  ] as const)("holds the scope %s to what it includes", async (scope, expected) => {
    const token = await api.token([scope], scope === "register" ? ["shop"] : null);
    const override = { target: { endpoint: "a" }, action: "weight", percent: 50, for: "1m" };
    const replies = [
      await api.ask("/v1/services/shop", { token }),
      await api.ask("/v1/services/shop/overrides", { method: "POST", token, json: override }),
      await api.ask("/v1/tokens", { token }),
      // The service takes no registrations: whoever may ask is told.
      await api.ask("/v1/services/shop/registrations/i-1", {
        method: "PUT",
        token,
        json: { url: "https://i.example.com" },
      }),
    ];
    expect(replies.map(({ status }) => status)).toEqual(expected);
  });

  it("keeps a token to its services", async () => {
    const token = await api.token(["admin"], ["shop"]);
    const statusOf = async (path: string, method = "GET", json?: unknown) =>
      (await api.ask(path, { method, token, ...(json !== undefined && { json }) })).status;
    const override = { target: { endpoint: "a" }, action: "drain", for: "1m" };
    expect(await statusOf("/v1/services/shop")).toBe(200);
    expect(await statusOf("/v1/services/cart")).toBe(403);
    expect(await statusOf("/v1/services/cart/endpoints/a")).toBe(403);
    expect(await statusOf("/v1/services/cart/overrides", "POST", override)).toBe(403);
    expect(await statusOf("/v1/services/cart/overrides/x", "DELETE")).toBe(403);
    expect(await statusOf("/v1/services/cart/registrations")).toBe(403);
    expect(await statusOf("/v1/services/cart/registrations/i", "DELETE")).toBe(403);
    expect(await statusOf("/v1/overrides?service=cart")).toBe(403);
    expect(await statusOf("/v1/events?service=cart")).toBe(403);
    for (const path of ["/v1/config", "/v1/config/versions", "/v1/tokens", "/v1/audit", "/v1/edge"]) {
      expect([path, await statusOf(path)]).toEqual([path, 403]);
    }
    const { items } = (await api.ask("/v1/services", { token })).json;
    expect(items.map(({ service }: { service: string }) => service)).toEqual(["shop"]);
    const events = (await api.ask("/v1/events", { token })).json.items;
    expect(events.filter(({ service }: { service: string | null }) => service !== "shop")).toEqual([]);
  });

  it("makes no token for registrations of all services", async () => {
    const reply = await api.ask("/v1/tokens", { method: "POST", json: { name: "all", scopes: ["register"] } });
    expect(reply.json.faults).toEqual([expect.objectContaining({ path: "services" })]);
  });
});

describe("Idempotency-Key", () => {
  const make = (key: string, name: string, token?: string) =>
    api.ask("/v1/tokens", {
      method: "POST",
      json: { name, scopes: ["read"] },
      headers: { "idempotency-key": key },
      ...(token !== undefined && { token }),
    });

  it("does a change once, and answers it again without the secret", async () => {
    const first = await make("once", "one");
    const again = await make("once", "one");
    expect([again.status, again.headers.get("idempotent-replayed")]).toEqual([201, "true"]);
    expect(again.json).toEqual({ ...first.json, token: null });
    const { items } = (await api.ask("/v1/tokens?limit=200")).json;
    expect(items.filter(({ name }: { name: string }) => name === "one")).toHaveLength(1);
  });

  it("refuses the key for another request", async () => {
    await make("taken", "one");
    expect((await make("taken", "two")).status).toBe(422);
  });

  it("tells callers apart", async () => {
    const token = await api.token(["admin"]);
    const [mine, theirs] = [await make("shared", "one"), await make("shared", "one", token)];
    expect(mine.json.id).not.toBe(theirs.json.id);
  });

  it("does one of several at the same time", async () => {
    const replies = await Promise.all(Array.from({ length: 6 }, () => make("together", "together")));
    expect(replies.filter(({ status, json }) => status === 201 && json.token !== null)).toHaveLength(1);
    const { items } = (await api.ask("/v1/tokens?limit=200")).json;
    expect(items.filter(({ name }: { name: string }) => name === "together")).toHaveLength(1);
  });

  it("lets a refused request be tried again with the same key", async () => {
    const wrong = await api.ask("/v1/config/rollback", {
      method: "POST",
      json: { to: 99 },
      headers: { "idempotency-key": "retry" },
    });
    const again = await api.ask("/v1/config/rollback", {
      method: "POST",
      json: { to: 98 },
      headers: { "idempotency-key": "retry" },
    });
    expect([wrong.status, again.status]).toEqual([404, 404]);
  });
});

describe("every answer", () => {
  it("has an id, keeps browsers strict, and is not for caches or other origins", async () => {
    for (const path of ["/livez", "/v1/whoami", "/v1/nothing", "/docs"]) {
      const { headers } = await api.ask(path, { headers: { origin: "https://evil.example" } });
      expect(headers.get("x-request-id")).toMatch(/^[0-9a-f-]{36}$/);
      expect(headers.get("x-content-type-options")).toBe("nosniff");
      expect(headers.get("content-security-policy")).toMatch(
        /^default-src 'none'; (style-src 'sha256-[^']+'; )?frame-ancestors 'none'/,
      );
      expect(headers.get("cache-control")).toContain("private");
      expect(headers.get("access-control-allow-origin")).toBeNull();
    }
  });

  it("serves its document and a page of it that needs nothing from elsewhere", async () => {
    expect((await api.ask("/openapi.json")).json.openapi).toBe("3.1.0");
    const page = (await api.ask("/docs")).text;
    expect(page).toContain("/v1/services/{service}/overrides");
    expect(page).not.toMatch(/<script|(src|href)="(?!\/openapi\.json)/);
  });

  it("is a problem where it is none, with the methods that there are", async () => {
    const reply = await api.ask("/v1/config", { method: "PATCH" });
    expect([reply.status, reply.headers.get("allow")]).toEqual([405, "GET, HEAD, PUT"]);
    expect(reply.json).toMatchObject({
      title: expect.any(String),
      status: 405,
      instance: expect.stringMatching(/^urn:uuid:/),
    });
    expect((await api.ask("/v1/tokens", { method: "POST", text: "x", type: "text/plain" })).status).toBe(415);
  });
});
