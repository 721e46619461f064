/** Keys of callers, from the admin API to a request that carries one: both Workers on a real workerd. */
import { writeFile } from "node:fs/promises";
import { join, resolve } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { startCli } from "../cli-process.ts";
import { ask } from "../harness/ask.ts";
import { createResources } from "../harness/resources.ts";
import { stateOf } from "../harness/state.ts";
import { type Api, startApi } from "./api-client.ts";

const EDGE = resolve(import.meta.dirname, "../../../workers/edge/main.ts");
const REFRESH_MS = 1_000;
const own = createResources();
let api: Api;
let seen: Record<string, unknown> | undefined;

/** The edge, with a switch for its way to the object of keys. */
const ENTRY = `import edge from ${JSON.stringify(EDGE)};
export * from ${JSON.stringify(EDGE)};
let isAway = false;
let refused = 0;
const away = { keySet: () => Promise.reject(new Error("away " + ++refused)) };
const switched = (objects) => ({
  idFromName: (name) => objects.idFromName(name),
  getByName: (name) => (isAway ? away : objects.getByName(name)),
});
let own;
export default {
  fetch(request, env, ctx) {
    const { pathname } = new URL(request.url);
    if (pathname === "/away" || pathname === "/back") return new Response(String((isAway = pathname === "/away")));
    if (pathname === "/refused") return new Response(String(refused));
    own ??= { ...env, API_KEYS: switched(env.API_KEYS) };
    return edge.fetch(request, own, ctx);
  },
};`;

beforeAll(async () => {
  const origin = await own.origin("shop", {
    onRequest: ({ headers }) => {
      seen = headers;
    },
  });
  const entry = join(await own.folder(), "edge.js");
  await writeFile(entry, ENTRY);
  api = await startApi(
    `
services: { shop: { endpoints: [{ id: a, url: "${origin.url}" }] } }
authentication:
  providers:
    partners: { type: APIKey, issued: { refresh: ${REFRESH_MS}ms, keep: 1m, timeout: 10s } }
    fixed: { type: APIKey, from: [{ header: x-other-key }], keys: { one: { sha256: ${"a".repeat(64)} } } }
authorization:
  policies:
    - name: readers
      action: ALLOW
      rules: [{ from: [{ source: { requestPrincipals: ["api-key/acme"] } }], when: [{ key: "request.auth.claims[scopes]", values: [read] }] }]
routes:
  - authentication: { providers: [partners, fixed], required: true }
    rules: [{ backendRefs: [{ service: shop }] }]
`,
    {},
    { entry },
  );
});
afterAll(async () => {
  await api?.stop();
  await own.close();
});

const create = async (json: object = {}) => {
  const made = await api.ask("/v1/api-keys", {
    method: "POST",
    json: { provider: "partners", name: "acme", scopes: ["read"], ...json },
  });
  expect(made.status, made.text).toBe(201);
  return made.json as { id: string; key: string; name: string; expiresAtMs: number };
};
const get = async (key: string) => (await ask(api.edge, "/", { headers: { "x-api-key": key } })).status;

/**
 * Asks with a key until it is answered with the status. Gives when the last request with another answer was sent, ms from now;
 * 0 for none. What counts is what is sent: how long a busy machine is with an answer says nothing of the key.
 */
async function until(key: string, status: number): Promise<number> {
  const startedAt = performance.now();
  let lastMs = 0;
  for (;;) {
    const sentMs = performance.now() - startedAt;
    if ((await get(key)) === status) return lastMs;
    lastMs = sentMs;
    if (sentMs > 60_000) throw new Error(`never ${status}`);
  }
}

describe("API keys from the control plane", () => {
  it("are shown once, work at once, and are never listed, logged or passed on", async () => {
    const { id, key } = await create();
    expect(key).toMatch(/^hdk_[0-9a-f]{16}_[A-Za-z0-9_-]{43}$/);
    expect(await get(key)).toBe(200);
    expect(JSON.stringify(seen)).not.toContain(key);
    const secret = key.split("_").slice(2).join("_");
    for (const path of ["/v1/api-keys", "/v1/api-keys?provider=partners", "/v1/audit?action=api-key"]) {
      const { text } = await api.ask(path);
      expect(text).toContain(id);
      expect(text).not.toContain(secret);
      expect(text).not.toMatch(/[0-9a-f]{64}/);
    }
    expect(await get(`${key.slice(0, -1)}${key.endsWith("A") ? "B" : "A"}`)).toBe(401);
    expect(await get(`hdk_${"0".repeat(16)}_${secret}`)).toBe(401);
  });

  it("name the principal and its scopes, for policies", async () => {
    const [other, writer] = [await create({ name: "other" }), await create({ scopes: ["write"] })];
    await until(other.key, 403);
    await until(writer.key, 403);
  });

  it("that are made after the edge has learnt the others work with their first request, or its floor later", async () => {
    const { key } = await create();
    // The floor between two questions of an isolate is 2 s.
    expect(await until(key, 200)).toBeLessThan(2_500);
  });

  it("are refused within twice refresh after they were revoked, under load, and what other keys do goes on", async () => {
    const [{ id, key }, other] = [await create(), await create()];
    await until(other.key, 200);
    await until(key, 200);
    const reply = await api.ask(`/v1/api-keys/partners/${id}`, { method: "DELETE" });
    expect([reply.status, reply.json.revokedAtMs]).toEqual([200, expect.any(Number)]);
    const tookMs = await until(key, 401);
    expect(tookMs).toBeLessThan(2 * REFRESH_MS + 500);
    expect(await get(other.key)).toBe(200);
    const { items } = (await api.ask("/v1/audit?action=api-key.revoke")).json;
    expect(items[0]).toMatchObject({ target: `partners/${id}`, before: { revokedAtMs: null } });
  });

  it("are refused after a pause too: a set that is old is asked for first", async () => {
    const { id, key } = await create();
    await until(key, 200);
    await api.ask(`/v1/api-keys/partners/${id}`, { method: "DELETE" });
    await new Promise((wake) => setTimeout(wake, 2 * REFRESH_MS + 300));
    expect(await get(key)).toBe(401);
  });

  it("end at their time", async () => {
    // Longer where the machine is so slow that it has ended before it is known to the edge.
    for (const expiresIn of ["3s", "12s", "48s"]) {
      const made = await create({ expiresIn });
      await until(made.key, 200).catch(() => null);
      if (Date.now() >= made.expiresAtMs) continue;
      const startedAtMs = Date.now();
      const lastGoodMs = startedAtMs + (await until(made.key, 401));
      expect(lastGoodMs).toBeLessThan(made.expiresAtMs + 100);
      expect(Date.now()).toBeGreaterThanOrEqual(made.expiresAtMs);
      return;
    }
    throw new Error("no key was known to the edge before it ended");
  });

  it("stay as they are while the object is away, and the isolate says so", async () => {
    const { key } = await create();
    await until(key, 200);
    await ask(api.edge, "/away");
    try {
      await new Promise((wake) => setTimeout(wake, 2 * REFRESH_MS + 300));
      // Nobody waits for it: the isolate asks it at first, and then every two seconds at most.
      const refused = async () => Number((await ask(api.edge, "/refused")).text);
      const [before, startedAt] = [await refused(), performance.now()];
      for (let i = 0; i < 50; i += 1) expect(await get(key)).toBe(200);
      expect((await refused()) - before).toBeLessThanOrEqual(2 + (performance.now() - startedAt) / 2_000);
      const { problems } = await stateOf(api.edge);
      expect(problems.join()).toMatch(/authentication partners: issued keys: .* stay/);
    } finally {
      await ask(api.edge, "/back");
    }
    await until(key, 200);
  });

  it("are made for providers that believe them only", async () => {
    for (const provider of ["fixed", "nobody"]) {
      const json = { provider, name: "acme" };
      const reply = await api.ask("/v1/api-keys", { method: "POST", json });
      expect([reply.status, reply.json.faults?.[0].path]).toEqual([422, "provider"]);
      expect(reply.json.faults?.[0].message).toMatch(/those there are: partners$/);
    }
    for (const json of [
      { provider: "partners" },
      { provider: "partners", name: "a b" },
      { provider: "partners", name: "a", expiresIn: "0s" },
      { provider: "partners", name: "a", more: 1 },
    ]) {
      expect((await api.ask("/v1/api-keys", { method: "POST", json })).status).toBe(422);
    }
    expect((await api.ask(`/v1/api-keys/partners/${"0".repeat(16)}`, { method: "DELETE" })).status).toBe(404);
    expect((await api.ask("/v1/api-keys/partners/nothing", { method: "DELETE" })).status).toBe(400);
  });

  it("are made by admins, revoked by operators, and nobody's whose token is limited to services", async () => {
    const { id } = await create();
    const [reader, operator, limited] = [
      await api.token(["read"]),
      await api.token(["operate"]),
      await api.token(["admin"], ["shop"]),
    ];
    const post = { method: "POST", json: { provider: "partners", name: "x" } };
    const remove = { method: "DELETE" };
    const statuses = async (token: string) => [
      (await api.ask("/v1/api-keys", { token })).status,
      (await api.ask("/v1/api-keys", { ...post, token })).status,
      (await api.ask(`/v1/api-keys/partners/${id}`, { ...remove, token })).status,
    ];
    expect(await statuses(reader)).toEqual([403, 403, 403]);
    expect(await statuses(limited)).toEqual([403, 403, 403]);
    expect(await statuses(operator)).toEqual([200, 403, 200]);
  });

  it("are not made twice by a request that is sent twice, and not said twice either", async () => {
    const headers = { "idempotency-key": "one" };
    const twice = { method: "POST", json: { provider: "partners", name: "twice" }, headers };
    const first = await api.ask("/v1/api-keys", twice);
    const again = await api.ask("/v1/api-keys", twice);
    expect(again.json).toEqual({ ...first.json, key: null });
    const { items } = (await api.ask("/v1/api-keys?provider=partners&limit=200")).json;
    expect(items.filter(({ name }: { name: string }) => name === "twice")).toHaveLength(1);
  });

  it("are pages of a list, latest first", async () => {
    const all = (await api.ask("/v1/api-keys?limit=200")).json.items.map(({ id }: { id: string }) => id);
    const pages: string[] = [];
    let cursor = "";
    do {
      const { items, next } = (await api.ask(`/v1/api-keys?limit=2${cursor}`)).json;
      pages.push(...items.map(({ id }: { id: string }) => id));
      cursor = next === null ? "" : `&cursor=${next}`;
    } while (cursor !== "");
    expect(pages).toEqual(all);
    expect(all.length).toBeGreaterThan(4);
  });
});

describe("heddle api-key", () => {
  const heddle = async (...args: string[]) =>
    startCli(["api-key", ...args, "--control", api.edge.controlUrl, "--token", api.edge.controlToken], ".").exited;

  it("makes a key that callers can use, lists it, and revokes it by its id", async () => {
    const made = await heddle("create", "cli", "--provider", "partners", "--scope", "read", "--expires", "1h");
    expect([made.code, made.stderr]).toEqual([0, expect.stringContaining("cli of partners, expires in 1h")]);
    const key = made.stdout.trim();
    expect(await until(key, 403)).toBeLessThan(2_500);
    const listed = await heddle("list", "--provider", "partners");
    expect(listed.stdout).toContain("cli");
    expect(listed.stdout).not.toContain(key);
    expect((await heddle("revoke", "clu")).stderr).toContain("did you mean cli?");
    expect((await heddle("revoke", "acme")).code).toBe(2);
    expect((await heddle("revoke", key.split("_")[1]!)).stdout).toMatch(/^revoked cli of partners/);
    expect(await until(key, 401)).toBeLessThan(2 * REFRESH_MS + 500);
  });

  it("says what is missing", async () => {
    expect(await heddle("create", "cli")).toMatchObject({ code: 2, stderr: expect.stringContaining("--provider") });
    const { stderr } = await heddle("create", "cli", "--provider", "nobody");
    expect(stderr).toMatch(/no provider of type APIKey .*those there are: partners/);
    expect(stderr.match(/has faults/g)).toHaveLength(1);
  });
});
