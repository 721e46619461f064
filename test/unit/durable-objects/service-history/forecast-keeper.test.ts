import { describe, expect, it } from "vitest";
import { ForecastKeeper } from "../../../../durable-objects/service-history/forecast-keeper.ts";
import type { News } from "../../../../durable-objects/service-history/news.ts";
import type { NewsLog } from "../../../../durable-objects/service-history/news-log.ts";
import type { HistoryRecord } from "../../../../durable-objects/service-history/record.ts";
import type { DescribeReply } from "../../../../durable-objects/service-monitor/replies.ts";
import { createBucket, TIERS, type Tier } from "../../../../src/core/history/bucket.ts";
import { NO_COUNTS } from "../../../../src/core/history/counts.ts";

const HOUR = TIERS[2];
const FIRST = 480_000;

/** Three weeks of hours: 100 requests a second at noon, next to none at night, and a few more every hour. */
function world(growth: number) {
  let hour = FIRST + 504;
  const told: News[] = [];
  const sql = { exec: () => ({ toArray: () => [] }) } as unknown as SqlStorage;
  const record = {
    get mark() {
      return { slot: hour * 360, regions: new Map() };
    },
    buckets(tier: Tier, first: number, end: number) {
      if (tier !== HOUR) return [];
      return Array.from({ length: end - Math.max(first, FIRST) }, (_, i) => {
        const number = Math.max(first, FIRST) + i;
        const bucket = createBucket();
        bucket.slots = 360;
        const rps = 50 - 49 * Math.cos(((number % 24) / 24) * 2 * Math.PI) + growth * (number - FIRST);
        bucket.regions.set("weur", { ...NO_COUNTS, requests: rps * 3_600 });
        return [number, bucket] as const;
      });
    },
  } as unknown as HistoryRecord;
  const log = { add: (news: News) => void told.push(news) } as unknown as NewsLog;
  const keeper = new ForecastKeeper(sql, record, log);
  return {
    told,
    /** An hour passes, and the root says what one endpoint can deliver, and whether it is healthy. */
    async watch(knownRps: number, health = 1): Promise<void> {
      const endpoint = { health, breaker: 0, passive: { knownRps } };
      const reply = { ok: true, description: { endpoints: [endpoint] } } as unknown as DescribeReply;
      await keeper.watch({ getByName: () => ({ describe: async () => reply }) }, "shop", hour * 3_600_000);
      hour++;
    },
  };
}

describe("a shortage", () => {
  it("is told once when the day ahead reaches the capacity, and when it no longer does", async () => {
    const { told, watch } = world(0);
    await watch(150);
    expect(told).toEqual([]);
    await watch(80);
    await watch(80);
    expect(told).toHaveLength(1);
    expect(told[0]).toMatchObject({ type: "forecast", severity: "warning", key: "forecast/capacity", resolved: false });
    expect(told[0]!.cause).toMatchObject({ capacityRps: 80 });
    expect(told[0]!.cause.peakRps as number).toBeCloseTo(99, -1);
    await watch(101);
    expect(told).toHaveLength(1);
    await watch(150);
    expect(told[1]).toMatchObject({ severity: "info", resolved: true });
  });

  it("is nothing while nobody knows the capacity, and while no endpoint serves", async () => {
    const { told, watch } = world(0);
    await watch(Number.POSITIVE_INFINITY);
    await watch(10, 2);
    expect(told).toEqual([]);
  });

  it("is looked for once an hour", async () => {
    const { told, watch } = world(0.1);
    for (let hour = 0; hour < 3; hour++) await watch(120);
    expect(told).toHaveLength(1);
  });
});
