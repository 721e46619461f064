import { describe, expect, it } from "vitest";
import {
  createLatencyModel,
  estimateLatency,
  floorMs,
  observeLatency,
  refreshUnloaded,
  serverTime,
} from "../../../../src/core/health/latency.ts";

const batch = (ok: number, meanMs: number, minMs: number) => ({
  ok,
  sumMs: ok * meanMs,
  minMs,
  overdue: 0,
  overdueAgeMs: 0,
});

describe("the latency model", () => {
  it("assumes the default where nothing was measured", () => {
    const m = createLatencyModel(2, 1, 30);
    expect(floorMs(m, 0, 0)).toBe(30);
    expect(serverTime(m, 0, 0).meanMs).toBeNaN();
    expect(estimateLatency(m, 0, 0, 0)).toEqual({ ms: 60, samples: 5 });
  });

  it("keeps the minimum as the way there and lets it drift up", () => {
    const m = createLatencyModel(1, 1, 30);
    observeLatency(m, 0, 0, batch(5, 60, 20), 1_000);
    observeLatency(m, 0, 0, batch(5, 60, 25), 2_000);
    expect(floorMs(m, 0, 0)).toBeCloseTo(20 * (1 + 1 / 300), 6);
    observeLatency(m, 0, 0, batch(5, 90, 50), 302_000);
    expect(floorMs(m, 0, 0)).toBeCloseTo(20 * (1 + 1 / 300) * 2, 6);
  });

  it("pools the time at an endpoint over regions whose ways differ", () => {
    const m = createLatencyModel(1, 2, 30);
    for (const at of [1_000, 1_100]) {
      observeLatency(m, 0, 0, batch(10, 50, 10), at);
      observeLatency(m, 1, 0, batch(30, 240, 200), at);
    }
    // Both wait 40 ms at the endpoint, however far away they are.
    expect(serverTime(m, 0, 1_100).meanMs).toBeCloseTo(40, 6);
  });

  it("counts overdue requests at their age so far", () => {
    const m = createLatencyModel(1, 1, 30);
    observeLatency(m, 0, 0, batch(10, 50, 10), 1_000);
    observeLatency(m, 0, 0, { ok: 0, sumMs: 0, minMs: Infinity, overdue: 10, overdueAgeMs: 4_000 }, 1_000);
    expect(serverTime(m, 0, 1_000).meanMs).toBeCloseTo((40 * 10 + 390 * 10) / 20, 6);
  });

  it("takes the least 5 s mean of the last minute for the unloaded time", () => {
    const m = createLatencyModel(2, 1, 30);
    for (let s = 0; s < 40; s++) observeLatency(m, 0, 0, batch(10, s < 20 ? 50 : 150, 10), s * 1_000);
    refreshUnloaded(m, 40_000);
    // The drifted floor lowers it a little: 0.3 % of 10 ms per second.
    expect(m.unloadedMs[0]).toBeGreaterThan(39);
    expect(m.unloadedMs[0]).toBeLessThan(41);
    refreshUnloaded(m, 40_000 + 70_000);
    expect(m.unloadedMs[0]).toBe(30);
  });

  it("gives an endpoint without samples the median of the others", () => {
    const m = createLatencyModel(4, 1, 30);
    for (let s = 0; s < 10; s++) {
      for (const [e, mean] of [20, 50, 90].entries()) observeLatency(m, 0, e, batch(10, 10 + mean, 10), s * 1_000);
    }
    refreshUnloaded(m, 10_000);
    expect(m.unloadedMs[3]).toBe(m.unloadedMs[1]);
  });

  it("compares endpoints by their own times only after three buckets", () => {
    const m = createLatencyModel(3, 1, 30);
    const upTo = (seconds: number) => {
      for (let s = 0; s < seconds; s++) {
        for (const [e, mean] of [20, 50, 90].entries()) observeLatency(m, 0, e, batch(10, 10 + mean, 10), s * 1_000);
      }
      refreshUnloaded(m, seconds * 1_000);
    };
    upTo(8);
    expect(new Set(m.comparableMs).size).toBe(1);
    upTo(16);
    expect(m.comparableMs[0]!).toBeLessThan(m.comparableMs[2]!);
  });

  it("forgets within seconds", () => {
    const m = createLatencyModel(1, 1, 30);
    observeLatency(m, 0, 0, batch(10, 50, 10), 1_000);
    expect(serverTime(m, 0, 6_000).samples).toBeLessThan(0.01);
  });
});
