import { evictDurableObject, reset, runDurableObjectAlarm, runInDurableObject } from "cloudflare:test";
import bundled from "heddle:mesh";
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import type {
  RegisterReply,
  RegistrationView,
  RegistryCalls,
  SourcesReply,
} from "../../../durable-objects/registry/replies.ts";
import type { EndpointSet } from "../../../src/core/endpoint-set.ts";
import type { SyncReply } from "../../../src/core/protocol.ts";
import { endpointOf } from "../../fixtures/meshes.ts";
import { reportOf } from "../../fixtures/report-deltas.ts";
import { eventually, setClock, T0 } from "./monitor-calls.ts";
import { monitorNamed, testEnv } from "./stubs.ts";

let nowMs = T0;
let seq = 0;

beforeEach(() => {
  nowMs = T0;
  setClock(T0);
});

afterEach(async () => {
  vi.useRealTimers();
  await reset();
});

const registryOf = (service: string) => testEnv.REGISTRY.getByName(service) as unknown as RegistryCalls;
const registry = () => registryOf("found");
const url = (id: string) => `https://${id}.example`;

function passTime(ms: number): void {
  nowMs += ms;
  setClock(nowMs);
}

async function register(
  id: string,
  rest: object = {},
  service = "found",
): Promise<Extract<RegisterReply, { ok: true }>> {
  const reply = await registryOf(service).register(id, { url: url(id), ...rest });
  if (!reply.ok) throw new Error(reply.detail);
  return reply;
}

/** Time passes until the alarm is due, and it comes. */
async function alarm(service = "found"): Promise<void> {
  passTime(1_000);
  expect(await runDurableObjectAlarm(testEnv.REGISTRY.getByName(service))).toBe(true);
}

async function setAt(name: string): Promise<EndpointSet | null> {
  return (await monitorNamed(name).endpoints()) as EndpointSet | null;
}

const idsAt = async (name: string) => (await setAt(name))?.endpoints.map(({ id }) => id) ?? [];
const drainingAt = async (name: string) => (await setAt(name))?.draining ?? [];
const sources = async (service = "found") => (await registryOf(service).sources()) as SourcesReply;
const view = async (id: string) => (await registry().read(id)) as RegistrationView | null;

describe("a registry", () => {
  it("brings a registered instance to the monitors, and they bring it to isolates", async () => {
    await register("a", { locality: { cloud: "aws", region: "eu-west-1" }, weight: 2, labels: { colour: "blue" } });
    expect(await view("a")).toMatchObject({ state: "pending", ttlMs: 15_000, heartbeatMs: 5_000 });
    await alarm();
    expect(await view("a")).toMatchObject({ state: "serving", url: "https://a.example", weight: 2 });
    expect(await idsAt("found/root")).toEqual(["a"]);
    const report = reportOf([], { service: "found", region: "weur", seq: ++seq, endpointsRevision: 0 });
    await eventually(async () => {
      const reply = (await monitorNamed("found/weur").sync({ ...report, seq: ++seq })) as SyncReply;
      return reply.ok && reply.endpoints?.endpoints[0]?.id === "a";
    });
    expect((await setAt("found/weur"))?.endpoints[0]).toMatchObject({
      origin: "https://a.example",
      near: "weur",
      weight: 2,
      locality: { cloud: "aws", region: "eu-west-1", zone: "" },
    });
  });

  it("refuses what must not be an endpoint, with every reason", async () => {
    const reply = await registry().register("a b", { url: "https://169.254.169.254/", weight: 0, colour: "blue" });
    expect(reply).toMatchObject({ ok: false, error: "invalid_request" });
    expect(reply.ok || reply.error !== "invalid_request" ? [] : reply.faults.map(({ path }) => path)).toEqual([
      "colour",
      "id",
      "url",
      "weight",
    ]);
    expect(await registryOf("shop").register("a", { url: url("a") })).toMatchObject({
      ok: false,
      error: "not_enabled",
    });
  });

  it("takes a deregistered instance out at once, everywhere", async () => {
    await register("a");
    await register("b");
    await alarm();
    await monitorNamed("found/weur").sync(reportOf([], { service: "found", region: "weur", seq: ++seq }));
    await eventually(async () => (await idsAt("found/weur")).length === 2);
    passTime(100);
    expect(await registry().deregister("a")).toEqual({ ok: true });
    await eventually(
      async () => (await idsAt("found/root")).join() === "b" && (await idsAt("found/weur")).join() === "b",
    );
    expect(await view("a")).toBeNull();
  });

  it("drains an instance that expires, then removes it", async () => {
    for (const id of ["a", "b", "c"]) await register(id);
    await alarm();
    for (let i = 0; i < 3; i++) {
      passTime(5_000);
      for (const id of ["a", "b"]) expect((await registry().heartbeat(id)).ok).toBe(true);
    }
    await alarm();
    expect(await drainingAt("found/root")).toEqual(["c"]);
    expect(await registry().heartbeat("c")).toMatchObject({ ok: false, error: "unknown_instance" });
    for (let i = 0; i < 6; i++) {
      passTime(5_000);
      for (const id of ["a", "b"]) await registry().heartbeat(id);
    }
    await alarm();
    expect(await idsAt("found/root")).toEqual(["a", "b"]);
  });

  it("expires nobody while nobody is heard, and says so", async () => {
    for (const id of ["a", "b", "c"]) await register(id);
    await alarm();
    passTime(60_000);
    await alarm();
    expect(await idsAt("found/root")).toEqual(["a", "b", "c"]);
    expect((await sources()).sources[0]).toMatchObject({
      state: "failing",
      error: "none of 3 instances was heard for 62 s",
    });
    expect((await registry().heartbeat("a")).ok).toBe(true);
    passTime(10_000);
    await alarm();
    expect((await sources()).sources[0]).toMatchObject({ state: "ok", endpoints: 3 });
  });

  it("remembers its instances and the set when it is evicted, and gives everybody time to be heard", async () => {
    for (const id of ["a", "b"]) await register(id);
    await alarm();
    passTime(3_600_000);
    await evictDurableObject(testEnv.REGISTRY.getByName("found"));
    expect((await registry().heartbeat("a")).ok).toBe(true);
    await alarm();
    expect(await idsAt("found/root")).toEqual(["a", "b"]);
    expect(await drainingAt("found/root")).toEqual([]);
    passTime(14_000);
    expect((await registry().heartbeat("a")).ok).toBe(true);
    await alarm();
    expect(await drainingAt("found/root")).toEqual(["b"]);
  });

  it("keeps the revision rising for monitors that have heard of a later one", async () => {
    await register("a");
    await alarm();
    const { revision } = (await setAt("found/root"))!;
    await runInDurableObject(
      testEnv.REGISTRY.getByName("found"),
      (_, state) => void state.storage.sql.exec("DELETE FROM item"),
    );
    await evictDurableObject(testEnv.REGISTRY.getByName("found"));
    passTime(-60_000);
    await register("b");
    await alarm();
    await alarm();
    expect(await idsAt("found/root")).toEqual(["b"]);
    expect((await setAt("found/root"))!.revision).toBeGreaterThan(revision);
  });

  it("keeps who said goodbye out, though it was evicted before anything followed from it", async () => {
    for (const id of ["a", "b", "c"]) await register(id);
    await alarm();
    for (const id of ["a", "b"]) await registry().deregister(id);
    await evictDurableObject(testEnv.REGISTRY.getByName("found"));
    await sources();
    await alarm();
    expect(await idsAt("found/root")).toEqual(["c"]);
  });

  it("never makes a service empty: the last to leave is kept, but gets nothing new", async () => {
    await register("a");
    await alarm();
    passTime(100);
    await registry().deregister("a");
    await eventually(async () => (await drainingAt("found/root")).length === 1);
    expect(await idsAt("found/root")).toEqual(["a"]);
    expect((await sources()).alarms).toMatchObject([{ type: "empty", ids: ["a"] }]);
  });

  it("lets nobody deregister a successor that has taken the name over", async () => {
    const { lease } = await register("a");
    await register("a", { url: "https://a2.example" });
    expect(await registry().deregister("a", { lease })).toMatchObject({ ok: false, error: "superseded" });
    expect(await registry().heartbeat("a", { lease })).toMatchObject({ ok: false, error: "superseded" });
    await alarm();
    expect((await setAt("found/root"))?.endpoints[0]?.origin).toBe("https://a2.example");
  });

  it("drains an instance that says it is not ready, and takes it in again", async () => {
    for (const id of ["a", "b"]) await register(id);
    await alarm();
    passTime(100);
    expect(await registry().setReadiness("a", false)).toMatchObject({ ok: true });
    await eventually(async () => (await drainingAt("found/root")).join() === "a");
    expect(await registry().setReadiness("a", true)).toMatchObject({ ok: true });
    await alarm();
    expect(await drainingAt("found/root")).toEqual([]);
  });

  it("passes on to isolates how busy instances say they are", async () => {
    for (const id of ["a", "b"]) await register(id);
    await alarm();
    await monitorNamed("found/weur").sync(reportOf([], { service: "found", region: "weur", seq: ++seq }));
    await eventually(async () => (await idsAt("found/weur")).length === 2);
    passTime(100);
    expect(await registry().heartbeat("a", { load: 0.7 })).toMatchObject({ ok: true, registration: { load: 0.7 } });
    await alarm();
    await registry().heartbeat("a", { load: 0.8 });
    await alarm();
    const report = reportOf([], { service: "found", region: "weur", seq: ++seq });
    const reply = (await monitorNamed("found/weur").sync(report)) as SyncReply;
    expect(reply.ok && reply.snapshot.load).toEqual([0.8, -1]);
  });

  it("tells the monitors of a subset of the endpoints with its labels", async () => {
    await register("a", { labels: { colour: "blue" } });
    await register("b", { labels: { colour: "green" } });
    await alarm();
    expect(await idsAt("found/root")).toEqual(["a", "b"]);
    expect(await idsAt("found/blue/root")).toEqual(["a"]);
    expect((await sources()).monitors).toEqual({ told: ["found/blue/root", "found/root"], untold: [], error: "" });
  });

  it("keeps what a source said last while it fails, and leaves out what must not be an endpoint", async () => {
    const found = (...origins: string[]) =>
      origins.map((origin, i) => ({ endpoint: endpointOf(`pod-${i}`, origin), ready: true }));
    const nextMs = Number.POSITIVE_INFINITY;
    const offered = registryOf("offered");
    expect(await offered.offer("west", { ok: false, atMs: nowMs, error: "", nextMs })).toBe(false);
    const result = {
      ok: true as const,
      atMs: nowMs,
      found: found("https://p.example", "https://169.254.169.254"),
      nextMs,
    };
    expect(await offered.offer("east", result)).toBe(true);
    await alarm("offered");
    expect(await idsAt("offered/root")).toEqual(["listed", "pod-0"]);
    await registryOf("offered").offer("east", { ok: false, atMs: nowMs, error: "410 Gone", nextMs });
    await alarm("offered");
    expect(await idsAt("offered/root")).toEqual(["listed", "pod-0"]);
    expect((await sources("offered")).sources).toMatchObject([
      { name: "east", state: "failing", error: "410 Gone", endpoints: 1, refused: 1, goodAtMs: result.atMs },
    ]);
    await evictDurableObject(testEnv.REGISTRY.getByName("offered"));
    expect((await sources("offered")).sources).toMatchObject([{ name: "east", state: "failing", endpoints: 1 }]);
  });

  it("leaves monitors with what the mesh lists when it says nothing of discovery any more", async () => {
    await register("a", { labels: { colour: "blue" } });
    await alarm();
    expect(await idsAt("found/blue/root")).toEqual(["a"]);
    const services = bundled.services.map(({ discovery: _, ...service }) => service);
    const mesh = { ...bundled, version: "2222222222222222", compiledAtMs: 2_000, services };
    expect(await testEnv.MESH_CONFIG.getByName("mesh").put(mesh)).toMatchObject({ ok: true });
    expect(await registry().refresh()).toEqual({ isDiscovered: false });
    await eventually(async () => (await setAt("found/blue/root")) === null);
    expect(await sources()).toMatchObject({ isDiscovered: false, set: null });
    expect(await registry().register("b", { url: url("b") })).toMatchObject({ ok: false, error: "not_enabled" });
  });

  it("gives an instance no traffic before its URL has answered the challenge", async () => {
    await register("good", { url: `${testEnv.ORIGIN}/good` }, "proven");
    await register("bad", { url: `${testEnv.ORIGIN}/bad` }, "proven");
    await eventually(async () => {
      await runDurableObjectAlarm(testEnv.REGISTRY.getByName("proven"));
      return (await idsAt("proven/root")).join() === "good";
    });
    const { items } = await registryOf("proven").list();
    expect(items).toMatchObject([
      { instance: "bad", state: "challenged", challengeError: "answered 404" },
      { instance: "good", state: "serving" },
    ]);
  });
});
