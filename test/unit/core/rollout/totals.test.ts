import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { quantile, recordSketch } from "../../../../src/core/load/sketch.ts";
import {
  addReport,
  addTally,
  checkTotals,
  columnsOf,
  createTally,
  requestsIn,
  since,
  type Totals,
} from "../../../../src/core/rollout/totals.ts";
import { deltaOf } from "../../../fixtures/report-deltas.ts";

/** Totals as a monitor gives them after answers of these latencies and so many failures. */
function totalsOf(life: string, latenciesMs: readonly number[], failed = 0): Totals {
  const tally = createTally();
  tally.good = latenciesMs.length;
  tally.failed = failed;
  for (const ms of latenciesMs) recordSketch(tally.latency, ms);
  return { life, ...columnsOf(tally) };
}

describe("a tally", () => {
  it("counts every attempt of a report, and requests that no endpoint was tried for, as failed or not", () => {
    const tally = createTally();
    const rows = [
      { id: "a", ok: 5, throttled: 1, connectFailures: 2, timeouts: 3 },
      { id: "b", ok: 1, resets: 4, responses5xx: 5, gateway5xx: 5 },
    ];
    addReport(tally, deltaOf(rows, { refused: 7 }));
    expect(tally).toMatchObject({ good: 7, failed: 21 });
    expect(requestsIn(tally)).toBe(28);
  });
});

describe("what happened between two looks", () => {
  it("is the difference of the counts, latencies included", () => {
    const then = totalsOf("a", [10, 10, 10], 2);
    const now = totalsOf("a", [10, 10, 10, 2, 300, 300], 5);
    const between = createTally(since(now, then));
    expect(between).toMatchObject({ good: 3, failed: 3 });
    expect(quantile(between.latency, 1) / 300).toBeCloseTo(1, 1);
    expect(between.latency.total).toBe(3);
  });

  it("is everything that another life has counted", () => {
    expect(since(totalsOf("b", [10], 1), totalsOf("a", [10, 10, 10], 9))).toMatchObject({ good: 1, failed: 1 });
  });

  it("adds up to what was counted, however often one looks, and is never negative", () => {
    const batches = fc.array(fc.array(fc.double({ min: 0, max: 100_000, noNaN: true }), { maxLength: 20 }), {
      maxLength: 10,
    });
    fc.assert(
      fc.property(batches, (looks) => {
        const seen: number[] = [];
        const sum = createTally();
        let then = totalsOf("a", []);
        for (const batch of looks) {
          seen.push(...batch);
          const now = totalsOf("a", seen);
          const between = since(now, then);
          expect(Math.min(0, between.good, between.failed, ...between.latency.counts)).toBe(0);
          addTally(sum, between);
          then = now;
        }
        expect(columnsOf(sum)).toEqual(columnsOf(createTally(totalsOf("a", seen))));
      }),
    );
  });
});

describe("totals that were sent or stored", () => {
  it("pass their check as they are", () => {
    const totals = totalsOf("a", [1, 20, 300], 4);
    expect(checkTotals(JSON.parse(JSON.stringify(totals)))).toEqual(totals);
  });

  it.each([
    ["nothing", null],
    ["a text", "good"],
    ["no life", { good: 1, failed: 0, latency: { zeroCount: 0, firstBucket: 0, counts: [] } }],
    ["less than none", { ...totalsOf("a", []), good: -1 }],
    ["no number", { ...totalsOf("a", []), failed: Number.NaN }],
    ["a sketch of texts", { ...totalsOf("a", []), latency: { zeroCount: 0, firstBucket: 0, counts: ["1"] } }],
  ])("are refused when they are %s", (_, value) => {
    expect(checkTotals(value)).toBeNull();
  });
});
