import { beforeAll, describe, expect, it } from "vitest";
import type { RequestPolicy } from "../../../../src/core/mesh.ts";
import { seededRng } from "../../../../src/core/rng.ts";
import {
  admit,
  attemptTimeoutMs,
  expectedLatencyMs,
  hedgeDelayMs,
  mayRetry,
  onAnswerBroken,
  onAttemptEnd,
  onAttemptStart,
  onUnsent,
  takeReport,
} from "../../../../src/core/service-state.ts";
import { SIM_POLICY } from "../../../simulation/sim-service.ts";
import { attempt, informed, outcomeOf, restartChance, rng, serviceWith, stateOf } from "./fixture.ts";

beforeAll(restartChance);

const limits = serviceWith().limits;
const request = { nowMs: 1_100, rng, requestClass: "" };

describe("admission", () => {
  it("lets everything in without limits", () => {
    expect(admit(informed(), request)).toBeNull();
  });

  it("refuses above the service's limit, counting the others' requests", () => {
    const state = informed({ inFlight: [3, 3, 2] }, { limits: { ...limits, maxRequests: 10 } });
    expect(admit(state, request)).toBeNull();
    onAttemptStart(state, 0, 1_100);
    onAttemptStart(state, 0, 1_100);
    expect(admit(state, request)).toEqual({
      reason: "overflow",
      service: "sim",
      limit: "maxRequests",
      retryAfterMs: 1_000,
    });
    onAttemptEnd(state, 0, outcomeOf("cancelled", 1_200), null);
    expect(admit(state, request)).toBeNull();
  });

  it("refuses when every endpoint is full", () => {
    const state = informed({ inFlight: [2, 2, 1] }, { limits: { ...limits, maxRequestsPerEndpoint: 2 } });
    expect(admit(state, request)).toBeNull();
    onAttemptStart(state, 2, 1_100);
    expect(admit(state, request)).toMatchObject({ reason: "overflow", limit: "maxRequestsPerEndpoint" });
  });

  it("sheds the share the snapshot asks for", () => {
    const state = informed({ shed: 0.3 });
    const chance = seededRng(5);
    let refused = 0;
    for (let i = 0; i < 2_000; i++) if (admit(state, { ...request, rng: chance }) !== null) refused++;
    // 600 of 2,000; three standard deviations are 61.
    expect(Math.abs(refused - 600)).toBeLessThan(62);
  });

  it("sheds the least important class first", () => {
    const requestClass = { header: "x-class", classes: ["high", "low"], defaultClass: "low" };
    const state = informed({ shed: 0.4 }, { limits: { ...limits, requestClass } });
    const refused = { high: 0, low: 0 };
    for (let i = 0; i < 1_000; i++) {
      for (const name of ["high", "low"] as const) {
        if (admit(state, { ...request, requestClass: name }) !== null) refused[name]++;
      }
    }
    expect(refused.high).toBe(0);
    // 80 % of 1,000; three standard deviations are 38.
    expect(Math.abs(refused.low - 800)).toBeLessThan(39);
  });

  it("stops shedding when the snapshot is too old to know", () => {
    const state = informed({ shed: 1 });
    expect(admit(state, request)).not.toBeNull();
    expect(admit(state, { ...request, nowMs: 6_100 })).toBeNull();
  });
});

describe("the retry budget", () => {
  const ask = { nowMs: 1_100, rng, hadLease: false };

  it("is the isolate's bucket while the mesh allows all", () => {
    const state = informed();
    const granted = Array.from({ length: 8 }, () => mayRetry(state, ask)).filter(Boolean).length;
    expect(granted).toBe(5);
    for (let i = 0; i < 12; i++) admit(state, request);
    expect([mayRetry(state, ask), mayRetry(state, ask), mayRetry(state, ask)]).toEqual([true, true, false]);
  });

  it("is nothing when the mesh has none left, but the retry of a lent probe is free", () => {
    const state = informed({ retryAllow: 0 });
    expect(mayRetry(state, ask)).toBe(false);
    expect(mayRetry(state, { ...ask, hadLease: true })).toBe(true);
  });

  it("is the published share", () => {
    const state = informed({ retryAllow: 0.25 });
    const chance = seededRng(8);
    let granted = 0;
    for (let i = 0; i < 2_000; i++) {
      state.bucket.tokens = 5;
      if (mayRetry(state, { ...ask, rng: chance })) granted++;
    }
    // 500 of 2,000; three standard deviations are 58.
    expect(Math.abs(granted - 500)).toBeLessThan(59);
  });
});

describe("latency, timeouts and hedges", () => {
  it("expects the default before anything is known, then the snapshot's, then its own evidence too", () => {
    expect(expectedLatencyMs(stateOf(), 0)).toBe(30);
    const state = informed({ latencySamples: [10, 10, 10] });
    expect(expectedLatencyMs(state, 0)).toBe(40);
    for (let i = 0; i < 10; i++) attempt(state, 0, "ok", 1_100, { latencyMs: 80 });
    expect(expectedLatencyMs(state, 0)).toBeCloseTo(60, 6);
  });

  it.each([
    ["the fixed one", { attemptTimeoutMs: 700 }, 40, 700],
    ["eight times the latency", {}, 200, 1_600],
    ["at least the lower bound", {}, 40, 1_500],
    ["at most the upper bound", {}, 400, 2_000],
  ])("limits an attempt to %s", (_, change, latencyMs, expected) => {
    const state = informed({ latencyMs: [latencyMs, 50, 50] });
    expect(attemptTimeoutMs(state, 0, { ...SIM_POLICY, ...change })).toBeCloseTo(expected, 6);
  });

  it("hedges after the published delay, within its budget", () => {
    const policy: RequestPolicy = { ...SIM_POLICY, hedge: { percentile: 95, minDelayMs: 10, budgetPercent: 10 } };
    const state = informed({ hedgeDelayMs: 120 });
    const delays = Array.from({ length: 30 }, () => hedgeDelayMs(state, policy, 1_100));
    expect(delays.slice(0, 9).every((delay) => delay === 0)).toBe(true);
    expect(delays[29]).toBe(120);
    for (let i = 0; i < 3; i++) attempt(state, 1, "ok", 1_200, { isHedge: true });
    expect(hedgeDelayMs(state, policy, 1_200)).toBe(0);
    expect(hedgeDelayMs(state, SIM_POLICY, 1_200)).toBe(0);
  });

  it("does not hedge by a snapshot that is too old", () => {
    const policy: RequestPolicy = { ...SIM_POLICY, hedge: { percentile: 95, minDelayMs: 10, budgetPercent: 100 } };
    const state = informed({ hedgeDelayMs: 3 });
    expect(hedgeDelayMs(state, policy, 1_100)).toBe(10);
    expect(hedgeDelayMs(state, policy, 6_100)).toBe(0);
  });
});

describe("attempts", () => {
  it("leave nothing in flight, cancelled ones included", () => {
    const state = informed({ inFlight: [4, 0, 0] });
    for (const outcome of ["ok", "timeout", "cancelled", "throttled"] as const) {
      onAttemptStart(state, 0, 1_100);
      onAttemptEnd(state, 0, outcomeOf(outcome, 1_200), null);
    }
    expect(state.columns.ownInFlight[0]).toBe(0);
    expect(state.columns.inFlight[0]).toBe(4);
  });

  it("are no evidence when cancelled", () => {
    const state = informed();
    const before = state.columns.failureRatio[0];
    attempt(state, 0, "cancelled", 1_100);
    expect(state.columns.failureRatio[0]).toBe(before);
  });
});

describe("an attempt that was not sent for want of something here", () => {
  it("keeps this isolate away, after as many as failures would, and is reported to nobody", () => {
    const state = informed({}, { circuitBreaker: { ...serviceWith().circuitBreaker, localConsecutiveFailures: 3 } });
    const lease = { id: "a1", generation: 1, scope: "region", ttlMs: 3_000 } as const;
    for (const nowMs of [1_100, 1_101, 1_102]) {
      expect(state.own.outUntilMs[0]).toBe(0);
      onAttemptStart(state, 0, nowMs);
      onAttemptEnd(state, 0, outcomeOf("cancelled", nowMs), lease);
      onUnsent(state, 0, nowMs);
    }
    expect(state.own.outUntilMs[0]).toBeGreaterThan(1_102);
    expect(state.columns.ownInFlight[0]).toBe(0);
    const report = takeReport(state, 1_200);
    expect([report.ids, report.probes, report.retriesWanted]).toEqual([[], [], 0]);
  });
});

describe("an answer that breaks off", () => {
  it("is taken back and counts as a reset, for which no retry was wanted", () => {
    const state = informed();
    attempt(state, 0, "ok", 1_100);
    attempt(state, 0, "ok", 1_110);
    onAnswerBroken(state, 0, 1_200);
    const { ok, resets, latencySumMs, trailingFailures } = state.reporting;
    expect([ok[0], resets[0], trailingFailures[0], state.reporting.retriesWanted]).toEqual([1, 1, 1, 0]);
    expect(latencySumMs[0]).toBeGreaterThan(0);
    expect(state.columns.ownInFlight[0]).toBe(0);
  });

  it("only counts as a reset when its head was reported already", () => {
    const state = informed();
    onAnswerBroken(state, 0, 1_200);
    expect([state.reporting.ok[0], state.reporting.resets[0]]).toEqual([0, 1]);
    expect(state.reporting.latencyMinMs[0]).toBe(Number.POSITIVE_INFINITY);
  });
});
