import {
  abortAllDurableObjects,
  evictDurableObject,
  reset,
  runDurableObjectAlarm,
  runInDurableObject,
} from "cloudflare:test";
import { afterEach, describe, expect, it, vi } from "vitest";
import { reportOf } from "../../fixtures/report-deltas.ts";
import { describeObject, eventually, ok, refused, runAlarm, setClock, sync, T0 } from "./monitor-calls.ts";
import { monitorNamed, testEnv } from "./stubs.ts";

afterEach(async () => {
  vi.useRealTimers();
  await reset();
});

describe("sync", () => {
  it("answers a report with what all reporters know", async () => {
    await sync(reportOf([ok("aws", 10), ok("gcp", 10, 80)], { reporter: "a", inFlight: [2, 1] }));
    const snapshot = await sync(reportOf([ok("aws", 5)], { reporter: "b", inFlight: [3] }));
    expect(snapshot).toMatchObject({
      v: 1,
      service: "shop",
      meshVersion: "1111111111111111",
      reporters: 2,
      ids: ["aws", "gcp"],
      breaker: [0, 0],
      inFlight: [5, 1],
      leases: [],
    });
    expect(snapshot.latencySamples[0]).toBeGreaterThan(snapshot.latencySamples[1]!);
    expect(snapshot.probability.reduce((a, b) => a + b)).toBeCloseTo(1, 6);
  });

  it("counts a report that is delivered twice once", async () => {
    setClock(T0);
    const report = reportOf([ok("aws", 10)], { seq: 7 });
    const once = await sync(report);
    const twice = await sync(report);
    expect(twice.latencySamples).toEqual(once.latencySamples);
    expect(twice.failureSamples).toEqual(once.failureSamples);
    expect((await describeObject("shop/weur")).deliveries.duplicates).toBe(1);
    const next = await sync({ ...report, seq: 6 });
    expect(next.failureSamples[0]).toBeGreaterThan(once.failureSamples[0]!);
  });

  it("opens the breaker of an endpoint that refuses, and writes nothing while it answers", async () => {
    await sync(reportOf([ok("gcp", 20), ok("aws", 20)]));
    const snapshot = await sync(reportOf([refused("aws", 20), ok("gcp", 5)], { seq: 2 }));
    expect(snapshot).toMatchObject({ breaker: [1, 0], alert: true });
    expect(snapshot.openForMs[0]).toBeGreaterThan(0);
    const tables = await runInDurableObject(monitorNamed("shop/weur"), (_, { storage }) =>
      storage.sql
        .exec("SELECT name FROM sqlite_master WHERE type = 'table' AND name NOT LIKE '\\_cf%' ESCAPE '\\'")
        .toArray(),
    );
    expect(tables).toEqual([]);
    const { events, endpoints } = await describeObject("shop/weur");
    expect(events).toContainEqual(expect.objectContaining({ type: "opened", endpoint: "aws" }));
    expect(endpoints[0]).toMatchObject({ id: "aws", breaker: 1, passive: { ownBreaker: { state: "open" } } });
  });

  it("lends a probe at a time once the breaker is half-open, and closes it after enough good answers", async () => {
    setClock(T0);
    await sync(reportOf([ok("gcp", 20), refused("aws", 20)]));
    setClock(T0 + 2_001);
    let leases = (await sync(reportOf([], { seq: 2 }))).leases;
    expect(leases).toMatchObject([{ id: "aws", scope: "region", ttlMs: 3_000 }]);
    expect((await sync(reportOf([], { seq: 3, reporter: "other" }))).leases).toEqual([]);
    for (let seq = 4; seq < 7; seq++) {
      const { id, generation, scope } = leases[0]!;
      setClock(T0 + 2_001 + seq * 300);
      const snapshot = await sync({
        ...reportOf([ok("aws", 1)], { seq }),
        probes: [{ id, generation, scope, ok: true }],
      });
      if (seq === 6) expect(snapshot.breaker).toEqual([0, 0]);
      else leases = snapshot.leases;
    }
  });

  it.each([
    ["a report it cannot read", "shop/weur", { ...reportOf([]), seq: -1 }, "invalid_report"],
    ["a report for another service", "shop/weur", reportOf([], { service: "other" }), "invalid_report"],
    ["a report sent to the root", "shop/root", reportOf([]), "invalid_report"],
    ["a service that is not in the mesh", "ghost/weur", reportOf([], { service: "ghost" }), "unknown_service"],
    ["a name that is not one", "nowhere", reportOf([]), "not_configured"],
  ])("refuses %s", async (_, name, report, error) => {
    expect(await monitorNamed(name).sync(report)).toMatchObject({ ok: false, error });
  });

  it("serves a service whose name has a slash", async () => {
    expect((await sync(reportOf([ok("aws", 1)], { service: "shop/nested" }))).service).toBe("shop/nested");
  });

  it("works in a subclass that fails on demand", async () => {
    const stub = testEnv.FAULTY_MONITOR.getByName("shop/weur");
    expect(await stub.sync(reportOf([ok("aws", 1)]))).toMatchObject({ ok: true });
    await stub.setFault("throw");
    // Not `expect(…).rejects`: it reads properties of the promise, and each is a pipelined call that fails unheard.
    const failure = await stub.sync(reportOf([], { seq: 2 })).then(String, String);
    expect(failure).toContain("fault for a test");
    await stub.setFault("");
    expect(await stub.sync(reportOf([], { seq: 3 }))).toMatchObject({ ok: true });
  });
});

describe("memory", () => {
  it("is written by the alarm and restored after an eviction, with its age", async () => {
    setClock(T0);
    await sync(reportOf([ok("gcp", 20), refused("aws", 20)]));
    setClock(T0 + 10_001);
    await runAlarm("shop/weur");
    const before = (await describeObject("shop/weur")).endpoints[0]!.passive.ownBreaker;
    await evictDurableObject(monitorNamed("shop/weur"));
    setClock(T0 + 10_501);
    const after = await describeObject("shop/weur");
    expect(after).toMatchObject({ memoryAgeMs: 0, restoredAgeMs: 500, reporters: 0 });
    expect(before.state).toBe("half-open");
    // Half-open comes back as open with its time over, in a new generation.
    expect(after.endpoints[0]!.passive.ownBreaker).toMatchObject({ state: "open", generation: before.generation + 1 });
    const snapshot = await sync(reportOf([], { seq: 9 }));
    expect(snapshot).toMatchObject({ memoryAgeMs: 0, leases: [{ id: "aws" }] });
  });

  it("is one row per endpoint that changed, each in a table without rowid", async () => {
    setClock(T0);
    await sync(reportOf([ok("aws", 1)]));
    setClock(T0 + 10_001);
    await runAlarm("shop/weur");
    const [rows, ddl] = await runInDurableObject(monitorNamed("shop/weur"), (_, { storage }) => [
      storage.sql.exec("SELECT key, version FROM endpoint").toArray(),
      storage.sql
        .exec<{ sql: string }>("SELECT sql FROM sqlite_master WHERE name IN ('endpoint', 'meta', 'kept')")
        .toArray(),
    ]);
    expect(rows).toEqual([{ key: "aws", version: 1 }]);
    expect(ddl.map(({ sql }) => sql)).toEqual(Array(3).fill(expect.stringContaining("WITHOUT ROWID")));
  });

  it("lets the object sleep when there is nothing left to do", async () => {
    setClock(T0);
    await sync(reportOf([ok("aws", 1)]));
    setClock(T0 + 10_001);
    await runAlarm("shop/weur");
    await eventually(async () => (await describeObject("shop/weur")).root?.ageMs != null);
    setClock(T0 + 30_000);
    await runDurableObjectAlarm(monitorNamed("shop/weur"));
    const alarm = await runInDurableObject(monitorNamed("shop/weur"), (_, { storage }) => storage.getAlarm());
    expect(alarm).toBeNull();
  });

  it("leaves a row of a later version as it is: not read, not overwritten, and says so", async () => {
    setClock(T0);
    await sync(reportOf([ok("gcp", 20), refused("aws", 20)]));
    setClock(T0 + 10_001);
    await runAlarm("shop/weur");
    await runInDurableObject(monitorNamed("shop/weur"), (_, { storage }) => {
      storage.sql.exec("UPDATE endpoint SET version = 2, data = 'from the future' WHERE key = 'aws'");
    });
    await evictDurableObject(monitorNamed("shop/weur"));
    const restored = await describeObject("shop/weur");
    expect(restored.refusedRows).toEqual(["endpoint/aws"]);
    expect(restored.endpoints[0]!.passive.ownBreaker.state).toBe("closed");
    await sync(reportOf([ok("aws", 1), ok("gcp", 1)], { seq: 5 }));
    setClock(T0 + 30_000);
    await runAlarm("shop/weur");
    const rows = await runInDurableObject(monitorNamed("shop/weur"), (_, { storage }) =>
      storage.sql.exec("SELECT version, data FROM endpoint WHERE key = 'aws'").toArray(),
    );
    expect(rows).toEqual([{ version: 2, data: "from the future" }]);
  });

  it("survives a reset of the object without a flush by starting anew", async () => {
    await sync(reportOf([refused("aws", 20)]));
    await abortAllDurableObjects();
    expect(await sync(reportOf([ok("aws", 1)], { seq: 2 }))).toMatchObject({ breaker: [0, 0], reporters: 1 });
  });
});

describe("an operator's word", () => {
  it("stands above what is observed, survives an eviction, and ends", async () => {
    setClock(T0);
    await sync(reportOf([ok("aws", 5)]));
    const stub = monitorNamed("shop/weur");
    const reply = await stub.operate({ endpoint: "aws", action: "drain", forMs: 60_000, by: "ops" });
    expect(reply).toMatchObject({
      ok: true,
      override: { target: { endpoint: "aws" }, action: "drain", untilMs: T0 + 60_000, by: "ops" },
      cleared: [],
      impact: { endpoints: 2, left: 1, serving: 1 },
      warning: null,
    });
    expect((await sync(reportOf([], { seq: 2 }))).health).toEqual([4, 0]);
    await evictDurableObject(monitorNamed("shop/weur"));
    expect((await sync(reportOf([], { seq: 3 }))).health).toEqual([4, 0]);
    setClock(T0 + 60_001);
    await runAlarm("shop/weur");
    expect((await sync(reportOf([], { seq: 4 }))).health).toEqual([0, 0]);
  });

  it.each([
    ["an unknown endpoint", { endpoint: "azure", action: "drain" }, "unknown_endpoint"],
    ["an unknown action", { endpoint: "aws", action: "explode" }, "invalid_command"],
    ["a negative time", { endpoint: "aws", action: "drain", forMs: -1 }, "invalid_command"],
  ])("is refused for %s", async (_, command, error) => {
    expect(await monitorNamed("shop/weur").operate(command as never)).toMatchObject({ ok: false, error });
  });
});
