import { describe, expect, it } from "vitest";
import { createSketch, recordSketch, sketchToColumns } from "../../../../src/core/load/sketch.ts";
import { createMinute, minuteOf } from "../../../../src/core/monitor/minute.ts";
import { addTraffic, createTraffic, forgetTraffic, tallyOf, totalsOf } from "../../../../src/core/monitor/traffic.ts";
import type { ReportDelta } from "../../../../src/core/protocol.ts";
import { deltaOf, type Row } from "../../../fixtures/report-deltas.ts";

const T0 = 1_000_000;
const all = () => true;

function delta(
  rows: readonly Row[],
  latenciesMs: readonly number[] = [],
  rest: Partial<ReportDelta> = {},
): ReportDelta {
  const sketch = createSketch();
  for (const ms of latenciesMs) recordSketch(sketch, ms);
  const sketches = latenciesMs.length === 0 ? [] : rows.map(() => sketchToColumns(sketch));
  return deltaOf(rows, { ...rest, sketches });
}

describe("totals", () => {
  it("count every outcome of every endpoint, and all of them together", () => {
    const traffic = createTraffic(T0);
    const rows = [
      { id: "a", ok: 3, connectFailures: 1, timeouts: 2, latencySumMs: 30 },
      { id: "b", ok: 1, resets: 4, responses5xx: 5, throttled: 6, latencySumMs: 5 },
    ];
    addTraffic(traffic, delta(rows, [], { refused: 2 }), all, T0);
    addTraffic(traffic, delta([{ id: "gone", ok: 7 }]), (id) => id !== "gone", T0 + 1);
    const { life, requests, refused, sum, endpoints, past } = totalsOf(traffic, "life", T0 + 2);
    expect({ life, requests, refused, past }).toEqual({ life: "life", requests: 29, refused: 2, past: undefined });
    expect(sum).toMatchObject({
      id: "",
      ok: 11,
      connectFailures: 1,
      timeouts: 2,
      resets: 4,
      responses5xx: 5,
      throttled: 6,
    });
    expect(endpoints.map(({ id, ok, latencySumMs }) => [id, ok, latencySumMs])).toEqual([
      ["a", 3, 30],
      ["b", 1, 5],
    ]);
    expect(tallyOf(traffic)).toMatchObject({ good: 17, failed: 14 });
    forgetTraffic(traffic, (id) => id === "b");
    expect(totalsOf(traffic, "life", T0 + 3)).toMatchObject({ sum: { ok: 11 }, endpoints: [{ id: "b" }] });
  });

  it("say how they stood ten minutes ago, once there was such a time", () => {
    const traffic = createTraffic(T0);
    for (let minute = 0; minute <= 25; minute++) {
      const nowMs = T0 + minute * 60_000;
      addTraffic(traffic, delta([{ id: "a", ok: 1 }]), all, nowMs);
      const { past, sum } = totalsOf(traffic, "life", nowMs);
      // A note is made before the minute's own count is added, the first after a minute.
      const expected = minute < 11 ? undefined : minute - 10;
      expect([past?.sum.ok, sum.ok]).toEqual([expected, minute + 1]);
    }
    expect(traffic.notes.length).toBeLessThanOrEqual(11);
  });
});

describe("the last minute", () => {
  const minuteIn = (traffic: ReturnType<typeof createTraffic>, nowMs: number) =>
    minuteOf(
      [...traffic.byId.values()].map(({ minute }) => minute),
      traffic.sinceMs,
      nowMs,
    );

  it("is nothing for nobody", () => {
    const none = { rps: 0, successRatio: null, p50Ms: null, p99Ms: null };
    expect(minuteOf([], T0, T0)).toEqual(none);
    expect(minuteOf([createMinute()], T0, T0 + 60_000)).toEqual(none);
  });

  it("is a rate, a success ratio and percentiles, over all endpoints that are asked for", () => {
    const traffic = createTraffic(T0);
    const latencies = Array.from({ length: 100 }, (_, i) => i + 1);
    for (let second = 0; second < 60; second++) {
      const rows = [{ id: "a", ok: 8, timeouts: 2 }];
      addTraffic(traffic, delta(rows, latencies), all, T0 + second * 1_000);
    }
    const { rps, successRatio, p50Ms, p99Ms } = minuteIn(traffic, T0 + 60_000);
    expect([rps, successRatio]).toEqual([10, 0.8]);
    // The sketch's relative error is 2 %.
    expect(Math.abs(p50Ms! / 50 - 1)).toBeLessThan(0.04);
    expect(Math.abs(p99Ms! / 99 - 1)).toBeLessThan(0.04);
  });

  it("forgets what is older, rates and latencies", () => {
    const traffic = createTraffic(T0);
    addTraffic(traffic, delta([{ id: "a", ok: 100 }], [1_000]), all, T0);
    expect(minuteIn(traffic, T0 + 80_000)).toEqual({ rps: 0, successRatio: null, p50Ms: null, p99Ms: null });
    addTraffic(traffic, delta([{ id: "a", ok: 5 }], [10, 10, 10, 10, 10]), all, T0 + 80_000);
    expect(minuteIn(traffic, T0 + 80_000).p99Ms).toBeLessThan(11);
  });
});
