/**
 * Tenants and thieves: every operation of the API's own document, with every kind of token. A service of somebody else has names
 * with "canary" in them; whoever is limited to another one must never read that word, nor change anything of it.
 *
 * Who protects: workers/control/access. A new operation is in the document, so it is in here without being listed.
 */
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { type Api, startApi } from "../control/api-client.ts";
import { openLive } from "../control/live-socket.ts";
import { pause, until } from "../harness/state.ts";

const SCOPES = ["read", "operate", "admin", "register"] as const;
const CONFIG = `
services:
  shop:
    endpoints: [{ id: a, url: "https://shop.example.com" }]
    discovery: { registration: {} }
    slo: [{ name: shop-up, availability: 99 }]
  canary:
    endpoints: [{ id: canary-1, url: "https://canary.example.com" }, { id: canary-2, url: "https://canary2.example.com" }]
    discovery: { registration: {} }
    slo: [{ name: canary-up, availability: 99 }]
rollouts:
  canary-roll: { stable: { service: canary }, canary: { service: shop }, steps: [{ weight: 50, bake: 1m }] }
routes:
  - { name: shop-route, hostnames: [shop.test], rules: [{ backendRefs: [{ service: shop }] }] }
  - { name: canary-route, hostnames: [canary.test], rules: [{ backendRefs: [{ service: canary }] }] }
`;

/** Bodies with which an operation gets as far as it may. */
const BODIES: Readonly<Record<string, unknown>> = {
  addOverride: { target: { endpoint: "canary-1" }, action: "disable", for: "1m", reason: "theft" },
  register: { url: "https://evil.example.com" },
  heartbeat: { lease: "x" },
  operateRollout: { action: "promote" },
  explain: { url: "https://canary.test/" },
  createToken: { name: "more", scopes: ["admin"], services: ["canary"] },
  createApiKey: { provider: "x", name: "more" },
  rollBackConfig: { to: 1 },
};
const PARTS: Readonly<Record<string, string>> = {
  service: "canary",
  id: "canary-1",
  instance: "canary-i",
  rollout: "canary-roll",
  version: "1",
  provider: "x",
};

interface Call {
  readonly name: string;
  readonly method: string;
  readonly path: string;
  readonly named: boolean;
  readonly asking: { readonly json?: unknown; readonly text?: string; readonly type?: string };
}

describe("the admin API", () => {
  let api: Api;
  let calls: readonly Call[];
  let before: string;

  beforeAll(async () => {
    api = await startApi(CONFIG);
    await api.apply(`${CONFIG}# applied\nedge: { mergeSlashes: false }\n`);
    await api.ask("/v1/services/canary/overrides", {
      method: "POST",
      json: { target: { endpoint: "canary-2" }, action: "drain", for: "10m", reason: "canary" },
    });
    calls = Object.entries(api.document.paths).flatMap(([path, operations]) =>
      Object.entries(operations).map(([method, { operationId, requestBody }]) => ({
        name: operationId,
        method: method.toUpperCase(),
        path: path.replaceAll(/\{(\w+)\}/g, (_, part: string) => PARTS[part]!),
        named: path.includes("{service}"),
        asking:
          requestBody === undefined
            ? {}
            : operationId === "applyConfig"
              ? { text: CONFIG, type: "application/yaml" }
              : { json: BODIES[operationId] ?? {} },
      })),
    );
    // It is drained by itself, and nothing else of it moves.
    const states = async () => (await api.ask("/v1/overrides?service=canary")).json.items[0].state;
    await until("the override is drained", 60_000, states, (state) => state === "drained");
    before = await stateOfCanary();
  });
  afterAll(() => api?.stop());

  const stateOfCanary = async () => {
    const { json } = await api.ask("/v1/overrides?service=canary");
    const { json: registrations } = await api.ask("/v1/services/canary/registrations");
    const { json: config } = await api.ask("/v1/config");
    const { json: rollout } = await api.ask("/v1/rollouts/canary-roll");
    return JSON.stringify([json.items, registrations.items, config.version.version, rollout.state, rollout.percent]);
  };
  const send = async ({ method, path, asking, name }: Call, token: string | null, query = "") => {
    const headers = name === "applyConfig" ? { "if-match": '"1"' } : {};
    return api.ask(`${path}${query}`, { method, token, headers, ...asking });
  };
  /** What went through of all operations, by name. */
  const passed = async (token: string | null): Promise<string[]> => {
    const replies = [];
    for (const call of calls) replies.push([call.name, (await send(call, token)).status] as const);
    return replies.filter(([, status]) => status !== 403).map(([name]) => name);
  };

  it("has more operations than this test could list", () => {
    expect(calls.length).toBeGreaterThan(40);
    expect(calls.filter(({ path }) => path.includes("undefined"))).toEqual([]);
  });

  it("answers nobody without a token, whatever the operation", async () => {
    const statuses = [];
    for (const call of calls) statuses.push((await send(call, null)).status);
    expect(new Set(statuses)).toEqual(new Set([401]));
  });

  it.each(SCOPES)("shows and gives nothing of another service to a token with the scope %s", async (scope) => {
    const token = await api.token([scope], ["shop"]);
    for (const call of calls) {
      for (const query of call.method === "GET" ? ["", "?service=canary"] : [""]) {
        const reply = await send(call, token, query);
        const said = `${call.method} ${call.path}${query} → ${reply.status}`;
        if (call.named) expect(reply.status, said).toBe(403);
        // Who asks for a name gets it back at most; nothing that was not in the question.
        expect(reply.text.replaceAll('"canary-roll"', ""), said).not.toContain("canary");
        if (call.method !== "GET") expect(reply.status, said).toBeGreaterThanOrEqual(400);
      }
    }
    expect(await stateOfCanary()).toBe(before);
  });

  it.each([
    "shop/../canary",
    "shop%2F..%2Fcanary",
    "canary%00",
    "CANARY",
    "shop,canary",
    "canary/",
    "/canary",
    "shop;canary",
  ])("does not take %s for a service that the token may see", async (spelling) => {
    const token = await api.token(["admin"], ["shop"]);
    const reply = await api.ask(`/v1/services/${spelling}`, { token });
    expect(reply.status).toBeGreaterThanOrEqual(400);
    expect(reply.text).not.toContain("canary-1");
  });

  it("changes nothing for a stolen token of the scope read", async () => {
    const token = await api.token(["read"]);
    const changes = calls.filter(({ method }) => method !== "GET");
    const through = [];
    for (const call of changes) if ((await send(call, token)).status !== 403) through.push(call.name);
    // It says what would happen.
    expect(through).toEqual(["explain"]);
    expect(await stateOfCanary()).toBe(before);
    const secrets = (await passed(token)).filter((name) => /token|key|audit/i.test(name));
    expect(secrets).toEqual([]);
  });

  it("lets a stolen token of the scope operate steer traffic, and make neither configs nor tokens", async () => {
    const token = await api.token(["operate"]);
    const operated = await Promise.all(
      calls
        .filter(({ method, name }) => method !== "GET" && !/override|rollout/i.test(name))
        .map(async (call) => [call.name, (await send(call, token)).status] as const),
    );
    // Revoking a key of callers is an operator's business; making one is not.
    expect(operated.filter(([, status]) => status !== 403).map(([name]) => name)).toEqual(["explain", "revokeApiKey"]);
  });

  it("lets a stolen token for registrations see and change registrations of its services, and nothing else", async () => {
    const token = await api.token(["register"], ["canary"]);
    const free = ["whoami", "openapi", "docs"];
    const names = (await passed(token)).filter((name) => !free.includes(name));
    expect(names.sort()).toEqual(["deregister", "heartbeat", "listRegistrations", "register"]);
    const away = await api.ask("/v1/services/canary/registrations/i", {
      method: "PUT",
      token,
      json: { url: "http://169.254.169.254/" },
    });
    expect(away.status).toBe(422);
  });

  it("makes no token that may do more than its maker", async () => {
    const token = await api.token(["admin"], ["shop"]);
    for (const services of [null, ["shop"], ["canary"]]) {
      const reply = await api.ask("/v1/tokens", {
        method: "POST",
        token,
        json: { name: "x", scopes: ["admin"], services },
      });
      expect(reply.status).toBe(403);
    }
  });

  it("tells the holder of another service nothing through the live socket", async () => {
    const token = await api.token(["read"], ["shop"]);
    const socket = await openLive(api, { headers: { authorization: `Bearer ${token}` } });
    if (typeof socket === "number") throw new Error(`refused with ${socket}`);
    socket.send({ subscribe: { service: null, state: true, decisions: true } });
    await socket.next(({ type }) => type === "state");
    await api.ask("/v1/services/canary/overrides", {
      method: "POST",
      json: { target: { endpoint: "canary-1" }, action: "weight", percent: 90, for: "1m" },
    });
    await socket.next(({ type }) => type === "state");
    socket.send({ subscribe: { service: "canary", state: true, decisions: true } });
    await Promise.race([socket.closed, pause(1_700)]);
    expect(JSON.stringify(socket.messages)).not.toContain("canary");
    socket.close();
  });

  it("answers the same Idempotency-Key to nobody but its owner", async () => {
    const [mine, theirs] = [await api.token(["admin"]), await api.token(["admin"], ["shop"])];
    const make = (token: string) =>
      api.ask("/v1/tokens", {
        method: "POST",
        token,
        json: { name: "once", scopes: ["read"] },
        headers: { "idempotency-key": "guessed" },
      });
    const first = await make(mine);
    expect([first.status, (await make(theirs)).status]).toEqual([201, 403]);
    expect((await make(mine)).json.token).toBeNull();
  });
});
