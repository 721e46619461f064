/** Events and notifications over evictions, and sockets that hibernate, on the platform's own storage. */
import { evictDurableObject, reset, runDurableObjectAlarm } from "cloudflare:test";
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { LOOKER_HEADER } from "../../../durable-objects/event-hub/audience.ts";
import { textOfLooker } from "../../../durable-objects/event-hub/looker.ts";
import { EVENT_HUB_NAME, type EventHubCalls } from "../../../durable-objects/event-hub/replies.ts";
import { contentText, digestOf } from "../../../src/config/mesh-digest.ts";
import type { NotificationTarget } from "../../../src/core/mesh-notifications.ts";
import type { ApplyReply } from "../../../src/core/mesh-version.ts";
import type { MeshEvent } from "../../../src/telemetry/events/event.ts";
import { endpointOf, meshOf, serviceOf } from "../../fixtures/meshes.ts";
import { reportOf } from "../../fixtures/report-deltas.ts";
import { config, request } from "./config-versions.ts";
import { eventually, refused, setClock, sync, T0 } from "./monitor-calls.ts";
import { testEnv } from "./stubs.ts";

let nowMs = T0;
/** Deliveries that the receiver got, with what it answered. */
let received: { readonly delivery: string; readonly body: string; readonly status: number }[] = [];
let status = 200;

beforeEach(() => {
  nowMs = T0;
  setClock(T0);
  received = [];
  status = 200;
  vi.spyOn(globalThis, "fetch").mockImplementation(async (_, init) => {
    const headers = new Headers(init?.headers);
    received.push({ delivery: headers.get("heddle-delivery") ?? "", body: String(init?.body), status });
    return new Response(null, { status });
  });
});
afterEach(async () => {
  vi.restoreAllMocks();
  vi.useRealTimers();
  await reset();
});

const stub = () => testEnv.EVENT_HUB.getByName(EVENT_HUB_NAME);
const hub = () => stub() as unknown as EventHubCalls;
const evict = () => evictDurableObject(stub());
const ALL = { services: null, type: "", sinceMs: 0, before: null, limit: 100 };

function passTime(ms: number): void {
  nowMs += ms;
  setClock(nowMs);
}

/** Time passes, and the alarm comes. */
async function alarmAfter(ms: number): Promise<void> {
  passTime(ms);
  expect(await runDurableObjectAlarm(stub())).toBe(true);
}

const TARGET: NotificationTarget = {
  name: "hook",
  type: "webhook",
  url: "https://hooks.example.com/heddle",
  urlFrom: "",
  secret: "",
  events: [],
  severity: "warning",
  services: [],
  holdMs: 10_000,
  clearMs: 10_000,
  flaps: 0,
  flapWindowMs: 60_000,
  maxPerMinute: 2,
};

async function apply(notifications: readonly NotificationTarget[]): Promise<void> {
  const endpoints = [endpointOf("aws", "https://aws.example"), endpointOf("gcp", "https://gcp.example")];
  const mesh = meshOf([serviceOf("shop", endpoints)], { notifications });
  const named = { ...mesh, version: await digestOf(contentText(mesh)) };
  const reply = (await config().apply(request(named, 0))) as ApplyReply;
  expect(reply.ok).toBe(true);
  await hub().onMeshChanged();
}

const event = (n: number, more: Partial<MeshEvent> = {}): MeshEvent => ({
  id: `shop:slo:${n}`,
  atMs: nowMs,
  service: "shop",
  endpoint: null,
  region: null,
  type: "slo",
  severity: "critical",
  summary: "shop burns its budget",
  cause: { burnRate: 14.4 },
  key: "slo/shop",
  resolved: false,
  ...more,
});
const over = (n: number) => event(n, { severity: "info", resolved: true });

describe("a condition that is handed over", () => {
  it("is told once, and its end once, over evictions at every step", async () => {
    await apply([TARGET]);
    await evict();
    await hub().record([event(1)]);
    await evict();
    expect(await hub().record([event(1)])).toEqual({ taken: 1, refused: 0 });
    await alarmAfter(5_000);
    expect(received).toEqual([]);
    await evict();
    await alarmAfter(6_000);
    await eventually(async () => received.length === 1);
    await evict();
    await alarmAfter(60_000);
    await hub().record([over(2)]);
    await evict();
    await alarmAfter(11_000);
    await eventually(async () => received.length === 2);
    await evict();
    await alarmAfter(60_000);
    expect(received.map(({ body }) => JSON.parse(body).kind)).toEqual(["trigger", "resolve"]);
    const { events } = await hub().events({ ...ALL, services: ["shop"] });
    expect(events.map(({ id }) => id)).toEqual(["shop:slo:2", "shop:slo:1"]);
  });

  it("is delivered when the receiver is back, under one name, though the object was evicted meanwhile", async () => {
    await apply([{ ...TARGET, holdMs: 0 }]);
    status = 503;
    await hub().record([event(1)]);
    for (const attempts of [1, 2, 3, 4, 5]) {
      await eventually(async () => received.length === attempts);
      await evict();
      await alarmAfter(300_000);
    }
    await eventually(async () => received.length === 6);
    expect((await hub().targets())[0]).toMatchObject({
      name: "hook",
      state: "dead",
      waiting: 1,
      lastError: "answered 503",
    });
    const told = (await hub().events({ ...ALL, type: "notification" })).events;
    expect(told.map(({ resolved }) => resolved)).toEqual([false]);
    status = 200;
    await alarmAfter(300_000);
    await eventually(async () => received.at(-1)?.status === 200);
    await alarmAfter(300_000);
    expect(received.filter((one) => one.status === 200)).toHaveLength(1);
    expect(new Set(received.map(({ delivery }) => delivery)).size).toBe(1);
    expect((await hub().targets())[0]).toMatchObject({ state: "ok", waiting: 0, dropped: 0 });
    expect((await hub().events({ ...ALL, type: "notification" })).events.map(({ resolved }) => resolved)).toEqual([
      true,
      false,
    ]);
  });

  it("is not told more often than the target takes in a minute; the rest waits", async () => {
    await apply([{ ...TARGET, holdMs: 0 }]);
    await hub().record([1, 2, 3, 4].map((n) => event(n, { key: `slo/${n}` })));
    await eventually(async () => received.length === 2);
    await alarmAfter(30_000);
    expect(received).toHaveLength(2);
    await alarmAfter(31_000);
    await eventually(async () => received.length === 4);
  });

  it("is given up where the receiver refuses it, and the next one is tried", async () => {
    await apply([{ ...TARGET, holdMs: 0 }]);
    status = 404;
    await hub().record([event(1)]);
    await eventually(async () => received.length === 1);
    await alarmAfter(300_000);
    expect(received).toHaveLength(1);
    expect((await hub().targets())[0]).toMatchObject({ state: "dead", waiting: 0, dropped: 1 });
    status = 200;
    await hub().record([event(2, { key: "slo/other" })]);
    await eventually(async () => received.length === 2);
    expect(JSON.parse(received[1]!.body)).toMatchObject({ heldBack: 1 });
  });

  it("is refused when it is no event", async () => {
    await apply([]);
    const wrong = [{ ...event(1), severity: "fatal" }, { ...event(2), cause: { nested: {} } }, null, "x"];
    expect(await hub().record(wrong as never)).toEqual({ taken: 0, refused: 4 });
    expect((await hub().events({ ...ALL, services: ["shop"] })).events).toEqual([]);
  });
});

describe("what monitors notice", () => {
  it("is taken once, over evictions of the hub", async () => {
    await apply([]);
    for (let seq = 1; seq <= 12; seq++) {
      const rows = [refused("aws", 20)];
      await sync(reportOf(rows, { service: "shop", region: "weur", reporter: "i-1", seq, requests: 20 }));
      passTime(1_000);
    }
    await eventually(async () => {
      passTime(2_000);
      return (await hub().events({ ...ALL, type: "ejection" })).events.length > 0;
    });
    const before = (await hub().events({ ...ALL, services: ["shop"] })).events.map(({ id }) => id);
    expect(new Set(before).size).toBe(before.length);
    for (let n = 0; n < 3; n++) {
      await evict();
      passTime(2_000);
      const after = (await hub().events({ ...ALL, services: ["shop"] })).events.map(({ id }) => id);
      expect(new Set(after).size).toBe(after.length);
      expect(before.filter((id) => !after.includes(id))).toEqual([]);
    }
  });

  it("comes in pages that neither miss nor repeat any, with what came since", async () => {
    await apply([]);
    await hub().record(Array.from({ length: 25 }, (_, n) => event(n, { atMs: nowMs - (n % 5), key: `slo/${n}` })));
    const seen: string[] = [];
    let before = null as Parameters<EventHubCalls["events"]>[0]["before"];
    do {
      const page = await hub().events({ ...ALL, services: ["shop"], before, limit: 7 });
      seen.push(...page.events.map(({ id }) => id));
      before = page.next;
      await hub().record([event(100 + seen.length, { atMs: nowMs + 1, key: "slo/later" })]);
    } while (before !== null);
    expect(seen).toHaveLength(25);
    expect(new Set(seen).size).toBe(25);
  });
});

describe("a socket", () => {
  it("survives the object's hibernation with what it may see, and hears of what happens then", async () => {
    await apply([]);
    const open = async (services: readonly string[] | null) => {
      const headers = {
        upgrade: "websocket",
        [LOOKER_HEADER]: textOfLooker({ key: `token/${services}`, services, expiresAtMs: null }),
      };
      const answer = await stub().fetch("https://event-hub/live", { headers });
      expect(answer.status).toBe(101);
      const socket = answer.webSocket!;
      const ids: string[] = [];
      socket.accept();
      socket.addEventListener("message", ({ data }) => {
        const message = JSON.parse(String(data));
        if (message.type === "event") ids.push(message.event.id);
      });
      // Nothing is polled for them: then the object may sleep.
      socket.send(JSON.stringify({ subscribe: { state: false } }));
      return ids;
    };
    const [all, shop, other] = [await open(null), await open(["shop"]), await open(["other"])];
    await scheduler.wait(50);
    await evict();
    await hub().record([event(1)]);
    await eventually(async () => all.length > 0 && shop.length > 0);
    expect([all, shop, other]).toEqual([["shop:slo:1"], ["shop:slo:1"], []]);
  });

  const open = (key: string, expiresAtMs: number | null = null) =>
    stub().fetch("https://event-hub/live", {
      headers: { upgrade: "websocket", [LOOKER_HEADER]: textOfLooker({ key, services: null, expiresAtMs }) },
    });

  it("is not opened with a token that was revoked, by an isolate that believes it still", async () => {
    const before = await open("token/stolen");
    before.webSocket!.accept();
    const closed = new Promise<number>((resolve) => {
      before.webSocket!.addEventListener("close", ({ code }) => resolve(code));
    });
    await hub().onRevoked("token/stolen");
    expect(await closed).toBe(4401);
    expect((await open("token/stolen")).status).toBe(401);
    expect((await open("token/mine")).status).toBe(101);
    // Isolates have forgotten it by then: what comes with that key was verified anew.
    passTime(60_000);
    expect((await open("token/stolen")).status).toBe(101);
  });

  it("ends after a quarter of an hour, whatever the credential, so that who may look has to say so again", async () => {
    await apply([]);
    const codes: number[] = [];
    for (const [key, expiresAtMs] of [
      ["access/former@example.com", null],
      ["token/1", nowMs + 86_400_000],
    ] as const) {
      const { webSocket } = await open(key, expiresAtMs);
      webSocket!.accept();
      webSocket!.addEventListener("close", ({ code }) => void codes.push(code));
      webSocket!.send(JSON.stringify({ subscribe: { state: false } }));
    }
    passTime(899_000);
    await hub().record([event(1)]);
    expect(codes).toEqual([]);
    passTime(1_000);
    await hub().record([event(2)]);
    await eventually(async () => codes.length === 2);
    expect(codes).toEqual([4401, 4401]);
  });
});
