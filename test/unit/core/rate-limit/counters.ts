/** Counters of every algorithm, small enough to be pushed over, and what they promise. */
import { type Counter, take } from "../../../../src/core/rate-limit/counter.ts";
import type { LimitClock } from "../../../../src/core/rate-limit/limit-clock.ts";
import { createQuotas } from "../../../../src/core/rate-limit/quota.ts";
import { createSlidingLogs } from "../../../../src/core/rate-limit/sliding-log.ts";
import { createSlidingWindows } from "../../../../src/core/rate-limit/sliding-window.ts";
import { createTokenBuckets } from "../../../../src/core/rate-limit/token-bucket.ts";
import { createVerdict } from "../../../../src/core/rate-limit/verdict.ts";

export const WINDOW_MS = 1_000;
export const DAY_MS = 86_400_000;

export interface Promised {
  readonly name: string;
  readonly make: (limit: number, maxKeys: number) => Counter;
  /** The most units that one key may get in a stretch of `ms`, both ends included. */
  readonly most: (limit: number, ms: number) => number;
}

/** The bounds of the docstrings. */
export const PROMISED: readonly Promised[] = [
  {
    name: "token-bucket",
    make: (limit, maxKeys) => createTokenBuckets(limit, WINDOW_MS, Math.ceil(limit / 2), maxKeys),
    // A thousandth of a unit is left to rounding.
    most: (limit, ms) => Math.floor(Math.ceil(limit / 2) + (limit * ms) / WINDOW_MS + 1 / 1_000),
  },
  {
    name: "sliding-log",
    make: (limit, maxKeys) => createSlidingLogs(limit, WINDOW_MS, maxKeys),
    // A stretch of t ms is covered by that many windows, each without its first moment.
    most: (limit, ms) => limit * (Math.floor(ms / WINDOW_MS) + 1),
  },
  {
    name: "sliding-window",
    make: (limit, maxKeys) => createSlidingWindows(limit, WINDOW_MS, maxKeys),
    most: (limit, ms) =>
      ms <= WINDOW_MS
        ? Math.floor(limit * (1 + ms / WINDOW_MS) + 1 / 1_000)
        : 2 * limit * (Math.floor(ms / WINDOW_MS) + 1),
  },
  {
    name: "quota",
    make: (limit, maxKeys) => createQuotas(limit, "day", maxKeys),
    // What wears off in a flood of a few seconds is less than a unit.
    most: (limit, ms) => limit * (Math.floor(ms / DAY_MS) + 2),
  },
];

export interface Step {
  readonly key: string;
  readonly cost: number;
  readonly afterMs: number;
}

/** Plays steps; says of each at which moment it came, and whether it was let through. */
export function play(counter: Counter, clock: LimitClock, steps: readonly Step[], move: (ms: number) => void) {
  const verdict = createVerdict();
  return steps.map((step) => {
    move(step.afterMs);
    take(counter, step.key, step.cost, clock, verdict);
    return { ...step, atMs: clock.elapsedMs, epochMs: clock.epochMs, allowed: verdict.allowed };
  });
}
