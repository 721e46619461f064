import { expect, it } from "vitest";
import type { LoadResult } from "../../../../src/cli/load/summary.ts";
import { judge } from "../../../bench/failover/judge.ts";

const result = (dueAtMs: number, ok: boolean, latencyMs: number): LoadResult => ({
  index: 0,
  dueAtMs,
  doneAtMs: dueAtMs + latencyMs,
  status: ok ? 200 : 500,
  ok,
  endpoint: "",
  attempts: "",
  latencyMs,
  error: "",
});

it("sorts requests by when they were due, and attempts by when they arrived", () => {
  // The trial starts at 1,000 on the clock: well for 2 s, faulty for 4 s, healed for 4 s.
  const moments = { startedAtMs: 1_000, faultAtMs: 3_000, healAtMs: 7_000, endAtMs: 11_000 };
  const due = Array.from({ length: 100 }, (_, i) => i * 100);
  // Those due from 2 s to 3 s fail after 500 ms; the rest is answered in 20 ms.
  const results = due.map((at) => (at >= 2_000 && at < 3_000 ? result(at, false, 500) : result(at, true, 20)));
  const arrivals = due.map((at) => at + 1_000);
  const faulty = arrivals.filter((at) => at < 4_000 || at >= 8_000);
  const judged = judge(results, [arrivals, faulty, arrivals], moments, 0.05);
  expect(judged).toMatchObject({ failedBefore: 0, failedDuring: 10, failedAfter: 0, p50Ms: 20, p99Ms: 500 });
  expect(judged.p99AfterMs).toBe(20);
  // Ten attempts in its first second of being faulty; the others got forty each meanwhile.
  expect(judged.share).toBeCloseTo(10 / 90, 5);
  expect(judged.firstSecond).toBe(0);
  // Left at 4,000: two of 42 attempts of a window are below 5 %, three of 43 are not.
  expect(judged.shiftSeconds).toBeCloseTo(0.8, 5);
  // Back from 8,000 on: fifteen of 55 are four fifths of a third.
  expect(judged.backSeconds).toBeCloseTo(0.5, 5);
  expect(judged.attemptsPerRequest).toBeCloseTo(2.6, 5);
  expect(judged.perSecond.failed).toEqual([0, 0, 10, 0, 0, 0, 0, 0, 0, 0]);
  expect(judged.perSecond.share[4]).toBe(0);
});

it("counts what was under way when the fault came as broken by it", () => {
  const moments = { startedAtMs: 0, faultAtMs: 1_000, healAtMs: 2_000, endAtMs: 3_000 };
  const results = [
    result(500, false, 100),
    result(990, false, 100),
    result(1_500, false, 900),
    result(2_500, false, 9),
  ];
  const judged = judge(results, [[], [], []], moments, 0.05);
  expect(judged).toMatchObject({ failedBefore: 1, failedDuring: 2, failedAfter: 1, failures: { 500: 4 } });
});
