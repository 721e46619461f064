/** State as it comes through a WebSocket, and the picture of the traffic, on a real workerd. */
import { afterAll, afterEach, beforeAll, describe, expect, it, vi } from "vitest";
import { ask as askEdge } from "../harness/ask.ts";
import { createResources } from "../harness/resources.ts";
import { type Api, startApi } from "./api-client.ts";
import { type LiveSocket, mustOpenLive, type Opening, openLive } from "./live-socket.ts";

const own = createResources();
let api: Api;
const sockets: LiveSocket[] = [];

beforeAll(async () => {
  const [a, b] = [await own.origin("a"), await own.origin("b")];
  api = await startApi(
    `services:
  shop:
    endpoints:
      - { id: a, url: "${a.url}", locality: { cloud: aws, region: us-east-1 } }
      - { id: b, url: "${b.url}", locality: { cloud: gcp, region: europe-west1 } }
  other: { endpoints: [{ id: o, url: "${b.url}" }] }
routes:
  - { name: to-other, hostnames: [other.test], rules: [{ backendRefs: [{ service: other }] }] }
  - { name: to-shop, rules: [{ backendRefs: [{ service: shop }] }] }
`,
    { bindings: { HEDDLE_ALLOW_ENDPOINTS: "http,private,loopback" } },
  );
});
afterEach(() => {
  for (const socket of sockets.splice(0)) socket.close();
});
afterAll(async () => {
  await api?.stop();
  await own.close();
});

async function open(opening?: Opening): Promise<LiveSocket> {
  const socket = await mustOpenLive(api, opening);
  sockets.push(socket);
  return socket;
}
const bearer = (token: string): Opening => ({ headers: { authorization: `Bearer ${token}` } });
const traffic = (host = "shop.test") => Promise.all(Array.from({ length: 10 }, () => askEdge(api.edge, "/", { host })));
const isState = ({ type }: { type: string }) => type === "state";
// biome-ignore lint/suspicious/noExplicitAny: the shape is checked by the OpenAPI document where it is asked for
const namesOf = (state: any): string[] => state.services.map(({ name }: { name: string }) => name);

describe("the picture of the traffic", () => {
  it("shows regions, routes, services and flows, of the bundled mesh too", async () => {
    await vi.waitFor(
      async () => {
        await traffic();
        const { status, json } = await api.ask("/v1/topology");
        expect(status).toBe(200);
        expect(json.routes).toEqual([
          { name: "to-other", services: ["other"] },
          { name: "to-shop", services: ["shop"] },
        ]);
        const shop = json.services.find(({ name }: { name: string }) => name === "shop");
        expect(shop).toMatchObject({ health: "healthy", successRatio: 1, missing: [] });
        expect(json.regions).toHaveLength(1);
        expect(json.flows.map(({ endpoint }: { endpoint: string }) => endpoint).sort()).toEqual(["a", "b"]);
        const shares = shop.endpoints.map(({ share }: { share: number }) => share);
        expect(shares[0] + shares[1]).toBeCloseTo(1);
      },
      { timeout: 60_000, interval: 300 },
    );
  });

  it("shows those with a limited token their services", async () => {
    const token = await api.token(["read"], ["other"]);
    const { json } = await api.ask("/v1/topology", { token });
    expect(namesOf(json)).toEqual(["other"]);
    expect(json.routes).toEqual([{ name: "to-other", services: ["other"] }]);
    expect((await api.ask("/v1/topology?service=shop", { token })).status).toBe(403);
  });
});

describe("the live socket", () => {
  it("sends the state every second or two", async () => {
    const socket = await open();
    const first = await socket.next(isState);
    const second = await socket.next(({ type, atMs }) => type === "state" && atMs > first.atMs);
    // What is due every 1.5 s, and a machine that may stand still.
    expect(second.atMs - first.atMs).toBeLessThan(10_000);
    expect(namesOf(second)).toEqual(["other", "shop"]);
  });

  it("takes the token from a subprotocol, and answers with its own", async () => {
    const socket = await open({ headers: {}, protocols: ["heddle.v1", `bearer.${api.edge.controlToken}`] });
    expect(socket.protocol).toBe("heddle.v1");
    await socket.next(isState);
  });

  it.each([
    ["no token", { headers: {} }, 401],
    ["a wrong token in a subprotocol", { headers: {}, protocols: ["heddle.v1", "bearer.hdl_0000_nothing"] }, 401],
  ] as const)("refuses %s", async (_, opening, status) => {
    expect(await openLive(api, opening)).toBe(status);
  });

  it("refuses pages of other origins, and lets its own in", async () => {
    const authorization = `Bearer ${api.edge.controlToken}`;
    for (const origin of ["https://evil.example", "null", api.edge.controlUrl.replace(/:\d+$/, ":1")]) {
      expect(await openLive(api, { headers: { authorization, origin } }), origin).toBe(403);
    }
    await open({ headers: { authorization, origin: api.edge.controlUrl } });
  });

  it("refuses a token without the scope, and a subprotocol that it does not speak", async () => {
    expect(await openLive(api, bearer(await api.token(["register"], ["shop"])))).toBe(403);
    const wrong = { ...bearer(api.edge.controlToken), protocols: ["other.v1"] };
    expect(await openLive(api, wrong)).toBe(400);
  });

  it("says to a plain GET that a WebSocket is wanted", async () => {
    expect((await api.ask("/v1/live")).status).toBe(426);
  });

  it("shows those with a limited token their services, whatever they ask for", async () => {
    const socket = await open(bearer(await api.token(["read"], ["other"])));
    const state = await socket.next(isState);
    expect(namesOf(state)).toEqual(["other"]);
    expect(JSON.stringify(state)).not.toContain("shop");
    socket.send({ subscribe: { service: "shop" } });
    expect(await socket.closed).toBe(1008);
  });

  it("shows the one service that was asked for", async () => {
    const socket = await open();
    socket.send({ subscribe: { service: "shop" } });
    expect(namesOf(await socket.next((one) => isState(one) && one.services.length === 1))).toEqual(["shop"]);
  });

  it("shows sampled decisions to those who want them, of the services that they may see", async () => {
    const limited = await open(bearer(await api.token(["read"], ["other"])));
    limited.send({ subscribe: { decisions: true } });
    const socket = await open();
    socket.send({ subscribe: { service: "shop", decisions: true } });
    const timer = setInterval(() => {
      for (const host of ["shop.test", "other.test"]) {
        void askEdge(api.edge, "/cart?secret=1", { host }).catch(() => null);
      }
    }, 50);
    const { decision } = await socket.next(({ type }) => type === "decision");
    const other = await limited.next(({ type }) => type === "decision");
    clearInterval(timer);
    expect(decision).toMatchObject({ service: "shop", route: "to-shop", method: "GET", path: "/cart", status: 200 });
    expect(decision.candidates.map(({ id }: { id: string }) => id).sort()).toEqual(["a", "b"]);
    expect(["a", "b"]).toContain(decision.winner);
    expect(decision.attempts.at(-1)).toEqual({ id: decision.winner, outcome: "ok" });
    expect(other.decision.service).toBe("other");
    expect(JSON.stringify(limited.messages)).not.toContain("shop");
  });

  it.each([
    ["too long", `{"subscribe": {"service": "${"x".repeat(2_000)}"}}`, 1009],
    ["no subscription", "[]", 1008],
    ["no JSON", "{", 1008],
  ])("closes on a message that is %s", async (_, message, code) => {
    const socket = await open();
    socket.send(message);
    expect(await socket.closed).toBe(code);
  });

  it("closes on a flood of messages", async () => {
    const socket = await open();
    for (let n = 0; n < 30; n++) socket.send({ subscribe: {} });
    expect(await socket.closed).toBe(1008);
  });

  it("bounds the sockets of one token", async () => {
    const opening = bearer(await api.token(["read"]));
    for (let n = 0; n < 10; n++) await open(opening);
    expect(await openLive(api, opening)).toBe(429);
    await open();
  });

  it("ends when its token is revoked", async () => {
    const token = await api.token(["read"]);
    const revoked = await open(bearer(token));
    await api.ask(`/v1/tokens/${token.split("_")[1]}`, { method: "DELETE" });
    expect(await revoked.closed).toBe(4401);
  });

  it("ends when its token expires", async () => {
    // Longer where the machine is so slow that it has expired before the socket is open.
    for (const lifetime of ["2s", "8s", "32s"]) {
      const brief = await openLive(api, bearer(await api.token(["read"], null, lifetime)));
      if (brief === 401) continue;
      if (typeof brief === "number") throw new Error(`refused with ${brief}`);
      sockets.push(brief);
      expect(await brief.closed).toBe(4401);
      return;
    }
    throw new Error("no token lived until the socket was open");
  });
});
