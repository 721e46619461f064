import { evictDurableObject, reset, runDurableObjectAlarm, runInDurableObject } from "cloudflare:test";
import { afterEach, describe, expect, it, vi } from "vitest";
import { reportOf } from "../../fixtures/report-deltas.ts";
import { describeObject, eventually, ok, runAlarm, setClock, sync, T0 } from "./monitor-calls.ts";
import { monitorNamed, testEnv } from "./stubs.ts";

afterEach(async () => {
  vi.useRealTimers();
  await reset();
});

const reportTo = (service: string, seq = 1) => sync(reportOf([], { service, seq }));

/** First report, then the alarm once all first probes are due (within a tenth of the interval). */
async function probedOnce(service: string): Promise<void> {
  setClock(T0);
  await reportTo(service);
  setClock(T0 + 1_001);
  await runAlarm(`${service}/weur`);
}

describe("active checks", () => {
  it("probe by HTTP behind the endpoint's base path, and judge the body", async () => {
    await probedOnce("checked");
    const { endpoints, events } = await describeObject("checked/weur");
    expect(endpoints.map(({ id, health }) => [id, health])).toEqual([
      ["good", 1],
      ["bad", 2],
    ]);
    expect(endpoints.map(({ active }) => active.checks[0]!.last!.detail)).toEqual([
      "status 200, expected body",
      "status 200, not the expected body",
    ]);
    expect(events).toContainEqual(
      expect.objectContaining({ type: "check", endpoint: "bad", from: "unknown", to: "down" }),
    );
    expect((await reportTo("checked", 2)).health).toEqual([1, 2]);
  });

  it("keep liveness and readiness apart", async () => {
    await probedOnce("kinds");
    const [endpoint] = (await describeObject("kinds/weur")).endpoints;
    expect(endpoint!.active.checks.map(({ kind, verdict }) => [kind, verdict])).toEqual([
      ["liveness", "up"],
      ["readiness", "down"],
    ]);
    expect(endpoint!.health).toBe(3);
  });

  it("connect by TCP", async () => {
    await probedOnce("tcp");
    const { endpoints } = await describeObject("tcp/weur");
    expect(endpoints.map(({ id, health }) => [id, health])).toEqual([
      ["open", 1],
      ["closed", 2],
    ]);
    expect(endpoints[0]!.active.checks[0]!.last!.detail).toBe("connected");
  });

  it("are at most six at once", async () => {
    await probedOnce("slow");
    const { endpoints } = await describeObject("slow/weur");
    expect(endpoints.map(({ health }) => health)).toEqual(Array(9).fill(1));
    expect(Number(await (await fetch(`${testEnv.ORIGIN}/most-slow`)).text())).toBe(6);
  });

  it("come again after the interval, and only in the object of the region", async () => {
    await probedOnce("tcp");
    const alarm = await runInDurableObject(monitorNamed("tcp/weur"), (_, { storage }) => storage.getAlarm());
    // What comes first: the flush of the changed verdicts or the next probe, both ten seconds later.
    expect(alarm! - T0).toBeGreaterThan(9_000);
    expect(alarm! - T0).toBeLessThan(12_000);
    // The root's own alarm writes down once that it has heard a region, and probes nothing.
    setClock(T0 + 20_000);
    await runDurableObjectAlarm(monitorNamed("tcp/root"));
    expect(await runDurableObjectAlarm(monitorNamed("tcp/root"))).toBe(false);
    const { endpoints } = await describeObject("tcp/root");
    expect(endpoints.map(({ active }) => active.checks.map(({ last }) => last))).toEqual([[null], [null]]);
  });

  it("know their verdicts after an eviction, also when only the alarm wakes the object", async () => {
    await probedOnce("tcp");
    setClock(T0 + 11_002);
    await runAlarm("tcp/weur");
    await evictDurableObject(monitorNamed("tcp/weur"));
    setClock(T0 + 21_003);
    await runAlarm("tcp/weur");
    const { endpoints, reporters } = await describeObject("tcp/weur");
    expect(reporters).toBe(0);
    expect(endpoints.map(({ health }) => health)).toEqual([1, 2]);
    expect(endpoints[0]!.active.checks[0]!.last!.atMs).toBeGreaterThanOrEqual(T0 + 21_003);
  });

  it("stop ten minutes after the last report, and start anew with the next", async () => {
    await probedOnce("tcp");
    const later = T0 + 11 * 60_000;
    setClock(later);
    await runAlarm("tcp/weur");
    setClock(later + 30_000);
    await runDurableObjectAlarm(monitorNamed("tcp/weur"));
    expect(await runInDurableObject(monitorNamed("tcp/weur"), (_, { storage }) => storage.getAlarm())).toBeNull();
    expect((await describeObject("tcp/weur")).endpoints[0]!.active.checks[0]!.last!.atMs).toBeLessThan(later);
    await reportTo("tcp", 2);
    await runAlarm("tcp/weur");
    expect((await describeObject("tcp/weur")).endpoints[0]!.active.checks[0]!.last!.atMs).toBeGreaterThanOrEqual(later);
  });

  it("keep coming on the real clock, with jitter", async () => {
    for (let seq = 1; seq <= 3; seq++) await reportTo("brisk", seq);
    const count = async () => Number(await (await fetch(`${testEnv.ORIGIN}/brisk-probes`)).text());
    for (const more of [15, 15, 15]) {
      const before = await count();
      await eventually(async () => (await count()) >= before + more);
    }
  });

  it("are taken up again by the next report when an alarm was lost", async () => {
    await probedOnce("tcp");
    await runInDurableObject(monitorNamed("tcp/weur"), (_, { storage }) => storage.deleteAlarm());
    setClock(T0 + 60_000);
    await reportTo("tcp", 2);
    await runAlarm("tcp/weur");
    const [endpoint] = (await describeObject("tcp/weur")).endpoints;
    expect(endpoint!.active.checks[0]!.last!.atMs).toBeGreaterThanOrEqual(T0 + 60_000);
  });

  it("do not run for a service without any", async () => {
    setClock(T0);
    await sync(reportOf([ok("aws", 1)]));
    const [endpoint] = (await describeObject("shop/weur")).endpoints;
    expect(endpoint!.active).toEqual({ health: 0, checks: [], quorum: null });
  });
});
