import { evictDurableObject, reset, runInDurableObject } from "cloudflare:test";
import { afterEach, describe, expect, it, vi } from "vitest";
import type { OperateReply } from "../../../durable-objects/service-monitor/replies.ts";
import type { OperatorCommand } from "../../../src/core/monitor/override.ts";
import { reportOf } from "../../fixtures/report-deltas.ts";
import { describeObject, eventually, ok, runAlarm, setClock, sync, T0 } from "./monitor-calls.ts";
import { monitorNamed } from "./stubs.ts";

afterEach(async () => {
  vi.useRealTimers();
  await reset();
});

let seq = 0;
const from = (region: "weur" | "enam") =>
  sync(reportOf([ok("aws", 1), ok("gcp", 1)], { region, seq: ++seq, reporter: `in-${region}` }));

async function tell(name: string, command: OperatorCommand): Promise<Extract<OperateReply, { ok: true }>> {
  const reply = await monitorNamed(name).operate(command);
  if (!reply.ok) throw new Error(`${reply.error}: ${reply.detail}`);
  return reply as Extract<OperateReply, { ok: true }>;
}

/** Both regions have talked to the root. */
async function acquainted(): Promise<void> {
  setClock(T0);
  for (const region of ["weur", "enam"] as const) await from(region);
  await eventually(async () => (await describeObject("shop/root")).regions === 2);
}

describe("what operators tell the root", () => {
  it("is heard by its regions at once, before they have anything to say", async () => {
    await acquainted();
    await tell("shop/root", { target: { cloud: "aws" }, action: "drain", reason: "maintenance" });
    await tell("shop/root", { endpoint: "gcp", action: "weight", percent: 300 });
    for (const region of ["weur", "enam"] as const) {
      await eventually(async () => (await describeObject(`shop/${region}`)).overrides.length === 2);
      expect(await from(region)).toMatchObject({ health: [4, 0], weight: [1, 3] });
    }
    const { overrides, left } = await describeObject("shop/root");
    expect(overrides).toMatchObject([
      { action: "drain", target: { cloud: "aws" }, reason: "maintenance", state: "draining", from: "here" },
      { action: "weight", percent: 300, state: "in-force" },
    ]);
    expect(left).toEqual({ left: 1, serving: 1 });
  });

  it("survives an eviction of everybody, is in force in a region whose root is silent, and ends on time", async () => {
    await acquainted();
    await tell("shop/root", { endpoint: "aws", action: "disable", forMs: 60_000 });
    await eventually(async () => (await describeObject("shop/weur")).overrides.length === 1);
    for (const name of ["shop/root", "shop/weur"]) await evictDurableObject(monitorNamed(name));
    expect((await describeObject("shop/weur")).overrides).toMatchObject([{ from: "root", untilMs: T0 + 60_000 }]);
    expect((await from("weur")).health).toEqual([5, 0]);
    setClock(T0 + 60_001);
    await runAlarm("shop/root");
    const { overrides, events } = await describeObject("shop/root");
    expect([overrides, events.map(({ type }) => type)]).toEqual([[], expect.arrayContaining(["override-ended"])]);
    expect((await from("weur")).health).toEqual([0, 0]);
  });

  it("reaches regions that were heard before the root was evicted", async () => {
    await acquainted();
    setClock(T0 + 10_001);
    await runAlarm("shop/root");
    await evictDurableObject(monitorNamed("shop/root"));
    await tell("shop/root", { endpoint: "aws", action: "drain" });
    await eventually(async () => (await describeObject("shop/enam")).overrides.length === 1);
  });

  it("reaches a region that is new to the game with its first row", async () => {
    setClock(T0);
    await tell("shop/root", { endpoint: "aws", action: "drain" });
    await from("weur");
    await eventually(async () => (await describeObject("shop/weur")).overrides.length === 1);
    expect((await from("weur")).health).toEqual([4, 0]);
  });

  it("is taken back by its id, and refused when nothing would be left", async () => {
    await acquainted();
    const { override } = await tell("shop/root", { endpoint: "aws", action: "drain" });
    const refusal = await monitorNamed("shop/root").operate({ endpoint: "gcp", action: "disable" });
    expect(refusal).toMatchObject({ ok: false, error: "would_empty" });
    const reply = await tell("shop/root", { action: "clear", id: override!.id, by: "ops" });
    expect(reply).toMatchObject({ override: null, cleared: [{ id: override!.id }] });
    await eventually(async () => (await from("weur")).health[0] === 0);
  });

  it("is drained, with events, after fifteen seconds without traffic", async () => {
    await acquainted();
    await tell("shop/root", { endpoint: "aws", action: "drain" });
    setClock(T0 + 15_001);
    await runAlarm("shop/root");
    const { overrides, events } = await describeObject("shop/root");
    expect(overrides).toMatchObject([{ state: "drained" }]);
    const told = events.filter(({ endpoint, type }) => endpoint === "aws" && type !== "health");
    expect(told.map(({ type }) => type)).toEqual(["told", "draining", "drained"]);
    const cursor = told[1]!.n;
    const reply = await monitorNamed("shop/root").describe({ eventsAfter: cursor });
    expect(reply.ok && reply.description.events.map(({ type }) => type)).toEqual(["drained"]);
  });

  it("is read as it was stored before, and is in the new table with the next word", async () => {
    setClock(T0);
    await from("weur");
    await runInDurableObject(monitorNamed("shop/weur"), (_, { storage }) => {
      storage.sql.exec(
        "CREATE TABLE directive (key TEXT PRIMARY KEY, version INTEGER NOT NULL, data TEXT NOT NULL) WITHOUT ROWID",
      );
      const data = JSON.stringify({ action: "drain", atMs: T0, untilMs: null, by: "before" });
      storage.sql.exec("INSERT INTO directive VALUES ('aws', 1, ?)", data);
    });
    await evictDurableObject(monitorNamed("shop/weur"));
    expect((await from("weur")).health).toEqual([4, 0]);
    await tell("shop/weur", { endpoint: "gcp", action: "weight", percent: 50 });
    await evictDurableObject(monitorNamed("shop/weur"));
    expect(await from("weur")).toMatchObject({ health: [4, 0], weight: [1, 0.5] });
    const left = await runInDurableObject(monitorNamed("shop/weur"), (_, { storage }) =>
      storage.sql.exec("SELECT key FROM directive").toArray(),
    );
    expect(left).toEqual([]);
  });
});
