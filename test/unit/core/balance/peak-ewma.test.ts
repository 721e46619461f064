import { describe, expect, it } from "vitest";
import { peakEwmaPolicy } from "../../../../src/core/balance/peak-ewma.ts";
import type { AttemptOutcome, OutcomeClass } from "../../../../src/core/outcome.ts";
import { seededRng } from "../../../../src/core/rng.ts";
import { alike, columnsOf, everyOne, inputOf, serviceOf } from "./fixture.ts";

const service = serviceOf(alike(2));
const ended = (outcome: OutcomeClass, latencyMs: number, nowMs: number, retryAfterMs = 0): AttemptOutcome => ({
  outcome,
  status: outcome === "ok" ? 200 : 503,
  latencyMs,
  nowMs,
  isRetry: false,
  isHedge: false,
  retryAfterMs,
});

function costAfter(outcomes: readonly AttemptOutcome[], nowMs: number, columns = columnsOf(service)): number {
  const policy = peakEwmaPolicy(service, { region: "weur", rng: seededRng(1) });
  for (const outcome of outcomes) policy.onOutcome!(0, outcome);
  return policy.explain!(columns, everyOne(service), 0, nowMs).cost!;
}

describe("peak EWMA", () => {
  it.each([
    ["jumps to a peak", [ended("ok", 20, 0), ended("ok", 500, 0)], 0, 500],
    [
      "approaches a faster answer slowly",
      [ended("ok", 100, 0), ended("ok", 10, 10_000)],
      10_000,
      100 / Math.E + 10 * (1 - 1 / Math.E),
    ],
    ["decays while idle", [ended("ok", 100, 0)], 10_000, 100 / Math.E],
    ["records a fast failure as the penalty", [ended("ok", 100, 0), ended("5xx", 1, 0)], 0, 1_000],
    ["records no failure as an improvement", [ended("ok", 4_000, 0), ended("connect-failure", 1, 0)], 0, 4_000],
    ["counts a throttled answer as long as it asks to wait", [ended("throttled", 1, 0, 7_000)], 0, 7_000],
    ["bounds what an endpoint may ask for", [ended("throttled", 1, 0, 1e9)], 0, 300_000],
    ["ignores what was cancelled", [ended("ok", 100, 0), ended("cancelled", 9_000, 0)], 0, 100],
  ] as const)("%s", (_, outcomes, nowMs, expected) => {
    expect(costAfter(outcomes, nowMs)).toBeCloseTo(expected, 6);
  });

  it("takes the shared estimate for what it never measured, else the default", () => {
    expect(costAfter([], 0, columnsOf(service, { latencyMs: [77, 1] }))).toBe(77);
    expect(costAfter([], 0, columnsOf(service, { latencyMs: [Number.NaN, 1] }))).toBe(30);
  });

  it("multiplies by what is pending, and adds what shared failures waste", () => {
    const columns = columnsOf(service, { ownInFlight: [3, 0], failureRatio: [0.5, 0] });
    expect(costAfter([ended("ok", 100, 0)], 0, columns)).toBe((100 + 1_000) * 4);
  });

  it("leaves a fast-failing endpoint to a request in many seconds, without any shared state", () => {
    const rng = seededRng(6);
    const policy = peakEwmaPolicy(service, { region: "weur", rng });
    let failed = 0;
    // 100 requests/s for 100 s. A failure costs 1 s; decayed by e each 10 s it undercuts the other's 50 ms after 30 s.
    for (let n = 0; n < 10_000; n++) {
      const nowMs = 10 * n;
      const e = policy.pick(columnsOf(service), everyOne(service), inputOf(rng, "", nowMs));
      if (e === 0) failed++;
      policy.onOutcome!(e, e === 0 ? ended("5xx", 1, nowMs) : ended("ok", 50, nowMs));
    }
    expect(failed).toBeLessThanOrEqual(5);
  });
});
