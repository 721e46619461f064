import fc from "fast-check";
import { beforeAll, describe, expect, it } from "vitest";
import type { OutcomeClass } from "../../../../src/core/outcome.ts";
import type { ProbeLease, ReportDelta } from "../../../../src/core/protocol.ts";
import {
  admit,
  applySnapshot,
  mayRetry,
  onAttemptEnd,
  onAttemptStart,
  onRefused,
  syncDelayMs,
  takeReport,
} from "../../../../src/core/service-state.ts";
import { attempt, ENDPOINTS, informed, outcomeOf, pick, restartChance, rng, snapshotOf, stateOf } from "./fixture.ts";

beforeAll(restartChance);

const COLUMNS = [
  "ok",
  "latencySumMs",
  "latencySquareSum",
  "connectFailures",
  "timeouts",
  "resets",
  "responses5xx",
  "gateway5xx",
  "throttled",
] as const;

/** Sums of every column over all reports, by endpoint id, and of the sketches. */
function totals(reports: readonly ReportDelta[]): Record<string, number> {
  const sums: Record<string, number> = {};
  for (const report of reports) {
    report.ids.forEach((id, i) => {
      for (const column of COLUMNS) sums[`${id}.${column}`] = (sums[`${id}.${column}`] ?? 0) + report[column][i]!;
      const { counts, zeroCount } = report.sketches[i]!;
      sums[`${id}.sketch`] = (sums[`${id}.sketch`] ?? 0) + zeroCount + counts.reduce((a, b) => a + b, 0);
    });
  }
  return sums;
}

describe("reports", () => {
  it("carry latency sketches, whether some rule hedges or not: guards and people ask for percentiles", () => {
    for (const state of [informed(), informed({}, { hedgePercentile: 0 })]) {
      attempt(state, 0, "ok", 1_100, { latencyMs: 30 });
      expect(takeReport(state, 1_500).sketches).toHaveLength(1);
    }
  });

  it("say what happened, by class, and list only who has something to say", () => {
    const state = informed();
    attempt(state, 0, "ok", 1_100, { latencyMs: 30 });
    attempt(state, 0, "ok", 1_200, { latencyMs: 50 });
    attempt(state, 2, "5xx", 1_200, { status: 503 });
    attempt(state, 2, "timeout", 1_300);
    attempt(state, 2, "throttled", 1_310);
    attempt(state, 2, "connect-failure", 1_320, { isRetry: true });
    onAttemptStart(state, 1, 1_330);
    admit(state, { nowMs: 1_300, rng, requestClass: "" });
    mayRetry(state, { nowMs: 1_300, rng, hadLease: false });
    const report = takeReport(state, 1_400);
    expect(report).toMatchObject({
      requests: 1,
      retriesWanted: 2,
      retries: 1,
      ids: ["a1", "a2", "g1"],
      ok: [2, 0, 0],
      latencySumMs: [80, 0, 0],
      latencySquareSum: [3_400, 0, 0],
      latencyMinMs: [30, Infinity, Infinity],
      connectFailures: [0, 0, 1],
      timeouts: [0, 0, 1],
      responses5xx: [0, 0, 1],
      gateway5xx: [0, 0, 1],
      throttled: [0, 0, 1],
      trailingFailures: [0, 0, 1],
      trailingGateway: [0, 0, 1],
      trailingLocal: [0, 0, 1],
      inFlight: [0, 1, 0],
    });
    expect(takeReport(state, 1_500).ids).toEqual(["a2"]);
  });

  it("carry the requests that no endpoint was tried for", () => {
    const state = stateOf({ hedgePercentile: 0 });
    onRefused(state);
    onRefused(state);
    expect(takeReport(state, 2_000).refused).toBe(2);
    expect(takeReport(state, 3_000)).not.toHaveProperty("refused");
  });

  it("carry the answer of a lent probe", () => {
    const lease: ProbeLease = { id: "g1", generation: 4, scope: "global", ttlMs: 3_000 };
    const state = informed({ breaker: [0, 0, 2], leases: [lease, lease, lease] });
    for (const outcome of ["ok", "throttled", "cancelled"] as const) {
      const e = pick(state, 1_100);
      onAttemptStart(state, e, 1_100);
      onAttemptEnd(state, e, outcomeOf(outcome, 1_200), state.pickedLease);
    }
    const { id, generation, scope } = lease;
    expect(takeReport(state, 1_300).probes).toEqual([
      { id, ok: true, generation, scope },
      { id, ok: false, generation, scope },
    ]);
  });

  it("never take an upload that streams at its own pace for overdue", () => {
    const state = informed();
    onAttemptStart(state, 0, 1_200, true);
    pick(state, 60_000);
    expect(takeReport(state, 60_000).overdue).toEqual([0]);
  });

  it("count no retry as wanted for a request that may not be repeated", () => {
    const state = informed();
    for (const isRepeatable of [true, false]) {
      onAttemptStart(state, 0, 1_200);
      onAttemptEnd(state, 0, { ...outcomeOf("5xx", 1_210), isRepeatable }, null);
    }
    expect(takeReport(state, 1_300).retriesWanted).toBe(1);
  });

  it("name an overdue request once, with its age", () => {
    const state = informed();
    onAttemptStart(state, 0, 1_000);
    pick(state, 1_170);
    pick(state, 1_171);
    pick(state, 1_500);
    // Overdue after 3 × 40 + 50 ms.
    expect(takeReport(state, 1_500)).toMatchObject({ ids: ["a1"], overdue: [1], overdueAgeMs: [171] });
    pick(state, 1_600);
    expect(takeReport(state, 1_700).overdue).toEqual([0]);
  });

  const kinds: OutcomeClass[] = ["ok", "connect-failure", "timeout", "reset", "5xx", "throttled", "cancelled"];
  const event = fc.oneof(
    {
      weight: 8,
      arbitrary: fc.tuple(fc.constant("attempt"), fc.nat(2), fc.nat(6), fc.integer({ min: 1, max: 3_000 })),
    },
    { weight: 1, arbitrary: fc.tuple(fc.constant("deliver"), fc.nat(2), fc.nat(6), fc.constant(0)) },
  );

  it("lose and invent nothing, however many are delivered", () => {
    fc.assert(
      fc.property(fc.array(event, { maxLength: 80 }), (events) => {
        const state = stateOf();
        const delivered: ReportDelta[] = [];
        const expected: Record<string, number> = {};
        const add = (key: string, amount: number) => {
          expected[key] = (expected[key] ?? 0) + amount;
        };
        let nowMs = 0;
        for (const [what, e, kind, latencyMs] of events) {
          nowMs += 10;
          if (what === "deliver") delivered.push(takeReport(state, nowMs));
          else {
            const outcome = kinds[kind]!;
            attempt(state, e, outcome, nowMs, { latencyMs });
            const id = ENDPOINTS[e]!.id;
            if (outcome === "ok") {
              add(`${id}.ok`, 1);
              add(`${id}.sketch`, 1);
              add(`${id}.latencySumMs`, latencyMs);
              add(`${id}.latencySquareSum`, latencyMs * latencyMs);
            } else if (outcome === "connect-failure") add(`${id}.connectFailures`, 1);
            else if (outcome === "timeout") add(`${id}.timeouts`, 1);
            else if (outcome === "reset") add(`${id}.resets`, 1);
            else if (outcome === "5xx") add(`${id}.responses5xx`, 1);
            else if (outcome === "throttled") add(`${id}.throttled`, 1);
          }
        }
        delivered.push(takeReport(state, nowMs));
        const seen = Object.fromEntries(Object.entries(totals(delivered)).filter(([, value]) => value !== 0));
        expect(seen).toEqual(expected);
      }),
      { seed: 6, numRuns: 150 },
    );
  });
});

describe("when to report", () => {
  it("is now for a failure, 100 ms apart", () => {
    const state = informed();
    attempt(state, 0, "5xx", 1_100);
    expect(syncDelayMs(state, 1_100, "failure")).toBe(0);
    takeReport(state, 1_100);
    attempt(state, 0, "5xx", 1_140);
    expect(syncDelayMs(state, 1_140, "failure")).toBe(60);
  });

  it("is now for a surprising answer and for an overdue request, whatever was asked", () => {
    const slow = informed();
    attempt(slow, 0, "ok", 1_500, { latencyMs: 300 });
    expect(syncDelayMs(slow, 1_500, "result")).toBe(0);
    const waiting = informed();
    onAttemptStart(waiting, 0, 1_000);
    pick(waiting, 1_400);
    expect(syncDelayMs(waiting, 1_400, "request")).toBe(0);
  });

  it("is a second after the last one, more or less, for a busy isolate", () => {
    const state = informed();
    state.reporting.takenAtMs = 1_100;
    attempt(state, 0, "ok", 1_100);
    for (let i = 0; i < 100; i++) {
      const delayMs = syncDelayMs(state, 1_100, "result");
      expect(delayMs).toBeGreaterThanOrEqual(900);
      expect(delayMs).toBeLessThanOrEqual(1_100);
      expect(syncDelayMs(state, 1_500, "result")).toBeLessThanOrEqual(700);
    }
    expect(syncDelayMs(state, 9_000, "result")).toBe(100);
  });

  it("is later for a quiet isolate, up to the maximum, and sooner in an alert", () => {
    const quiet = informed();
    for (let at = 10_000; at <= 400_000; at += 20_000) takeReport(quiet, at);
    takeReport(quiet, 400_000);
    expect(syncDelayMs(quiet, 400_000, "result")).toBeGreaterThanOrEqual(4_500);
    expect(syncDelayMs(informed({ alert: true }), 1_100, "result")).toBeLessThanOrEqual(440);
  });

  it("is now on a request with an old snapshot or none, and never mind with a fresh one", () => {
    const state = informed();
    expect(syncDelayMs(state, 1_500, "request")).toBe(-1);
    expect(syncDelayMs(state, 2_100, "request")).toBe(0);
    const cold = stateOf();
    expect(syncDelayMs(cold, 200, "request")).toBe(0);
    takeReport(cold, 200);
    expect(syncDelayMs(cold, 220, "request")).toBe(-1);
    applySnapshot(cold, snapshotOf(), 240);
    expect(syncDelayMs(cold, 260, "request")).toBe(-1);
  });

  it.each([
    ["50 isolates on one object: as ever", 50, 1, 60, 360, 440],
    ["3,000: none more often than every 3 s", 3_000, 1, 2_960, 2_700, 3_300],
    ["3,000 on four shards: as if there were 750", 3_000, 4, 710, 675, 825],
    ["50,000: as a quiet isolate", 50_000, 1, 4_960, 4_500, 5_500],
  ])("leaves the object time for all: %s", (_, reporters, stateShards, afterFailureMs, leastMs, mostMs) => {
    const state = stateOf({ stateShards });
    applySnapshot(state, snapshotOf({ reporters, alert: true }), 1_000);
    takeReport(state, 1_100);
    const delayMs = syncDelayMs(state, 1_100, "result");
    expect(delayMs).toBeGreaterThanOrEqual(leastMs);
    expect(delayMs).toBeLessThanOrEqual(mostMs);
    attempt(state, 0, "5xx", 1_140);
    expect(syncDelayMs(state, 1_140, "failure")).toBe(afterFailureMs);
  });
});
