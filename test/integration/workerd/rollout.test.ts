import { evictDurableObject, reset, runDurableObjectAlarm, runInDurableObject } from "cloudflare:test";
import bundled from "heddle:mesh";
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { MESH_CONFIG_NAME } from "../../../durable-objects/mesh-config/mesh-config.ts";
import type { RolloutCommand, RolloutReply } from "../../../durable-objects/rollout/rollout.ts";
import type { RolloutDescription } from "../../../src/core/rollout/description.ts";
import { type Row, reportOf } from "../../fixtures/report-deltas.ts";
import { describeObject, eventually, ok, setClock, sync, T0 } from "./monitor-calls.ts";
import { monitorNamed, testEnv } from "./stubs.ts";

const NAME = "renewal";
const rollout = () => testEnv.ROLLOUT.getByName(NAME);

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

function described(reply: RolloutReply): RolloutDescription {
  if (!reply.ok) throw new Error(`${reply.error}: ${reply.detail}`);
  return reply.description;
}

const look = async () => described((await rollout().describe()) as RolloutReply);
const tell = async (command: RolloutCommand) => described((await rollout().operate(command)) as RolloutReply);

function passTime(ms: number): void {
  nowMs += ms;
  setClock(nowMs);
}

async function round(): Promise<RolloutDescription> {
  expect(await runDurableObjectAlarm(rollout())).toBe(true);
  return look();
}

/** Reports to both services, each heard of by its root. */
async function traffic(canary: Row, stable: Row = ok("one", 1_000), region: "weur" | "enam" = "weur") {
  for (const [service, row] of [
    ["old", stable],
    ["new", canary],
  ] as const) {
    await sync(reportOf([row], { service, region, reporter: `${service}-${region}`, seq: ++seq }));
    await eventually(async () => (await describeObject(`${service}/root`)).regions > 0);
  }
}

const failed = (id: string, n: number): Row => ({ id, responses5xx: n });

/** Started, and both regional objects looked at once. */
async function started(): Promise<void> {
  await traffic(ok("two", 1), ok("one", 1));
  await tell({ action: "start", by: "ada" });
  await round();
}

describe("a rollout", () => {
  it("has no alarm, no rows and no weight before somebody starts it", async () => {
    expect(await look()).toMatchObject({ phase: "idle", percent: 0, revision: 0, history: [] });
    expect(await runDurableObjectAlarm(rollout())).toBe(false);
  });

  it("tells its weight to the monitors, and they tell the isolates", async () => {
    await started();
    expect(await look()).toMatchObject({ phase: "running", step: 0, percent: 5, unheard: [] });
    for (const service of ["old", "new"]) {
      const snapshot = await sync(reportOf([], { service, seq: ++seq }));
      expect(snapshot.rollouts).toEqual([
        { name: NAME, stable: "old", canary: "new", percent: 5, revision: expect.any(Number) },
      ]);
    }
  });

  it("is promoted step by step when the canary does well, and ends with everything there", async () => {
    await started();
    const percents: number[] = [];
    for (let step = 0; step < 3; step++) {
      await traffic(ok("two", 500));
      passTime(30_000);
      expect((await round()).step).toBe(step);
      passTime(30_000);
      percents.push((await round()).percent);
    }
    expect(percents).toEqual([50, 100, 100]);
    expect(await round()).toMatchObject({ phase: "promoted", unheard: [] });
    expect(await runDurableObjectAlarm(rollout())).toBe(false);
    expect((await look()).history.map(({ phase, percent, by }) => [phase, percent, by])).toEqual([
      ["promoted", 100, ""],
      ["running", 100, ""],
      ["running", 50, ""],
      ["running", 5, "ada"],
    ]);
  });

  it("counts nothing from before it began, and waits for the requests it wants", async () => {
    await traffic(ok("two", 5_000), ok("one", 5_000));
    await tell({ action: "start" });
    await round();
    passTime(120_000);
    expect(await round()).toMatchObject({ step: 0, canary: { requests: 0 }, judgement: { verdict: "wait" } });
    await traffic(ok("two", 99));
    expect(await round()).toMatchObject({ step: 0, canary: { requests: 99, failureRatio: 0 } });
    await traffic(ok("two", 1));
    expect((await round()).step).toBe(1);
  });

  it("is rolled back at once by a canary that fails, in the first round after it", async () => {
    await started();
    await traffic(failed("two", 10));
    const after = await round();
    expect(after).toMatchObject({ phase: "rolled-back", percent: 0 });
    expect(after.why).toContain("failureRatio 1");
    await round();
    expect((await sync(reportOf([], { service: "new", seq: ++seq }))).rollouts).toMatchObject([{ percent: 0 }]);
  });

  it("counts requests that found no endpoint at the canary as failed", async () => {
    await started();
    await sync(reportOf([], { service: "new", reporter: "new-weur", seq: ++seq, refused: 40 }));
    expect(await round()).toMatchObject({ phase: "rolled-back", canary: { requests: 40, failureRatio: 1 } });
  });

  it("goes on with the same clock and counts after an eviction in the middle of a step", async () => {
    await started();
    await traffic(ok("two", 60));
    passTime(59_000);
    await round();
    await evictDurableObject(rollout());
    expect(await look()).toMatchObject({ bakedMs: 59_000, canary: { requests: 60 } });
    await traffic(ok("two", 60));
    passTime(1_000);
    expect(await round()).toMatchObject({ step: 1, percent: 50 });
  });

  it("loses nothing but the last moment when a monitor is evicted, and never counts backwards", async () => {
    await started();
    await traffic(ok("two", 60));
    await round();
    await evictDurableObject(monitorNamed("new/weur"));
    await traffic(ok("two", 30));
    expect((await round()).canary.requests).toBe(90);
    await traffic(ok("two", 10));
    expect((await round()).canary.requests).toBe(100);
  });

  it("takes in a region that joins later whole, and tells it the weight through the root", async () => {
    await started();
    await traffic(ok("two", 25), ok("one", 25), "enam");
    await eventually(
      async () =>
        (await sync(reportOf([], { service: "old", region: "enam", seq: ++seq }))).rollouts?.[0]?.percent === 5,
    );
    expect((await round()).canary.requests).toBe(25);
  });

  it("keeps the weight at a monitor that is evicted", async () => {
    await started();
    await evictDurableObject(monitorNamed("old/weur"));
    expect((await sync(reportOf([], { service: "old", seq: ++seq }))).rollouts).toMatchObject([{ percent: 5 }]);
  });

  it("stops its clock while it is paused, and goes back when it is aborted", async () => {
    await started();
    await traffic(ok("two", 500));
    passTime(30_000);
    await tell({ action: "pause", by: "ada" });
    passTime(600_000);
    expect(await round()).toMatchObject({ phase: "paused", percent: 5, bakedMs: 30_000 });
    await tell({ action: "resume", by: "ada" });
    passTime(29_000);
    expect((await round()).step).toBe(0);
    passTime(1_000);
    expect((await round()).step).toBe(1);
    expect(await tell({ action: "abort", by: "ada" })).toMatchObject({ phase: "aborted", percent: 0 });
  });

  it("sets an alarm again that was lost, when somebody looks", async () => {
    await started();
    await runInDurableObject(rollout(), (_, { storage }) => storage.deleteAlarm());
    expect(await runDurableObjectAlarm(rollout())).toBe(false);
    await look();
    expect(await runDurableObjectAlarm(rollout())).toBe(true);
  });

  it("refuses what is no command, what means nothing now, and names that the mesh does not have", async () => {
    expect(await rollout().operate({ action: "explode" } as never)).toMatchObject({ error: "invalid_command" });
    expect(await rollout().operate({ action: "pause" })).toMatchObject({ error: "not_possible" });
    expect(await testEnv.ROLLOUT.getByName("nobody").operate({ action: "start" })).toMatchObject({
      error: "unknown_rollout",
    });
  });

  it("begins anew when a mesh moves it to other services", async () => {
    await started();
    const [plan] = bundled.rollouts!;
    const moved = { ...bundled, version: "moved", compiledAtMs: 2_000, rollouts: [{ ...plan!, stable: 0 }] };
    await testEnv.MESH_CONFIG.getByName(MESH_CONFIG_NAME).put(moved);
    expect(await look()).toMatchObject({ phase: "idle", percent: 0, stable: { service: "shop" } });
    expect((await tell({ action: "start" })).revision).toBeGreaterThan(0);
  });

  it("leaves rows of a later version of this code alone", async () => {
    await started();
    await runInDurableObject(rollout(), (_, { storage }) => storage.sql.exec("UPDATE rollout SET version = 99"));
    await evictDurableObject(rollout());
    expect(await look()).toMatchObject({ phase: "idle" });
    const rows = await runInDurableObject(rollout(), (_, { storage }) =>
      storage.sql.exec("SELECT DISTINCT version FROM rollout").toArray(),
    );
    expect(rows).toEqual([{ version: 99 }]);
  });
});

describe("a monitor", () => {
  it("takes the later of two words whatever their order, and refuses what is none", async () => {
    const word = { name: NAME, stable: "old", canary: "new", percent: 50, revision: 20 };
    await monitorNamed("old/weur").carryRollout(word);
    await monitorNamed("old/weur").carryRollout({ ...word, percent: 5, revision: 19 });
    expect((await sync(reportOf([], { service: "old", seq: ++seq }))).rollouts).toEqual([word]);
    expect(await monitorNamed("old/weur").carryRollout({ ...word, percent: 101 })).toMatchObject({
      error: "invalid_word",
    });
    expect(await monitorNamed("old/weur/shard-0").carryRollout(word)).toMatchObject({ error: "not_configured" });
  });

  it("hands its shards the weight with their next exchange", async () => {
    const word = { name: NAME, stable: "old", canary: "new", percent: 50, revision: 20 };
    await monitorNamed("old/weur").carryRollout(word);
    const snapshot = await sync(reportOf([ok("one", 1)], { service: "old", seq: ++seq }), "old/weur/shard-0");
    expect(snapshot.rollouts).toEqual([word]);
  });
});
