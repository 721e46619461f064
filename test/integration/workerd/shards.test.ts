import { evictDurableObject, reset, runInDurableObject } from "cloudflare:test";
import { afterEach, describe, expect, it, vi } from "vitest";
import { type Row, reportOf } from "../../fixtures/report-deltas.ts";
import { describeObject, eventually, ok, refused, setClock, sync, T0 } from "./monitor-calls.ts";
import { monitorNamed } from "./stubs.ts";

afterEach(async () => {
  vi.useRealTimers();
  await reset();
});

let seq = 0;
const nameOf = (shard: number) => `shop/weur/shard-${shard}`;
const to = (shard: number, rows: readonly Row[], rest: Parameters<typeof reportOf>[1] = {}) =>
  sync(reportOf(rows, { seq: ++seq, reporter: `at-${shard}`, ...rest }), nameOf(shard));

/** A report at `atMs`, and the exchange with the regional object that it sets off. */
async function report(shard: number, rows: readonly Row[], atMs: number, rest: Parameters<typeof reportOf>[1] = {}) {
  setClock(atMs);
  const snapshot = await to(shard, rows, rest);
  await eventually(async () => {
    const { root, holds } = await describeObject(nameOf(shard));
    return root !== null && root.ageMs !== null && root.ageMs <= Date.now() - atMs && holds.unsaid === 0;
  });
  return snapshot;
}

/** All three have been heard, and an endpoint's breaker has been opened by what two of them saw. */
async function openedByTwo(): Promise<void> {
  for (const shard of [0, 1, 2]) await report(shard, [ok("aws", 5), ok("gcp", 5)], T0 + shard);
  await report(0, [refused("aws", 4), ok("gcp", 4)], T0 + 500);
  await report(1, [refused("aws", 4), ok("gcp", 4)], T0 + 600);
}

describe("three shards of a region", () => {
  it("make their regional object count what all of them heard, once", async () => {
    for (const shard of [0, 1, 2]) await report(shard, [ok("aws", 10)], T0 + shard);
    await to(0, [ok("aws", 10)], { seq: 1, reporter: "repeated" });
    await to(0, [ok("aws", 10)], { seq: 1, reporter: "repeated" });
    await report(0, [], T0 + 300);
    const region = await describeObject("shop/weur");
    expect(region).toMatchObject({ scope: "weur", shard: null, reporters: 4 });
    expect(region.shards.map(({ shard, reporters }) => [shard, reporters])).toEqual([
      [0, 2],
      [1, 1],
      [2, 1],
    ]);
    // 40 of them, a little decayed, and what the estimate of a region starts with, 10; twice the repeated ones were 60.
    expect(region.endpoints[0]!.passive.failureSamples).toBeGreaterThan(45);
    expect(region.endpoints[0]!.passive.failureSamples).toBeLessThan(50.1);
  });

  it("are told of a breaker that none of them could have opened, with their first word after it", async () => {
    await openedByTwo();
    expect((await describeObject("shop/weur")).endpoints[0]!.passive.ownBreaker.state).toBe("open");
    await report(2, [ok("gcp", 1)], T0 + 900);
    expect((await to(2, [])).breaker).toEqual([1, 0]);
    expect((await describeObject(nameOf(2))).endpoints[0]).toMatchObject({ breaker: 1, probability: 0 });
  });

  it("hand on a lease of the regional object to one reporter, and its answer comes back", async () => {
    await openedByTwo();
    let atMs = T0 + 4_000;
    for (let round = 0; round < 3; round++) {
      await report(1, [ok("gcp", 1)], atMs);
      const [lease] = (await to(1, [])).leases;
      expect(lease).toMatchObject({ id: "aws", scope: "region" });
      expect((await to(1, [])).leases).toEqual([]);
      await report(0, [ok("gcp", 1)], atMs + 10);
      expect((await to(0, [])).leases).toEqual([]);
      await report(1, [ok("aws", 1)], atMs + 150, { probes: [{ ...lease!, ok: true }] });
      atMs += 400;
    }
    expect((await describeObject("shop/weur")).endpoints[0]!.passive.ownBreaker.state).toBe("closed");
  });

  it("answer with the region's view at once after an eviction of their own", async () => {
    await openedByTwo();
    await evictDurableObject(monitorNamed(nameOf(2)));
    setClock(T0 + 1_000);
    expect((await to(2, [ok("gcp", 1)])).breaker).toEqual([1, 0]);
  });

  it("go on without the regional object, which learns anew from them", async () => {
    await openedByTwo();
    await evictDurableObject(monitorNamed("shop/weur"));
    await report(2, [ok("gcp", 3)], T0 + 1_000);
    expect(await describeObject("shop/weur")).toMatchObject({ memoryAgeMs: 0, shards: [{ shard: 2 }] });
    await report(0, [ok("gcp", 3)], T0 + 1_100);
    expect(await describeObject("shop/weur")).toMatchObject({ shards: [{ shard: 0 }, { shard: 2 }] });
  });

  it("take an operator's word from the regional object and none themselves", async () => {
    await report(0, [ok("aws", 1)], T0);
    await monitorNamed("shop/weur").operate({ endpoint: "gcp", action: "drain" });
    await report(0, [ok("aws", 1)], T0 + 500);
    expect((await to(0, [])).health).toEqual([0, 4]);
    expect(await monitorNamed(nameOf(0)).operate({ endpoint: "gcp", action: "drain" })).toMatchObject({
      ok: false,
      error: "not_configured",
    });
  });

  it("write nothing and set no alarm", async () => {
    await openedByTwo();
    const found = await runInDurableObject(monitorNamed(nameOf(0)), async (_, { storage }) => [
      await storage.getAlarm(),
      storage.sql.exec("SELECT name FROM sqlite_master WHERE type = 'table' AND name = 'endpoint'").toArray(),
    ]);
    expect(found).toEqual([null, []]);
  });

  it("reach the root through the regional object", async () => {
    setClock(T0);
    await sync(reportOf([ok("aws", 5)], { region: "enam", reporter: "there", seq: ++seq }));
    await report(0, [ok("aws", 5)], T0 + 100);
    await eventually(async () => (await describeObject("shop/root")).regions === 2);
    expect((await describeObject("shop/weur")).root).toMatchObject({ failures: 0 });
  });
});

describe("a message of a shard", () => {
  const message = { v: 1, service: "shop", meshVersion: "", region: "weur", reporter: "x", seq: 1, ids: [] };
  const delta = { ...reportOf([]) };
  const shard = { index: 0, reporters: 1, inFlight: [] };

  it.each([
    ["the root", "shop/root", "invalid_message"],
    ["another region", "shop/enam", "invalid_message"],
    ["another shard", nameOf(1), "not_configured"],
  ])("is refused by %s", async (_, name, error) => {
    expect(await monitorNamed(name).exchange({ ...message, delta, shard } as never)).toMatchObject({
      ok: false,
      error,
    });
  });

  it("is taken by the region, and a region's own message is not", async () => {
    expect(await monitorNamed("shop/weur").exchange({ ...message, delta, shard } as never)).toMatchObject({ ok: true });
    expect(await monitorNamed("shop/weur").exchange({ ...message, delta } as never)).toMatchObject({
      ok: false,
      error: "invalid_message",
    });
  });
});
