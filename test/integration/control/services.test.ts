/** Live state, overrides, registrations, events, rollouts and explain, as a user asks for them, with traffic on a real workerd. */
import { afterAll, beforeAll, describe, expect, it, vi } from "vitest";
import { ask as askEdge } from "../harness/ask.ts";
import { createResources } from "../harness/resources.ts";
import { type Api, startApi } from "./api-client.ts";

const own = createResources();
let api: Api;

beforeAll(async () => {
  const [a, b] = [await own.origin("a"), await own.origin("b")];
  const config = `services:
  shop:
    endpoints:
      - { id: a, url: "${a.url}", locality: { cloud: aws, region: us-east-1 } }
      - { id: b, url: "${b.url}", locality: { cloud: gcp, region: europe-west1 } }
  next: { endpoints: [{ id: n, url: "${b.url}" }] }
  joined: { endpoints: [{ id: seed, url: "${a.url}" }], loadBalancing: { policy: round-robin }, discovery: { registration: {} } }
rollouts: { canary: { stable: { service: shop }, canary: { service: next }, steps: [{ weight: 5, bake: 1h }] } }
routes:
  - { name: to-joined, hostnames: [joined.test], rules: [{ backendRefs: [{ service: joined }] }] }
  - { name: to-shop, rules: [{ backendRefs: [{ rollout: canary }] }] }
`;
  api = await startApi(config, { bindings: { HEDDLE_ALLOW_ENDPOINTS: "http,private,loopback" } });
  await api.apply(`${config}edge: { mergeSlashes: false }\n`);
});
afterAll(async () => {
  await api?.stop();
  await own.close();
});

/** Keeps asking until what is said holds: news travels within seconds. */
const until = (check: () => Promise<void>) => vi.waitFor(check, { timeout: 60_000, interval: 200 });
const traffic = (host = "shop.test") => Promise.all(Array.from({ length: 10 }, () => askEdge(api.edge, "/", { host })));

describe("services", () => {
  it("shows them with traffic, merged over the regions", async () => {
    await until(async () => {
      await traffic();
      const { json } = await api.ask("/v1/services/shop");
      expect(json.rps).toBeGreaterThan(0);
      expect(json.regions.map(({ region }: { region: string }) => region).length).toBe(1);
      const { endpoints } = json;
      expect(endpoints.map(({ id, health }: { id: string; health: string }) => [id, health])).toEqual([
        ["a", expect.stringMatching(/healthy|unknown/)],
        ["b", expect.stringMatching(/healthy|unknown/)],
      ]);
      expect(endpoints[0].regions).toHaveLength(1);
      expect(json.missing).toEqual([]);
    });
    const { items } = (await api.ask("/v1/services")).json;
    expect(items.map(({ service }: { service: string }) => service)).toEqual(["joined", "next", "shop"]);
  });

  it("lists in pages", async () => {
    const first = (await api.ask("/v1/services?limit=2")).json;
    const second = (await api.ask(`/v1/services?limit=2&cursor=${first.next}`)).json;
    expect([first.items.length, second.items.length, second.next]).toEqual([2, 1, null]);
    const page = (await api.ask("/v1/services/shop/endpoints?limit=1")).json;
    expect(page.items[0].id).toBe("a");
    expect((await api.ask(`/v1/services/shop/endpoints?cursor=${page.next}`)).json.items[0].id).toBe("b");
  });

  it("shows one endpoint, and 404 for what there is not", async () => {
    expect((await api.ask("/v1/services/shop/endpoints/b")).json.locality.cloud).toBe("gcp");
    expect((await api.ask("/v1/services/shop/endpoints/c")).status).toBe(404);
    expect((await api.ask("/v1/services/nothing")).status).toBe(404);
  });

  it("counts the isolates that run the version in force", async () => {
    await until(async () => {
      await traffic();
      const { json } = await api.ask("/v1/config/reach");
      expect(json).toMatchObject({ version: 1, isolates: 1, current: 1, refused: [], missing: [] });
    });
  });
});

describe("overrides", () => {
  it("drains an endpoint: listed with its state, no traffic, and taken back again", async () => {
    const drain = { target: { cloud: "aws" }, action: "drain", for: "10m", reason: "maintenance" };
    const made = await api.ask("/v1/services/shop/overrides", { method: "POST", json: drain });
    expect(made.status).toBe(201);
    const { override } = made.json;
    expect(override).toMatchObject({ service: "shop", by: "bootstrap", reason: "maintenance" });
    expect(override.untilMs).toBeGreaterThan(Date.now());
    await until(async () => {
      const answers = await traffic();
      expect(new Set(answers.map(({ headers }) => headers["x-heddle-endpoint"]))).toEqual(new Set(["b"]));
    });
    const listed = (await api.ask("/v1/overrides?service=shop")).json.items;
    expect(listed).toEqual([expect.objectContaining({ id: override.id, state: expect.stringMatching(/^drain/) })]);
    const cleared = await api.ask(`/v1/services/shop/overrides/${override.id}`, { method: "DELETE" });
    expect(cleared.status).toBe(204);
    expect((await api.ask("/v1/overrides")).json.items).toEqual([]);
    const { items } = (await api.ask("/v1/audit?action=override&service=shop")).json;
    expect(items.map(({ action }: { action: string }) => action)).toEqual(["override.clear", "override.drain"]);
  });

  it("refuses to take everything out unless forced, and what it knows nothing of", async () => {
    await api.ask("/v1/services/shop/overrides", {
      method: "POST",
      json: { target: { endpoint: "a" }, action: "disable", for: "1m" },
    });
    const last = { target: { endpoint: "b" }, action: "disable", for: "1m" };
    const refused = await api.ask("/v1/services/shop/overrides", { method: "POST", json: last });
    expect([refused.status, refused.json.error]).toEqual([409, "would_empty"]);
    const forced = await api.ask("/v1/services/shop/overrides", { method: "POST", json: { ...last, force: true } });
    expect(forced.status).toBe(201);
    for (const { id } of (await api.ask("/v1/overrides?service=shop")).json.items) {
      await api.ask(`/v1/services/shop/overrides/${id}`, { method: "DELETE" });
    }
    const unknown = { target: { endpoint: "zzz" }, action: "drain" };
    expect((await api.ask("/v1/services/shop/overrides", { method: "POST", json: unknown })).status).toBe(422);
    expect((await api.ask("/v1/services/shop/overrides/zzz", { method: "DELETE" })).status).toBe(404);
  });

  it.each([
    [{ target: { endpoint: "a" }, action: "weight" }, "percent"],
    [{ target: { endpoint: "a" }, action: "drain", percent: 5 }, "percent"],
    [{ target: { endpoint: "a" }, action: "drain", for: "forever" }, "for"],
    [{ target: { endpoint: "a" }, action: "drain", for: "1h", forMs: 5_000 }, "forMs"],
    [{ target: { endpoint: "a" }, action: "explode" }, "action"],
    [{ target: {}, action: "drain" }, "target"],
    [{ target: { endpoint: "a" }, action: "drain", reason: "two\nlines" }, "reason"],
  ])("says what is wrong with %j", async (json, path) => {
    const reply = await api.ask("/v1/services/shop/overrides", { method: "POST", json });
    expect([reply.status, reply.json.faults[0].path.split(".")[0]]).toEqual([422, path]);
  });
});

describe("registrations", () => {
  const PATH = "/v1/services/joined/registrations/i-1";

  it("takes an instance in with a token of its service, hears it, and lets it go", async () => {
    const token = await api.token(["register"], ["joined"]);
    const origin = await own.origin("i-1");
    const made = await api.ask(PATH, {
      method: "PUT",
      token,
      json: { url: origin.url, ttl: "30s", labels: { v: "2" } },
    });
    expect([made.status, made.json.instance, typeof made.json.lease]).toEqual([201, "i-1", "string"]);
    const again = await api.ask(PATH, { method: "PUT", token, json: { url: origin.url, ttl: "30s" } });
    expect(again.status).toBe(200);
    expect((await api.ask(`${PATH}/heartbeat`, { method: "POST", token })).status).toBe(200);
    const load = await api.ask(`${PATH}/heartbeat`, { method: "POST", token, json: { load: 0.5 } });
    expect(load.json.load).toBe(0.5);
    expect((await api.ask("/v1/services/joined/registrations", { token })).json.items).toHaveLength(1);
    await until(async () => {
      const answers = await traffic("joined.test");
      expect(answers.map(({ headers }) => headers["x-heddle-endpoint"])).toContain("i-1");
    });
    const lease = again.json.lease;
    expect((await api.ask(`${PATH}?lease=other`, { method: "DELETE", token })).status).toBe(409);
    expect((await api.ask(`${PATH}?lease=${lease}`, { method: "DELETE", token })).status).toBe(204);
    expect((await api.ask(`${PATH}/heartbeat`, { method: "POST", token })).status).toBe(404);
    const { items } = (await api.ask("/v1/audit?kind=instance")).json;
    expect(items.map(({ action }: { action: string }) => action)).toEqual(["registration.remove", "registration.add"]);
  });

  it("refuses a URL that the deployment does not allow, and services that take none", async () => {
    const url = "http://169.254.169.254/";
    const refused = await api.ask(PATH, { method: "PUT", json: { url } });
    expect([refused.status, refused.json.faults[0].path]).toEqual([422, "url"]);
    const none = await api.ask("/v1/services/shop/registrations/i", {
      method: "PUT",
      json: { url: "https://x.example.com" },
    });
    expect([none.status, none.json.error]).toEqual([409, "not_enabled"]);
  });

  it("shows its sources, with clusters", async () => {
    const { json } = await api.ask("/v1/discovery");
    expect(json.items).toMatchObject([{ service: "joined", sources: [{ kind: "registration", state: "ok" }] }]);
    expect([json.clusters, json.missing]).toEqual([[], []]);
  });
});

describe("rollouts", () => {
  it("shows, starts and aborts one", async () => {
    expect((await api.ask("/v1/rollouts")).json.items).toMatchObject([{ name: "canary", phase: "idle" }]);
    const post = (action: string) => api.ask("/v1/rollouts/canary", { method: "POST", json: { action } });
    expect((await post("start")).json.phase).not.toBe("idle");
    expect((await api.ask("/v1/rollouts/canary")).json.history[0].by).toBe("bootstrap");
    expect((await post("start")).status).toBe(409);
    expect((await post("abort")).status).toBe(200);
    expect((await api.ask("/v1/rollouts/nothing")).status).toBe(404);
    const { items } = (await api.ask("/v1/audit?action=rollout")).json;
    expect(items[0]).toMatchObject({ action: "rollout.abort", target: "canary", before: { step: 0 } });
  });

  it("is for those who may touch both services", async () => {
    const [one, both] = [await api.token(["operate"], ["shop"]), await api.token(["operate"], ["shop", "next"])];
    expect((await api.ask("/v1/rollouts", { token: one })).json.items).toEqual([]);
    expect((await api.ask("/v1/rollouts/canary", { token: one })).status).toBe(404);
    expect((await api.ask("/v1/rollouts/canary", { token: both })).status).toBe(200);
  });
});

describe("explain and the edge", () => {
  it("explains a request by the headers it would have", async () => {
    const url = "https://joined.test/";
    const { json } = await api.ask("/v1/explain", { method: "POST", json: { url, headers: { "x-a": "b" } } });
    expect(json).toMatchObject({ route: { name: "to-joined" }, request: { method: "GET", url } });
  });

  it("shows what an isolate knows", async () => {
    const { json } = await api.ask("/v1/edge");
    expect(json.services.map(({ service }: { service: string }) => service)).toContain("shop");
  });
});

describe("events", () => {
  it("tells what happened to the config and to health, newest first, in pages", async () => {
    const { items } = (await api.ask("/v1/events?limit=200")).json;
    const types = items.map(({ type }: { type: string }) => type);
    expect(types).toContain("config");
    expect(types).toContain("told");
    const times = items.map(({ atMs }: { atMs: number }) => Math.floor(atMs));
    expect(times).toEqual([...times].sort((a, b) => b - a));
    const first = (await api.ask("/v1/events?limit=1")).json;
    const second = (await api.ask(`/v1/events?limit=1&cursor=${first.next}`)).json;
    expect(second.items[0].id).not.toBe(first.items[0].id);
    const since = (await api.ask(`/v1/events?since=${Date.now() + 60_000}`)).json;
    expect(since.items).toEqual([]);
    const config = (await api.ask("/v1/events?type=config")).json.items;
    expect(config.length).toBeGreaterThan(0);
    expect(config.every(({ type }: { type: string }) => type === "config")).toBe(true);
  });
});
