/** An outage as it is told: an origin dies, receivers hear of it, and of its end, on a real workerd with both Workers. */
import { createHmac, timingSafeEqual } from "node:crypto";
import { afterAll, beforeAll, describe, expect, it, vi } from "vitest";
import type { Origin } from "../../../src/cli/origin/start-origin.ts";
import { ask as askEdge } from "../harness/ask.ts";
import { type Received, type Receiver, startReceiver } from "../harness/receiver.ts";
import { createResources } from "../harness/resources.ts";
import { type Api, startApi } from "./api-client.ts";
import { mustOpenLive } from "./live-socket.ts";

const SECRET = "a secret of forty characters, or nearly so";
const ROUTING_KEY = "0123456789abcdef0123456789abcdef";

const own = createResources();
let api: Api;
let [a, hooks, restarts]: [Origin, Receiver, Receiver] = [] as never;
let timer: NodeJS.Timeout;

beforeAll(async () => {
  a = await own.origin("a");
  const b = await own.origin("b");
  hooks = await startReceiver();
  restarts = await startReceiver();
  const config = `services:
  shop:
    endpoints: [{ id: a, url: "${a.url}" }, { id: b, url: "${b.url}" }]
    loadBalancing: { policy: round-robin }
    selfHealing:
      - { name: restart, on: ejected, url: "${restarts.url}/restart", secret: HEDDLE_NOTIFY_HOOK, afterFor: 0s }
      - { name: rehearsal, on: ejected, url: "${restarts.url}/never", afterFor: 0s, dryRun: true }
routes: [{ rules: [{ backendRefs: [{ service: shop }] }] }]
notifications:
  - { name: hook, type: webhook, url: "${hooks.url}/hook?team=1", secret: HEDDLE_NOTIFY_HOOK, events: [ejection], hold: 0s, clear: 1s, flaps: 0 }
  - { name: chat, type: slack, urlFrom: HEDDLE_NOTIFY_CHAT, events: [ejection], hold: 0s, clear: 1s, flaps: 0 }
  - { name: pager, type: pagerduty, url: "${hooks.url}/pager", secret: HEDDLE_NOTIFY_PAGER, events: [ejection], hold: 0s, clear: 1s, flaps: 0 }
  - { name: alerts, type: alertmanager, url: "${hooks.url}/alerts", events: [ejection], hold: 0s, clear: 1s, flaps: 0 }
  - { name: forbidden, type: webhook, url: "http://169.254.169.254/latest", events: [ejection], hold: 0s, flaps: 0 }
`;
  api = await startApi(config, {
    bindings: {
      HEDDLE_ALLOW_ENDPOINTS: "http,private,loopback",
      HEDDLE_NOTIFY_HOOK: SECRET,
      HEDDLE_NOTIFY_CHAT: `${hooks.url}/chat/T0/B0/x`,
      HEDDLE_NOTIFY_PAGER: ROUTING_KEY,
    },
  });
  timer = setInterval(() => void askEdge(api.edge, "/").catch(() => null), 50);
});
afterAll(async () => {
  clearInterval(timer);
  await api?.stop();
  await Promise.all([hooks?.close(), restarts?.close()]);
  await own.close();
});

const until = <T>(check: () => T | Promise<T>) => vi.waitFor(check, { timeout: 90_000, interval: 200 });
const at = (path: string): readonly Received[] => hooks.received.filter((one) => one.path.startsWith(path));
// biome-ignore lint/suspicious/noExplicitAny: tests read what they expect to be there
const events = async (query = ""): Promise<any[]> => (await api.ask(`/v1/events?limit=200${query}`)).json.items;

/** What a receiver does, as the README of src/telemetry/events has it. */
function isSigned({ headers, body }: Received): boolean {
  const [, t = "", v1 = ""] = /^t=(\d+),v1=([0-9a-f]{64})$/.exec(String(headers["heddle-signature"])) ?? [];
  const wanted = createHmac("sha256", SECRET).update(`${t}.${body}`).digest();
  const isFresh = Math.abs(Date.now() / 1_000 - Number(t)) < 300;
  return isFresh && v1 !== "" && timingSafeEqual(wanted, Buffer.from(v1, "hex"));
}

describe("an outage", () => {
  it("is told once to each receiver, in its own format, signed", async () => {
    expect((await api.ask("/v1/notifications")).json.items.map(({ name }: { name: string }) => name)).toEqual([
      "hook",
      "chat",
      "pager",
      "alerts",
      "forbidden",
      "restart",
      "rehearsal",
    ]);
    const live = await mustOpenLive(api);
    await live.next(({ type }) => type === "state");
    const told = live.next(({ type, event }) => type === "event" && event.type === "ejection");
    await a.setFault({ status: 503 });
    expect((await told).event).toMatchObject({ service: "shop", endpoint: "a", severity: "warning", resolved: false });
    live.close();
    await until(() => {
      expect([at("/hook"), at("/chat"), at("/pager"), at("/alerts")].map(({ length }) => length)).toEqual([1, 1, 1, 1]);
    });
    const [hook, chat, pager, alerts] = ["/hook", "/chat", "/pager", "/alerts"].map((path) => at(path)[0]!);
    expect(isSigned(hook!)).toBe(true);
    expect(hook!.path).toBe("/hook?team=1");
    expect(hook!.json).toMatchObject({
      version: 1,
      kind: "trigger",
      severity: "warning",
      dedupeKey: "heddle/ejection/shop/a",
      event: { service: "shop", endpoint: "a", type: "ejection" },
    });
    expect(chat!.json.text).toMatch(/^Firing: a of shop was ejected/);
    expect(pager!.json).toMatchObject({
      routing_key: ROUTING_KEY,
      event_action: "trigger",
      dedup_key: "heddle/ejection/shop/a",
      payload: { source: "a", severity: "warning", class: "ejection" },
    });
    expect(alerts!.path).toBe("/alerts/api/v2/alerts");
    expect(alerts!.json[0].labels).toMatchObject({ alertname: "HeddleEjection", service: "shop", endpoint: "a" });
  });

  it("calls the hook that heals once, and says so in the events", async () => {
    await until(() => expect(restarts.received.length).toBe(1));
    const [call] = restarts.received;
    expect(isSigned(call!)).toBe(true);
    expect([call!.path, call!.json.hook, call!.json.event.endpoint]).toEqual(["/restart", "restart", "a"]);
    await until(async () => {
      const healing = await events("&type=healing");
      expect(healing.map(({ cause }) => [cause.hook, cause.result]).sort()).toEqual([
        ["rehearsal", "dry-run"],
        ["restart", "called"],
      ]);
    });
  });

  it("never calls a metadata service, and shows the target as dead, here and as an event", async () => {
    await until(async () => {
      const { items } = (await api.ask("/v1/notifications")).json;
      const target = items.find(({ name }: { name: string }) => name === "forbidden");
      expect(target).toMatchObject({ state: "dead", waiting: 0, dropped: 1 });
      expect(target.lastError).toContain("metadata service");
    });
    expect((await events("&type=notification"))[0]).toMatchObject({ severity: "warning", resolved: false });
  });

  it("is over once, when the origin is back", async () => {
    await a.setFault({});
    await until(() => {
      expect([at("/hook"), at("/chat"), at("/pager")].map(({ length }) => length)).toEqual([2, 2, 2]);
      expect(at("/alerts").at(-1)?.json[0].annotations.summary).toMatch(/takes traffic again/);
    });
    expect(at("/hook")[1]!.json).toMatchObject({ kind: "resolve", dedupeKey: "heddle/ejection/shop/a" });
    expect(at("/pager")[1]!.json).toEqual({
      routing_key: ROUTING_KEY,
      dedup_key: "heddle/ejection/shop/a",
      event_action: "resolve",
    });
    expect(Date.parse(at("/alerts").at(-1)!.json[0].endsAt)).toBeLessThanOrEqual(Date.now());
    expect(restarts.received.length).toBe(1);
    expect((await events("&type=recovery"))[0]).toMatchObject({ endpoint: "a", resolved: true });
  });

  it("shows nothing that is secret", async () => {
    const texts = [(await api.ask("/v1/notifications")).text, JSON.stringify(await events())];
    for (const secret of [SECRET, ROUTING_KEY, "/chat/T0/B0/x"]) {
      expect(texts.filter((text) => text.includes(secret))).toEqual([]);
    }
  });
});

describe("a receiver that is down", () => {
  it("is told when it is back, once", async () => {
    const before = at("/hook").length;
    hooks.answer(503);
    await a.setFault({ status: 503 });
    await until(() => expect(at("/hook").length).toBeGreaterThan(before + 1));
    await until(async () => {
      const { items } = (await api.ask("/v1/notifications")).json;
      expect(items.find(({ name }: { name: string }) => name === "hook").state).not.toBe("ok");
    });
    hooks.answer(200);
    await until(() => expect(at("/hook").filter(({ status }) => status === 200).length).toBe(3));
    const attempts = at("/hook").slice(before);
    expect(new Set(attempts.map(({ headers }) => headers["heddle-delivery"])).size).toBe(1);
  });
});
