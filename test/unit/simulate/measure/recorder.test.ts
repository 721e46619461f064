import { describe, expect, it } from "vitest";
import {
  createRecorder,
  type Recorder,
  recordFirstAttempt,
  recordRequest,
  windowAt,
} from "../../../../src/simulate/measure/recorder.ts";
import { timelineOf, windowsOf } from "../../../../src/simulate/measure/summary.ts";
import type { Scenario } from "../../../../src/simulate/scenario.ts";

const DOWN: Scenario = {
  name: "down",
  faults: [{ fault: { type: "down", target: { type: "endpoint", id: "a" } }, atMs: 10_000, forMs: 20_000 }],
};

const recorderOf = (scenario = DOWN): Recorder =>
  createRecorder({ scenario, durationMs: 60_000, sloMs: 100, endpoints: 2 });

const answer = { ok: true, latencyMs: 50, retries: 0, isShed: false };

describe("a recorder", () => {
  it("counts a request in the window and the bucket in which it began", () => {
    const recorder = recorderOf();
    recordRequest(recorder, 9_999, answer);
    recordRequest(recorder, 10_000, { ...answer, ok: false, retries: 2 });
    recordRequest(recorder, 34_999, { ...answer, latencyMs: 101 });
    recordRequest(recorder, 35_000, { ...answer, ok: false, isShed: true });
    const { before, during, after, whole } = windowsOf(recorder);
    expect(before).toMatchObject({
      fromMs: 0,
      toMs: 10_000,
      requests: 1,
      success: 1,
      withinSlo: 1,
      retriesPerRequest: 0,
    });
    expect(during).toMatchObject({ requests: 2, success: 0.5, withinSlo: 0, retriesPerRequest: 1, shed: 0 });
    expect(after).toMatchObject({ requests: 1, success: 0, shed: 1 });
    expect(whole).toMatchObject({ fromMs: 0, toMs: 60_000, requests: 4, success: 0.5, withinSlo: 0.25, shed: 0.25 });
    const timeline = timelineOf(recorder);
    expect(timeline.bucketMs).toBe(1_000);
    expect(timeline.requests[9]).toBe(1);
    expect(timeline.failed[10]).toBe(1);
    expect(timeline.shed[35]).toBe(1);
  });

  it("does not count what began in the warm-up or after the end", () => {
    const recorder = recorderOf();
    recordRequest(recorder, -1, answer);
    recordRequest(recorder, 60_000, answer);
    recordFirstAttempt(recorder, -1, 0, true);
    recordFirstAttempt(recorder, 60_000, 0, true);
    expect(windowsOf(recorder).whole.requests).toBe(0);
    expect(
      timelineOf(recorder)
        .attempts.flat()
        .every((count) => count === 0),
    ).toBe(true);
  });

  it("knows latencies of successful requests within two percent", () => {
    const recorder = recorderOf();
    for (let i = 1; i <= 1_000; i++) recordRequest(recorder, i, { ...answer, latencyMs: i });
    recordRequest(recorder, 1, { ...answer, ok: false, latencyMs: 9_999 });
    const { p50Ms, p99Ms, p999Ms } = windowsOf(recorder).before;
    expect(Math.abs(p50Ms / 500 - 1)).toBeLessThan(0.021);
    expect(Math.abs(p99Ms / 990 - 1)).toBeLessThan(0.021);
    expect(Math.abs(p999Ms / 999 - 1)).toBeLessThan(0.021);
  });

  it("gives NaN for a window without requests", () => {
    const { after } = windowsOf(recorderOf());
    expect(after.requests).toBe(0);
    expect([after.success, after.p50Ms, after.retriesPerRequest]).toEqual([Number.NaN, Number.NaN, Number.NaN]);
  });

  it("has one window when nothing goes wrong", () => {
    const recorder = recorderOf({ name: "calm", faults: [] });
    expect([0, 30_000, 59_999].map((sinceMs) => windowAt(recorder, sinceMs))).toEqual([0, 0, 0]);
  });

  it("takes as much memory for a million requests as for none, and bounded memory for a long day", () => {
    const long = createRecorder({ scenario: DOWN, durationMs: 7 * 86_400_000, sloMs: 100, endpoints: 2 });
    expect(long.buckets.length).toBeLessThanOrEqual(600);
    expect(long.fine.requests.length).toBeLessThanOrEqual(36_000);
  });
});
