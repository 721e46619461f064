import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { createLimitClock, tick } from "../../../../src/core/rate-limit/limit-clock.ts";
import {
  createSlidingLogs,
  MAX_LOG_LIMIT,
  MAX_LOG_TIMES,
  returnToLog,
  takeOfLog,
} from "../../../../src/core/rate-limit/sliding-log.ts";
import { createVerdict } from "../../../../src/core/rate-limit/verdict.ts";

const WINDOW_MS = 1_000;

function log(limit: number, maxKeys?: number) {
  const clock = createLimitClock();
  tick(clock, 1);
  const logs = createSlidingLogs(limit, WINDOW_MS, maxKeys);
  const verdict = createVerdict();
  const take = (key: string, cost = 1) => {
    takeOfLog(logs, key, cost, clock, verdict, false);
    return { ...verdict };
  };
  return { clock, logs, take, pass: (ms: number) => tick(clock, clock.epochMs + ms) };
}

describe("a sliding log", () => {
  it("decides as a list of all times would", () => {
    const step = fc.record({ cost: fc.integer({ min: 1, max: 4 }), afterMs: fc.integer({ min: 0, max: 400 }) });
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 9 }), fc.array(step, { maxLength: 100 }), (limit, steps) => {
        const { clock, take, pass } = log(limit);
        const times: number[] = [];
        for (const { cost, afterMs } of steps) {
          pass(afterMs);
          const counting = times.filter((atMs) => atMs > clock.elapsedMs - WINDOW_MS).length;
          const isFine = counting + cost <= limit;
          expect(take("a", cost)).toMatchObject({
            allowed: isFine,
            remaining: limit - counting - (isFine ? cost : 0),
          });
          if (isFine) for (let unit = 0; unit < cost; unit += 1) times.push(clock.elapsedMs);
        }
      }),
      { numRuns: 300 },
    );
  });

  it("frees a unit when its own time is over, and no other", () => {
    const { take, pass } = log(2);
    take("a");
    pass(600);
    take("a");
    pass(399);
    expect(take("a")).toMatchObject({ allowed: false, retryAfterMs: 1, resetMs: 601 });
    pass(1);
    expect(take("a").allowed).toBe(true);
    expect(take("a")).toMatchObject({ allowed: false, retryAfterMs: 600 });
  });

  it("keeps as many keys as there is memory for", () => {
    expect(createSlidingLogs(MAX_LOG_LIMIT, WINDOW_MS).table.maxKeys).toBe(MAX_LOG_TIMES / MAX_LOG_LIMIT - 1);
    expect(createSlidingLogs(10, WINDOW_MS).table.maxKeys).toBe(10_000);
  });

  it("refuses what costs more than the limit for good, and says a whole window", () => {
    expect(log(3).take("a", 4)).toMatchObject({ allowed: false, remaining: 3, retryAfterMs: WINDOW_MS });
  });

  it("gives back the latest units only", () => {
    const { clock, logs, take, pass } = log(3);
    take("a", 2);
    const first = clock.elapsedMs;
    pass(10);
    take("a");
    returnToLog(logs, "a", 2, first);
    expect(take("a").allowed).toBe(false);
    returnToLog(logs, "a", 1, clock.elapsedMs);
    expect(take("a").allowed).toBe(true);
  });

  it("does not forget a key that others pushed out", () => {
    const { take } = log(2, 1);
    take("a", 2);
    take("b", 2);
    // Newcomers begin with what those who left had used.
    expect(take("b").allowed).toBe(false);
    expect(take("a").allowed).toBe(false);
  });
});
