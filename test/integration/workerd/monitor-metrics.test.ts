/** Counts for metrics in a real object: durable before they are shown, so that no eviction takes any back. */
import { abortAllDurableObjects, evictDurableObject, reset, runInDurableObject } from "cloudflare:test";
import { afterEach, describe, expect, it, vi } from "vitest";
import type { MetricsReply } from "../../../durable-objects/service-monitor/replies.ts";
import type { Report, TrafficColumns } from "../../../src/core/protocol.ts";
import { createTrafficSlot, trafficToSend } from "../../../src/core/traffic/columns.ts";
import { countOne, countRequest, countUpstream, createTally } from "../../../src/core/traffic/tally.ts";
import { familiesOf } from "../../../src/telemetry/metrics/families.ts";
import { reportOf } from "../../fixtures/report-deltas.ts";
import { ok, refused, runAlarm, setClock, sync, T0 } from "./monitor-calls.ts";
import { monitorNamed } from "./stubs.ts";

const NAME = "shop/weur";

afterEach(async () => {
  vi.useRealTimers();
  await reset();
});

function traffic(seq: number, requests = 3): TrafficColumns {
  const tally = createTally();
  for (let i = 0; i < requests; i++) countRequest(tally, "main", "aws", "GET", 200, 0, 20 * i);
  countOne(tally, "syncCalls");
  return { ...trafficToSend(createTrafficSlot(), tally, createTally(), 40)!, seq };
}

const report = (seq: number, rest: Partial<Report> = {}): Report => ({
  ...reportOf([ok("aws", 3), refused("gcp", 20)], { seq }),
  traffic: traffic(seq),
  ...rest,
});

async function metrics(name = NAME): Promise<Extract<MetricsReply, { ok: true }>> {
  const reply = await monitorNamed(name).metrics();
  if (!reply.ok) throw new Error(reply.detail);
  return reply as unknown as Extract<MetricsReply, { ok: true }>;
}

/** Every counter and every number of a histogram, by the name and the labels that Prometheus sees. */
async function counts(name = NAME): Promise<ReadonlyMap<string, number>> {
  const object = await metrics(name);
  const families = familiesOf({ objects: [object], config: null, asked: 1, missing: 0, durationMs: 0 });
  return new Map(
    families.flatMap((family): [string, number][] => {
      if (family.type === "counter") {
        return family.samples.map(({ labels, value }) => [`${family.name} ${JSON.stringify(labels)}`, value]);
      }
      if (family.type !== "histogram") return [];
      return family.histograms.flatMap(({ labels, buckets, count, sum }) =>
        [...buckets, count, sum].map((n, i): [string, number] => [`${family.name} ${JSON.stringify(labels)} ${i}`, n]),
      );
    }),
  );
}

function expectNoneLess(before: ReadonlyMap<string, number>, after: ReadonlyMap<string, number>): void {
  for (const [key, value] of before) expect(after.get(key), key).toBeGreaterThanOrEqual(value);
}

describe("metrics", () => {
  it("counts what isolates reported, once however often it arrives", async () => {
    await sync(report(1));
    await sync(report(1));
    // The report was given up, its block was not: it comes along with the next one.
    await sync(report(2, { traffic: traffic(1) }));
    const { series } = await metrics();
    expect(series.counters.requests).toEqual([[["main", "aws", "GET", "2xx", ""], 3]]);
    expect(series.counters.attempts).toContainEqual([["aws", "ok"], 6]);
    expect(series.counters.ejections).toMatchObject([[["gcp", expect.any(String)], 1]]);
    expect(series.counters.transitions).toContainEqual([["gcp", "open"], 1]);
  });

  it("lets no series go backwards when the object is evicted or killed, whenever that is", async () => {
    await sync(report(1));
    const first = await counts();
    expect(first.size).toBeGreaterThan(20);
    await evictDurableObject(monitorNamed(NAME));
    const second = await counts();
    expectNoneLess(first, second);
    await sync(report(2));
    const third = await counts();
    expectNoneLess(second, third);
    expect([...third.keys()].some((key) => third.get(key)! > (second.get(key) ?? 0))).toBe(true);
    // What nobody was shown may be lost, what was shown may not.
    await sync(report(3));
    await abortAllDurableObjects();
    const fourth = await counts();
    expectNoneLess(third, fourth);
    for (let seq = 4; seq < 8; seq++) {
      await sync(report(seq));
      const before = await counts();
      await (seq % 2 === 0 ? abortAllDurableObjects() : evictDurableObject(monitorNamed(NAME)));
      expectNoneLess(before, await counts());
    }
  });

  it("writes counts by itself too, and then sleeps", async () => {
    setClock(T0);
    await sync(report(1));
    setClock(T0 + 10_000);
    await runAlarm(NAME);
    const rows = await runInDurableObject(monitorNamed(NAME), (_, { storage }) =>
      storage.sql.exec("SELECT key, version, length(data) AS length FROM series").toArray(),
    );
    expect(rows).toEqual([{ key: "0", version: 1, length: expect.any(Number) }]);
    await evictDurableObject(monitorNamed(NAME));
    expect((await metrics()).series.counters.requests).toEqual([[["main", "aws", "GET", "2xx", ""], 3]]);
  });

  it("keeps counts that are more than a row holds", async () => {
    const tally = createTally();
    const long = "x".repeat(250);
    for (let i = 0; i < 300; i++) {
      countRequest(tally, `r${i % 60}`, `${i}${long}`, "GET", 200, 0, 1);
      countUpstream(tally, `${i}${long}`, 1);
    }
    const block = trafficToSend(createTrafficSlot(), tally, createTally(), 0)!;
    for (let i = 1; i <= 7; i++) {
      const endpoints = block.endpoints.map((id) => `${i}${id}`.slice(0, 256));
      await sync(reportOf([], { seq: i, traffic: { ...block, endpoints, seq: i } }));
    }
    const before = await counts();
    const rows = await runInDurableObject(monitorNamed(NAME), (_, { storage }) =>
      storage.sql.exec<{ n: number }>("SELECT count(*) AS n FROM series").one(),
    );
    expect(rows.n).toBeGreaterThan(1);
    await abortAllDurableObjects();
    expectNoneLess(before, await counts());
  });

  it("keeps what a shard counts with the shard, and through its evictions", async () => {
    const shard = `${NAME}/shard-1`;
    await sync(report(1), shard);
    const before = await counts(shard);
    expect(before.size).toBeGreaterThan(10);
    await abortAllDurableObjects();
    expectNoneLess(before, await counts(shard));
  });

  it("is refused by an object whose name is no monitor's", async () => {
    expect(await monitorNamed("nonsense").metrics()).toMatchObject({ ok: false, error: "not_configured" });
  });
});
