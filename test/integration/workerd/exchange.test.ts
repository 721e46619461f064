import { evictDurableObject, reset } from "cloudflare:test";
import { afterEach, describe, expect, it, vi } from "vitest";
import type { Region } from "../../../src/core/region.ts";
import { type Row, reportOf } from "../../fixtures/report-deltas.ts";
import { describeObject, eventually, ok, refused, setClock, sync, T0 } from "./monitor-calls.ts";
import { monitorNamed } from "./stubs.ts";

afterEach(async () => {
  vi.useRealTimers();
  await reset();
});

let seq = 0;
const from = (region: Region, rows: readonly Row[]) =>
  sync(reportOf(rows, { region, seq: ++seq, reporter: `in-${region}` }));

/** The exchange with the root that a report at `atMs` set off has been answered. */
async function answered(region: Region, atMs: number): Promise<void> {
  await eventually(async () => {
    const { root } = await describeObject(`shop/${region}`);
    return root !== null && root.ageMs !== null && root.ageMs <= Date.now() - atMs;
  });
}

async function report(region: Region, rows: readonly Row[], atMs: number) {
  setClock(atMs);
  const snapshot = await from(region, rows);
  await answered(region, atMs);
  return snapshot;
}

describe("two regions and their root", () => {
  it("know of each other after an exchange each, and a lone region says so", async () => {
    await report("weur", [ok("aws", 10)], T0);
    expect((await describeObject("shop/weur")).root).toMatchObject({ alone: true });
    await report("enam", [ok("aws", 10)], T0 + 100);
    expect((await describeObject("shop/enam")).root).toMatchObject({ alone: false });
    await report("weur", [ok("aws", 10)], T0 + 5_000);
    expect((await describeObject("shop/weur")).root).toMatchObject({ alone: false });
    const root = await describeObject("shop/root");
    expect(root).toMatchObject({ regions: 2, scope: "root" });
    expect(Object.keys(root.endpoints[0]!.probabilityByRegion!).sort()).toEqual(["enam", "weur"]);
  });

  it("count what a region merged once, whatever its reporters repeat", async () => {
    await report("weur", [ok("aws", 1)], T0);
    await report("enam", [ok("aws", 1)], T0);
    await report("weur", [ok("aws", 1)], T0 + 5_000);
    const before = (await describeObject("shop/root")).endpoints[0]!.passive.failureSamples;
    setClock(T0 + 6_000);
    const twice = reportOf([ok("aws", 40)], { region: "weur", seq: ++seq, reporter: "in-weur" });
    await sync(twice);
    await answered("weur", T0 + 6_000);
    await sync(twice);
    setClock(T0 + 7_001);
    await report("weur", [], T0 + 7_001);
    const { passive } = (await describeObject("shop/root")).endpoints[0]!;
    // 40 of them, a little decayed, and not 80.
    expect(passive.failureSamples - before).toBeLessThan(41);
    expect(passive.failureSamples - before).toBeGreaterThan(20);
  });

  it("open the endpoint's breaker everywhere when all regions see it fail", async () => {
    await report("weur", [ok("gcp", 20), ok("aws", 1)], T0);
    await report("enam", [ok("gcp", 20), ok("aws", 1)], T0);
    await report("weur", [ok("gcp", 20)], T0 + 5_000);
    // A good answer of late: without one, a region takes a silent endpoint out by itself.
    setClock(T0 + 5_500);
    await from("weur", [ok("aws", 1)]);
    await from("enam", [ok("aws", 1)]);
    await report("weur", [refused("aws", 4), ok("gcp", 1)], T0 + 6_000);
    await report("enam", [refused("aws", 4), ok("gcp", 1)], T0 + 6_100);
    // Four failures trip neither region's own breaker (6.2 in a row do), both together trip the root's.
    expect((await describeObject("shop/root")).endpoints[0]!.breaker).toBe(1);
    expect((await describeObject("shop/enam")).endpoints[0]).toMatchObject({
      breaker: 1,
      passive: { ownBreaker: { state: "closed" } },
    });
    const snapshot = await report("weur", [ok("gcp", 1)], T0 + 7_100);
    expect((await from("weur", [])).breaker).toEqual([1, 0]);
    expect(snapshot.alert).toBe(true);
  });

  it("hand on the root's probes to one reporter, and its answer closes the root's breaker", async () => {
    await report("weur", [ok("gcp", 20), ok("aws", 1)], T0);
    await report("enam", [ok("gcp", 20), ok("aws", 1)], T0);
    await report("weur", [ok("gcp", 20)], T0 + 5_000);
    await report("weur", [refused("aws", 4)], T0 + 6_000);
    await report("enam", [refused("aws", 3)], T0 + 6_100);
    let atMs = T0 + 9_000;
    for (let round = 0; round < 3; round++) {
      await report("enam", [ok("gcp", 1)], atMs);
      const [lease] = (await from("enam", [])).leases;
      expect(lease).toMatchObject({ id: "aws", scope: "global" });
      expect((await from("enam", [])).leases).toEqual([]);
      atMs += 200;
      setClock(atMs);
      await sync({
        ...reportOf([ok("aws", 1)], { region: "enam", seq: ++seq, reporter: "in-enam" }),
        probes: [{ ...lease!, ok: true }],
      });
      await answered("enam", atMs);
      atMs += 1_001;
    }
    expect((await describeObject("shop/root")).endpoints[0]!.passive.ownBreaker.state).toBe("closed");
  });

  it("take an operator's word to the root everywhere, and keep it when the root is gone", async () => {
    await report("weur", [ok("aws", 1)], T0);
    await monitorNamed("shop/root").operate({ endpoint: "gcp", action: "disable" });
    await report("weur", [ok("aws", 1)], T0 + 5_000);
    expect((await from("weur", [])).health).toEqual([0, 5]);
    setClock(T0 + 60_000);
    expect((await from("weur", [])).health).toEqual([0, 5]);
  });

  it("go on by themselves with a root that was evicted, and the root learns anew", async () => {
    await report("weur", [ok("aws", 5)], T0);
    await report("enam", [ok("aws", 5)], T0);
    await evictDurableObject(monitorNamed("shop/root"));
    await report("weur", [ok("aws", 5)], T0 + 5_000);
    expect(await describeObject("shop/root")).toMatchObject({ regions: 1, memoryAgeMs: 0 });
    await report("enam", [ok("aws", 5)], T0 + 6_000);
    expect(await describeObject("shop/root")).toMatchObject({ regions: 2 });
  });

  it.each([
    ["something that is no message", { v: 1 }],
    [
      "a message of another service",
      { v: 1, service: "other", region: "weur", reporter: "x", seq: 1, ids: [], delta: {} },
    ],
  ])("refuse %s", async (_, message) => {
    expect(await monitorNamed("shop/root").exchange(message as never)).toMatchObject({
      ok: false,
      error: "invalid_message",
    });
  });
});
