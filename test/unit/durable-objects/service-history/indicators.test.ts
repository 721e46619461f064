import { describe, expect, it } from "vitest";
import { Indicators } from "../../../../durable-objects/service-history/indicators.ts";
import type { HistoryRecord } from "../../../../durable-objects/service-history/record.ts";
import { addBucket, type Bucket, createBucket, TIERS, type Tier } from "../../../../src/core/history/bucket.ts";
import { NO_COUNTS } from "../../../../src/core/history/counts.ts";
import type { Objective } from "../../../../src/core/slo/objective.ts";

const [SLOT, MINUTE] = TIERS;
const OBJECTIVE: Objective = {
  name: "up",
  kind: "availability",
  route: null,
  target: 0.99,
  thresholdMs: null,
  windowMs: 86_400_000,
};

/** Slots with so many good and bad attempts each, and what the coarser tiers make of them. */
function recordOf(slots: Map<number, readonly [good: number, bad: number]>) {
  const reads: number[] = [];
  const record = {
    lateChanges: 0,
    buckets(tier: Tier, first: number, end: number) {
      const found = new Map<number, Bucket>();
      reads.push(end - first);
      for (const [slot, [good, failed]] of slots) {
        const number = Math.floor(slot / tier.slots);
        if (number < first || number >= end) continue;
        const bucket = found.get(number) ?? createBucket();
        const counts = { ...NO_COUNTS, requests: good + failed, good, failed };
        addBucket(bucket, { slots: 1, regions: new Map([["weur", counts]]), endpoints: new Map(), routes: new Map() });
        found.set(number, bucket);
      }
      return [...found];
    },
  };
  return { record: record as unknown as HistoryRecord & { lateChanges: number }, reads };
}

function sumOf(slots: Map<number, readonly [number, number]>, from: number, to: number) {
  let [total, bad] = [0, 0];
  for (const [slot, [good, failed]] of slots) {
    if (slot < from || slot >= to) continue;
    total += good + failed;
    bad += failed;
  }
  return { total, bad };
}

describe("events over windows", () => {
  it("are those of the slots in the window, as time goes on, gaps included", () => {
    const slots = new Map<number, readonly [number, number]>();
    const { record } = recordOf(slots);
    const indicators = new Indicators(record, [OBJECTIVE]);
    for (let slot = 6_000; slot < 6_400; slot++) {
      if (slot % 7 !== 3) slots.set(slot, [slot % 11, slot % 5]);
      const at = indicators.at(0, slot + 1);
      for (const ms of [300_000, 1_800_000, 3_600_000]) {
        expect(at(ms)).toEqual(sumOf(slots, slot + 1 - ms / 10_000, slot + 1));
      }
    }
  });

  it("count the oldest minute of a long window for the share that is in it", () => {
    const slots = new Map(Array.from({ length: 2_998 }, (_, i) => [6_000 + i, [9, 1] as const]));
    const { record } = recordOf(slots);
    const at = new Indicators(record, [OBJECTIVE]).at(0, 8_998);
    // Six hours of even traffic: 2,160 slots of ten, though they begin within a minute.
    expect(at(6 * 3_600_000).total).toBeCloseTo(21_600, 6);
    expect(at(6 * 3_600_000).bad).toBeCloseTo(2_160, 6);
  });

  it("are read once, but for the bucket that goes on", () => {
    const slots = new Map(Array.from({ length: 700 }, (_, i) => [6_000 + i, [1, 0] as const]));
    const { record, reads } = recordOf(slots);
    const indicators = new Indicators(record, [OBJECTIVE]);
    indicators.at(0, 6_600)(3_600_000);
    indicators.at(0, 6_601)(3_600_000);
    indicators.at(0, 6_601)(6 * 3_600_000);
    indicators.at(0, 6_602)(6 * 3_600_000);
    expect(reads).toEqual([360, 1, (6 * 360) / MINUTE.slots + 1, 1]);
    expect(SLOT.slots).toBe(1);
  });

  it("are read anew when counts came late", () => {
    const slots = new Map<number, readonly [number, number]>([[6_000, [5, 0]]]);
    const { record } = recordOf(slots);
    const indicators = new Indicators(record, [OBJECTIVE]);
    expect(indicators.at(0, 6_010)(300_000)).toEqual({ total: 5, bad: 0 });
    slots.set(6_001, [0, 3]);
    (record as { lateChanges: number }).lateChanges++;
    expect(indicators.at(0, 6_010)(300_000)).toEqual({ total: 8, bad: 3 });
  });
});
