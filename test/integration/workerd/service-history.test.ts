import { evictDurableObject, reset, runDurableObjectAlarm, runInDurableObject } from "cloudflare:test";
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import type {
  ForecastReply,
  HistoryReply,
  ServiceHistoryCalls,
  SloReply,
} from "../../../durable-objects/service-history/replies.ts";
import { type Row, reportOf } from "../../fixtures/report-deltas.ts";
import { ok, refused, setClock, sync, T0 } from "./monitor-calls.ts";
import { testEnv } from "./stubs.ts";

/** At the beginning of an hour. */
const START = Math.ceil(T0 / 3_600_000) * 3_600_000;
const SLOT = 10_000;

let nowMs = START;
let seq = 0;

beforeEach(() => {
  nowMs = START;
  seq = 0;
  setClock(START);
});

afterEach(async () => {
  vi.useRealTimers();
  await reset();
});

const objectOf = (service: string) => testEnv.SERVICE_HISTORY.getByName(service);
const callsOf = (service: string) => objectOf(service) as unknown as ServiceHistoryCalls;

/** Time passes until the next slot, and the alarm comes. */
async function tick(service: string, slots = 1): Promise<void> {
  nowMs += slots * SLOT;
  setClock(nowMs);
  expect(await runDurableObjectAlarm(objectOf(service))).toBe(true);
}

async function traffic(service: string, rows: readonly Row[], region: "weur" | "enam" = "weur"): Promise<void> {
  await sync(reportOf(rows, { service, region, reporter: `isolate-${region}`, seq: ++seq }));
}

async function history(service: string, ms = 3_600_000, stepMs: number | null = SLOT): Promise<HistoryReply> {
  return (await callsOf(service).history({ fromMs: nowMs - ms, toMs: nowMs, stepMs })) as HistoryReply;
}

const sum = (column: readonly (number | null)[]) => column.reduce<number>((total, one) => total + (one ?? 0), 0);
const known = (column: readonly (number | null)[]) => column.filter((one) => one !== null);
const stateOf = async (service: string) => ((await callsOf(service).slo()) as SloReply).objectives[0];

/** The monitors are there, and the first look was taken. */
async function begin(service: string): Promise<void> {
  await traffic(service, []);
  await callsOf(service).start();
  expect(await runDurableObjectAlarm(objectOf(service))).toBe(true);
}

describe("the history of a service", () => {
  it("has what each region counted, in its ten seconds, once", async () => {
    await begin("shop");
    await traffic("shop", [ok("aws", 30), refused("gcp", 10)]);
    await tick("shop");
    await tick("shop");
    await traffic("shop", [ok("aws", 5)]);
    await traffic("shop", [ok("aws", 7)], "enam");
    await tick("shop");
    const { requests, success, regions, endpoints, atMs, knownToMs } = await history("shop", 30_000);
    expect(requests).toEqual([40, 0, 12]);
    expect(success).toEqual([0.75, null, 1]);
    expect(regions.weur!.rps.map((rps) => (rps ?? 0) * 10)).toEqual([40, 0, 5]);
    // Its monitor began with the report: what it counted is of the slot that this was in.
    expect(sum(regions.enam!.rps) * 10).toBeCloseTo(7, 9);
    expect(endpoints.gcp!.success[0]).toBe(0);
    expect([atMs[0], knownToMs]).toEqual([START, START + 30_000]);
  });

  it("counts nothing twice, and nothing negative, when a monitor begins a new life", async () => {
    await begin("shop");
    await traffic("shop", [ok("aws", 30)]);
    await tick("shop");
    await evictDurableObject(testEnv.SERVICE_MONITOR.getByName("shop/weur"));
    await traffic("shop", [ok("aws", 4)]);
    await tick("shop");
    expect((await history("shop", 20_000)).requests).toEqual([30, 4]);
  });

  it("goes on after an eviction, minutes and hours that were not over included", async () => {
    await begin("shop");
    for (let i = 0; i < 9; i++) {
      await traffic("shop", [ok("aws", 10)]);
      await tick("shop");
      if (i === 4 || i === 7) await evictDurableObject(objectOf("shop"));
    }
    expect((await history("shop", 90_000, 60_000)).requests).toEqual([60, 30]);
    expect((await history("shop", 3_600_000, 3_600_000)).requests.at(-1)).toBe(90);
    await tick("shop", 360);
    expect(sum((await history("shop", 7_200_000, 3_600_000)).requests)).toBe(90);
  });

  it("leaves a gap where it does not know, and spreads what was counted meanwhile", async () => {
    await traffic("shop", []);
    expect(known((await history("shop", 60_000)).requests).length).toBeLessThanOrEqual(1);
    await traffic("shop", [ok("aws", 60)]);
    await tick("shop", 6);
    expect((await history("shop", 120_000)).requests.slice(-7)).toEqual([expect.anything(), 10, 10, 10, 10, 10, 10]);
    expect((await history("shop", 120_000)).requests.slice(0, 5)).toEqual([null, null, null, null, null]);
  });

  it("is bounded, however long it goes on", async () => {
    await begin("shop");
    for (let i = 0; i < 5; i++) {
      await traffic("shop", [ok("aws", 1_000_000)]);
      await tick("shop", 360 * 24 * 60);
    }
    const rows = await runInDurableObject(objectOf("shop"), (_, state) =>
      state.storage.sql
        .exec<{ tier: number; n: number }>("SELECT tier, count(*) AS n FROM bucket GROUP BY tier")
        .toArray(),
    );
    expect(rows).toEqual([
      { tier: 0, n: 720 },
      { tier: 1, n: 2_880 },
      { tier: 2, n: 2_160 },
    ]);
  });

  it("looks rarely while nothing happens, and often again", async () => {
    await begin("shop");
    const nextIn = () =>
      runInDurableObject(objectOf("shop"), async (_, state) => (await state.storage.getAlarm())! - nowMs);
    expect(await nextIn()).toBe(SLOT);
    await tick("shop", 61);
    expect(await nextIn()).toBe(60_000);
    await traffic("shop", [ok("aws", 1)]);
    await tick("shop", 6);
    expect(await nextIn()).toBe(SLOT);
  });

  it("ends for a service that the mesh does not have, until somebody asks again", async () => {
    await callsOf("nowhere").start();
    expect(await runDurableObjectAlarm(objectOf("nowhere"))).toBe(true);
    expect(await runDurableObjectAlarm(objectOf("nowhere"))).toBe(false);
    await callsOf("nowhere").start();
    expect(await runDurableObjectAlarm(objectOf("nowhere"))).toBe(true);
  });
});

describe("the objectives of a service", () => {
  it("burn during a fault, and are told of when it begins and when it is over", async () => {
    await begin("promised");
    for (let i = 0; i < 6; i++) {
      await traffic("promised", [ok("aws", 100)]);
      await tick("promised");
    }
    expect(await stateOf("promised")).toMatchObject({ state: "ok", total: 600, bad: 0, budgetRemainingRatio: 1 });
    for (let i = 0; i < 6; i++) {
      await traffic("promised", [refused("aws", 100)]);
      await tick("promised");
    }
    const burning = (await stateOf("promised"))!;
    expect(burning).toMatchObject({ state: "page", total: 1_200, bad: 600, exhaustedInMs: 0 });
    expect(burning.budgetRemainingRatio).toBeCloseTo(1 - 0.5 / 0.1, 6);
    await evictDurableObject(objectOf("promised"));
    expect(await stateOf("promised")).toEqual(burning);
    for (let minute = 0; minute < 9; minute++) {
      await traffic("promised", [ok("aws", 6_000)]);
      await tick("promised", 6);
    }
    const after = (await stateOf("promised"))!;
    expect([after.state, after.total, after.bad]).toEqual(["ok", 55_200, 600]);
    const news = await callsOf("promised").news({ after: 0 });
    expect(news.map(({ n, event }) => [n, event.severity, event.resolved, event.id])).toEqual([
      [1, "critical", false, "promised:history:1"],
      [2, "info", true, "promised:history:2"],
    ]);
    expect(await callsOf("promised").news({ after: 1 })).toHaveLength(1);
  });

  it("forget what has left their window", async () => {
    await begin("promised");
    await traffic("promised", [refused("aws", 50), ok("gcp", 50)]);
    await tick("promised");
    expect(await stateOf("promised")).toMatchObject({ total: 100, bad: 50 });
    await tick("promised", 358);
    expect(await stateOf("promised")).toMatchObject({ total: 100, bad: 50 });
    await tick("promised", 2);
    expect(await stateOf("promised")).toMatchObject({ total: 0, bad: 0, budgetRemainingRatio: 1 });
  });
});

describe("the forecast of a service", () => {
  const forecast = async (service: string, region: string | null = null) =>
    (await callsOf(service).forecast({ region })) as ForecastReply | null;

  it("is naive, then of five minutes, then of hours with the day in it", async () => {
    await begin("shop");
    expect(await forecast("shop")).toMatchObject({ method: "none", values: [] });
    await traffic("shop", [ok("aws", 100)]);
    await tick("shop", 60);
    expect(await forecast("shop")).toMatchObject({ method: "naive", step: 300_000 });
    for (let i = 0; i < 4; i++) {
      await traffic("shop", [ok("aws", 2_400)]);
      await tick("shop", 120);
    }
    const short = (await forecast("shop"))!;
    expect([short.step, short.seasons, short.values.length]).toEqual([300_000, [], 36]);
    expect(short.values[0]).toBeCloseTo(2, 1);
    for (let half = 0; half < 6; half++) {
      await traffic("shop", [ok("aws", half % 2 === 0 ? 43_200 : 432_000)]);
      await tick("shop", 12 * 360);
    }
    const { atMs, values, seasons, step, capacity, lower80, upper80 } = (await forecast("shop"))!;
    expect([step, seasons, values.length, atMs.length]).toEqual([3_600_000, [24], 168, 168]);
    expect([Math.max(...values) > 6, Math.min(...values) < 4]).toEqual([true, true]);
    expect(values.every((value, h) => lower80[h]! <= value && value <= upper80[h]!)).toBe(true);
    expect(atMs[0]).toBeLessThanOrEqual(nowMs);
    expect(capacity).toMatchObject({ rps: null, endpoints: 2, unknown: 2 });
    expect((await forecast("shop", "enam"))!.values.every((rps) => rps === 0)).toBe(true);
    await evictDurableObject(objectOf("shop"));
    expect((await forecast("shop"))!.values).toEqual(values);
  });
});
