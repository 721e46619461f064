import { evictDurableObject, reset, runDurableObjectAlarm, runInDurableObject } from "cloudflare:test";
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { EXPIRY_MS } from "../../../durable-objects/mesh-config/subscribers.ts";
import { meshKey, type SubscribeReply } from "../../../src/core/mesh-version.ts";
import { reportOf } from "../../fixtures/report-deltas.ts";
import { applied, config } from "./config-versions.ts";
import { describeObject, eventually, ok, setClock, sync, T0 } from "./monitor-calls.ts";
import { testEnv } from "./stubs.ts";
import { ServiceMonitor } from "./worker.ts";

const told = vi.spyOn(ServiceMonitor.prototype, "meshChanged");

beforeEach(() => setClock(T0));

afterEach(async () => {
  vi.useRealTimers();
  told.mockReset();
  await reset();
});

const subscribers = () =>
  runInDurableObject(config(), (_, { storage }) =>
    storage.sql.exec<{ monitor: string }>("SELECT monitor FROM subscriber ORDER BY monitor").toArray(),
  ).then((rows) => rows.map(({ monitor }) => monitor));
const runsWhat = async (name: string) => (await describeObject(name)).meshVersion;
const alarmAt = () => runInDurableObject(config(), (_, { storage }) => storage.getAlarm());

/** A region and its root that have heard of each other, and subscribed. */
async function subscribed(): Promise<void> {
  await sync(reportOf([ok("aws", 1)]));
  await eventually(async () => (await subscribers()).length === 2);
}

describe("an accepted version", () => {
  it("is told to every monitor that has subscribed, without one report, and is in KV by then", async () => {
    await subscribed();
    expect(await subscribers()).toEqual(["shop/root", "shop/weur"]);
    const inKv: (string | null)[] = [];
    told.mockImplementationOnce(async () => {
      inKv.push(await testEnv.MESH_KV.get(meshKey(one.digest)));
      return { ok: false, error: "invalid_mesh", detail: "for a test" };
    });
    const one = await applied("one", 0);
    expect(await runDurableObjectAlarm(config())).toBe(true);
    expect(inKv).toEqual([await config().text(one.digest)]);
    // The one that refused is told again, and after that nobody is.
    expect(await runDurableObjectAlarm(config())).toBe(true);
    expect(told).toHaveBeenCalledTimes(3);
    expect([await runsWhat("shop/weur"), await runsWhat("shop/root")]).toEqual([one.digest, one.digest]);
    expect(await alarmAt()).toBeNull();
  });

  it("is told in slices: a monitor gets its own service and no other", async () => {
    await subscribed();
    await applied("one", 0);
    await runDurableObjectAlarm(config());
    const slices = told.mock.calls.map(([slice]) => slice.services.map(({ name }) => name));
    expect(slices).toEqual([["shop"], ["shop"]]);
    expect(Object.keys(told.mock.calls[0]![0]).sort()).toEqual(["compiledAtMs", "format", "services", "version"]);
  });

  it("is told again by alarm until it is heard, later and later, also after an eviction", async () => {
    await subscribed();
    told.mockRejectedValue(new Error("fault for a test"));
    const one = await applied("one", 0);
    const waits: number[] = [];
    for (let round = 0; round < 4; round++) {
      expect(await runDurableObjectAlarm(config())).toBe(true);
      waits.push((await alarmAt())! - T0);
    }
    expect(waits).toEqual([1_000, 2_000, 4_000, 8_000]);
    await evictDurableObject(config());
    told.mockReset();
    expect(await runDurableObjectAlarm(config())).toBe(true);
    expect(await runsWhat("shop/weur")).toBe(one.digest);
    expect(await alarmAt()).toBeNull();
  });

  it("is told to nobody who was silent for too long", async () => {
    await subscribed();
    setClock(T0 + EXPIRY_MS + 1);
    await applied("one", 0);
    await runDurableObjectAlarm(config());
    expect(told).not.toHaveBeenCalled();
    expect(await subscribers()).toEqual([]);
  });

  it("overtakes the one before: who has heard the later is told no more", async () => {
    await subscribed();
    const one = await applied("one", 0);
    const two = await applied("two", 1);
    await runDurableObjectAlarm(config());
    expect(told.mock.calls.map(([slice]) => slice.version)).toEqual([two.digest, two.digest]);
    expect(await testEnv.MESH_KV.get(meshKey(one.digest))).toBeNull();
  });

  it("reaches monitors all the same while KV fails", async () => {
    await subscribed();
    const warn = vi.spyOn(console, "warn").mockImplementation(() => {});
    await runInDurableObject(config(), (instance) => {
      const { env } = instance as unknown as { env: object };
      Object.defineProperty(instance, "env", {
        value: { ...env, MESH_KV: { put: () => Promise.reject(new Error("fault for a test")) } },
      });
    });
    const one = await applied("one", 0);
    await runDurableObjectAlarm(config());
    expect(await runsWhat("shop/weur")).toBe(one.digest);
    expect(warn).toHaveBeenCalledWith(expect.stringContaining("mesh_kv_failed"));
    // It is tried again.
    expect(await alarmAt()).toBe(T0 + 1_000);
    warn.mockRestore();
  });
});

describe("a subscription", () => {
  it("answers with the slice in force to who runs an older mesh, and with nothing to who does not", async () => {
    const one = await applied("one", 0);
    const ask = async (monitor: string, compiledAtMs: number) =>
      (await config().subscribe({ monitor, digest: "0", compiledAtMs })) as SubscribeReply;
    expect(await ask("shop/weur", 1)).toMatchObject({
      ok: true,
      slice: { version: one.digest, services: [{ name: "shop" }] },
    });
    expect(await ask("gone/weur", 1)).toMatchObject({ ok: true, slice: { version: one.digest, services: [] } });
    expect(await ask("shop/weur", one.compiledAtMs)).toMatchObject({ ok: true, slice: null });
    expect(await ask("no monitor", 1)).toMatchObject({ ok: false, error: "invalid_request" });
  });
});
