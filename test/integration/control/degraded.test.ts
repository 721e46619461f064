/** Identities of Cloudflare Access, and what the API says when objects or the edge are away. */
import { writeFile } from "node:fs/promises";
import { join, resolve } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { createResources } from "../harness/resources.ts";
import { type Api, startApi } from "./api-client.ts";

const CONTROL = resolve(import.meta.dirname, "../../../workers/control");
const own = createResources();
afterAll(own.close);

/** The control Worker with more code around it. */
async function wrapped(more: string): Promise<string> {
  const entry = join(await own.folder(), "entry.js");
  const imports = `import { DurableObject } from "cloudflare:workers";
import api from ${JSON.stringify(join(CONTROL, "main.ts"))};
export * from ${JSON.stringify(join(CONTROL, "objects.ts"))};
`;
  await writeFile(entry, imports + more);
  return entry;
}

describe("Cloudflare Access", () => {
  let api: Api;
  beforeAll(async () => {
    // What the platform does: it says who the caller is, beside the request and not in it.
    const entry = await wrapped(`export default {
  fetch(request, env, ctx) {
    const identity = request.headers.get("test-identity");
    const access = identity === null ? undefined : { getIdentity: async () => JSON.parse(identity) };
    return api.fetch(request, env, { waitUntil: (work) => ctx.waitUntil(work), passThroughOnException() {}, access });
  },
};`);
    const bindings = { HEDDLE_ACCESS_ADMINS: "ann@example.com", HEDDLE_ACCESS_READERS: "staff" };
    api = await startApi(undefined, { entry, bindings });
  });
  afterAll(() => api?.stop());
  const as = (identity: object, headers = {}) => ({
    token: null,
    headers: { "test-identity": JSON.stringify(identity), ...headers },
  });

  it("lets people in by their lists, and names them in the audit log", async () => {
    const ann = as({ email: "ann@example.com" });
    expect((await api.ask("/v1/whoami", ann)).json).toMatchObject({
      name: "ann@example.com",
      via: "access",
      scopes: ["admin"],
    });
    const made = await api.ask("/v1/tokens", { ...ann, method: "POST", json: { name: "by ann", scopes: ["read"] } });
    expect(made.json.createdBy).toBe("ann@example.com");
    const { items } = (await api.ask("/v1/audit", ann)).json;
    expect(items[0]).toMatchObject({ actor: "ann@example.com", via: "access", action: "token.create" });
    const staff = as({ email: "bob@example.com", groups: [{ id: "1", name: "Staff" }] });
    expect((await api.ask("/v1/services", staff)).status).toBe(200);
    expect((await api.ask("/v1/tokens", staff)).status).toBe(403);
  });

  it("lets those whom no list names do nothing, and those without an address not in at all", async () => {
    expect((await api.ask("/v1/services", as({ email: "eve@example.com" }))).status).toBe(403);
    expect((await api.ask("/v1/services", as({ name: "service token" }))).status).toBe(401);
  });

  it("goes by the token where there is one too, and believes no header", async () => {
    const headers = { authorization: "Bearer wrong", "cf-connecting-ip": "192.0.2.50" };
    expect((await api.ask("/v1/services", as({ email: "ann@example.com" }, headers))).status).toBe(401);
    const forged = { "cf-access-authenticated-user-email": "ann@example.com", "cf-access-jwt-assertion": "x.y.z" };
    expect((await api.ask("/v1/services", { token: null, headers: forged })).status).toBe(401);
  });
});

describe("with the access control away", () => {
  let api: Api;
  beforeAll(async () => {
    const entry = await wrapped(`export class AccessControl extends DurableObject {
  verify() { throw new Error("SQLITE_CORRUPT in durable-objects/access-control"); }
  record() { throw new Error("SQLITE_FULL"); }
  claim() { throw new Error("SQLITE_FULL"); }
}
export default api;`);
    api = await startApi(undefined, { entry });
  });
  afterAll(() => api?.stop());
  const bearer = { token: `hdl_${"0".repeat(16)}_${"A".repeat(43)}` };

  it("is unavailable to tokens, says no more than that, and lets the bootstrap token in", async () => {
    const answer = await fetch(`${api.edge.controlUrl}/v1/whoami`, {
      headers: { authorization: `Bearer ${bearer.token}` },
    });
    const text = await answer.text();
    expect([answer.status, answer.headers.get("retry-after")]).toEqual([503, "5"]);
    expect(text).not.toMatch(/SQLITE|durable-objects|Error/);
    expect((await api.ask("/v1/services")).status).toBe(200);
    expect((await fetch(`${api.edge.controlUrl}/livez`)).status).toBe(200);
  });

  it("lets traffic flow, and a change stand whose audit entry could not be kept", async () => {
    expect(
      await api.apply('services: { shop: { endpoints: [{ id: a, url: "https://a.example.com" }] } }\nroutes: []\n'),
    ).toBe(1);
    expect((await fetch(`${api.edge.url}/.heddle/ready`)).status).toBe(200);
  });
});

describe("with the objects of the mesh away", () => {
  it("says so for what needs them, names what is missing, and answers the rest", async () => {
    const entry =
      await wrapped(`const broken = { getByName: () => new Proxy({}, { get: () => () => Promise.reject(new Error("internal error; reference = abc")) }) };
export default { fetch: (request, env, ctx) => api.fetch(request, {
  ...env, ...(request.headers.get("test-away") === "config" ? { MESH_CONFIG: broken } : { SERVICE_MONITOR: broken, EDGE: undefined }),
}, ctx) };`);
    const api = await startApi(undefined, { entry });
    try {
      const get = async (path: string, away: string) => {
        const headers = { authorization: `Bearer ${api.edge.controlToken}`, "test-away": away };
        const answer = await fetch(`${api.edge.controlUrl}${path}`, { headers });
        return { status: answer.status, text: await answer.text() };
      };
      const config = await get("/v1/config", "config");
      expect(config.status).toBe(503);
      expect(config.text).not.toMatch(/reference|internal error/);
      expect((await get("/v1/whoami", "config")).status).toBe(200);
      await api.apply('services: { shop: { endpoints: [{ id: a, url: "https://a.example.com" }] } }\nroutes: []\n');
      const services = await get("/v1/services", "monitors");
      expect([services.status, JSON.parse(services.text)]).toMatchObject([200, { items: [], missing: ["shop"] }]);
      expect((await get("/v1/services/shop", "monitors")).status).toBe(503);
      expect((await get("/v1/edge", "monitors")).status).toBe(502);
    } finally {
      await api.stop();
    }
  });
});
