import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { UsageKeeper } from "../../../../durable-objects/rate-limiter/keeper.ts";
import { ROWS_AT_ONCE, ROWS_PER_SECOND } from "../../../../durable-objects/rate-limiter/row-budget.ts";
import { createLimiter, MAX_KEYS, onCall } from "../../../../src/core/rate-limit/lease/limiter.ts";
import type { LeasableCounting } from "../../../../src/core/rate-limit/lease/meter.ts";
import { MAX_ASKS } from "../../../../src/core/rate-limit/lease/wire.ts";
import { sqlStorage } from "../sql-storage.ts";

const START_MS = Date.UTC(2026, 10, 21, 6);
const LIMIT = 5;

beforeEach(() => {
  vi.useFakeTimers({ now: START_MS });
});
afterEach(() => {
  vi.useRealTimers();
});

/** An object without the platform: its keys, its rows, and an isolate that says that requests passed ahead of leases. */
function object(counting: LeasableCounting) {
  const { storage } = sqlStorage<DurableObjectStorage>();
  const rows = { written: 0 };
  const { exec } = storage.sql;
  const counted = (query: string, ...bindings: never[]) => {
    const cursor = exec(query, ...bindings);
    rows.written += cursor.rowsWritten;
    return cursor;
  };
  const alarms = { setAlarm: async () => {} };
  Object.assign(storage.sql, { exec: counted });
  Object.assign(storage, alarms);
  let limiter = createLimiter(counting, 1);
  let keeper = new UsageKeeper(storage, () => limiter);
  let seq = 0;
  /** What is left of each key after so many units were used of it. */
  function use(keys: readonly string[], used: number): number[] {
    const asks = keys.map((key) => ({ key, session: ++seq, granted: 0, used, returned: 0, need: 0, want: 0 }));
    const call = { reporter: "a", seq: ++seq, limit: "daily", meshAtMs: 0, asks };
    const reply = onCall(limiter, call, Date.now(), keeper);
    if (!reply.ok) throw new Error(reply.detail);
    keeper.onAnswered(keys, Date.now());
    return reply.answers.map(({ left }) => left);
  }
  return {
    rows,
    use,
    count: () => keeper.rows,
    restart() {
      limiter = createLimiter(counting, 1);
      keeper = new UsageKeeper(storage, () => limiter);
    },
    known: () => limiter.keys.size,
  };
}

const madeUp = (from: number, count: number) => Array.from({ length: count }, (_, n) => `made-up-${from + n}`);

describe("a flood of made-up keys on a quota of five a day", () => {
  const FLOOD = 30_000;
  function flooded() {
    const limiter = object({ type: "quota", limit: LIMIT, period: "day" });
    const known = Array.from({ length: 20 }, (_, n) => `known-${n}`);
    limiter.use(known, 3);
    for (let from = 0; from < FLOOD; from += MAX_ASKS) {
      limiter.use(madeUp(from, Math.min(MAX_ASKS, FLOOD - from)), LIMIT);
      vi.advanceTimersByTime(250);
    }
    return { limiter, known };
  }

  it("is bounded in rows, gives nobody his units back, and leaves known keys and newcomers theirs", () => {
    const { limiter, known } = flooded();
    const seconds = (Date.now() - START_MS) / 1_000;
    expect(limiter.rows.written).toBeLessThanOrEqual(ROWS_AT_ONCE + ROWS_PER_SECOND * seconds);
    // New rows are made out of the upper half.
    expect(limiter.count()).toBeLessThanOrEqual(ROWS_AT_ONCE / 2 + ROWS_PER_SECOND * seconds + known.length);
    expect(limiter.count()).toBeGreaterThan(ROWS_AT_ONCE / 2);
    expect(limiter.known()).toBe(MAX_KEYS);

    expect(new Set(limiter.use(known, 0))).toEqual(new Set([LIMIT - 3]));
    // Fewer than 10,000 left without a row: at most 0.5 % of newcomers are taken for one; of 256 more than 8 hardly ever.
    const newcomers = Array.from({ length: MAX_ASKS }, (_, n) => `new-${n}`);
    expect(limiter.use(newcomers, 0).filter((left) => left < LIMIT).length).toBeLessThanOrEqual(8);

    // Those with a row and those without.
    for (let from = 0; from < FLOOD; from += MAX_ASKS) {
      const left = limiter.use(madeUp(from, Math.min(MAX_ASKS, FLOOD - from)), 0);
      expect(Math.max(...left)).toBe(0);
    }
    limiter.restart();
    expect(new Set(limiter.use(known, 0))).toEqual(new Set([LIMIT - 3]));
  });
});

it("what could not be written at once is written later, as far as there is room", () => {
  const limiter = object({ type: "quota", limit: LIMIT, period: "day" });
  for (let from = 0; from < 4_096; from += MAX_ASKS) limiter.use(madeUp(from, MAX_ASKS), 1);
  expect(limiter.count()).toBeLessThan(4_096);
  // 1,596 keys at 100 a second.
  vi.advanceTimersByTime(30_000);
  expect(limiter.count()).toBe(4_096);
  limiter.restart();
  expect(new Set(limiter.use(madeUp(0, 100), 0))).toEqual(new Set([LIMIT - 1]));
});
