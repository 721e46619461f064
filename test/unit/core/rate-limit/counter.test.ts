import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { createCounter, giveBack, peek, take } from "../../../../src/core/rate-limit/counter.ts";
import { MAX_KEYS } from "../../../../src/core/rate-limit/key-table.ts";
import { createLimitClock, tick } from "../../../../src/core/rate-limit/limit-clock.ts";
import { createVerdict } from "../../../../src/core/rate-limit/verdict.ts";
import { PROMISED, play, type Step, WINDOW_MS } from "./counters.ts";

const START_MS = Date.UTC(2026, 10, 21, 12);

/** Time that passes, and now and then goes back. */
function started() {
  const clock = createLimitClock();
  let nowMs = START_MS;
  tick(clock, nowMs);
  return {
    clock,
    move: (ms: number) => {
      nowMs += ms;
      tick(clock, nowMs);
    },
  };
}

const stepOf = (keys: number, backMs = 0): fc.Arbitrary<Step> =>
  fc.record({
    key: fc.nat(keys - 1).map((n) => `k${n}`),
    cost: fc.integer({ min: 1, max: 3 }),
    // Mostly bursts, some pauses, and moments around a window's length.
    afterMs: fc.oneof(
      { weight: 4, arbitrary: fc.constant(0) },
      { weight: 4, arbitrary: fc.integer({ min: -backMs, max: 120 }) },
      { weight: 1, arbitrary: fc.integer({ min: WINDOW_MS - 2, max: 2 * WINDOW_MS + 2 }) },
    ),
  });
const limits = fc.integer({ min: 3, max: 12 });

describe.each(PROMISED)("a counter by $name", ({ make, most }) => {
  function within(limit: number, maxKeys: number, steps: readonly Step[]): void {
    const { clock, move } = started();
    const played = play(make(limit, maxKeys), clock, steps, move).filter(({ allowed }) => allowed);
    for (const key of new Set(steps.map((step) => step.key))) {
      const own = played.filter((step) => step.key === key);
      for (let i = 0; i < own.length; i += 1) {
        let sum = 0;
        for (let j = i; j < own.length; j += 1) {
          sum += own[j]!.cost;
          expect(sum).toBeLessThanOrEqual(most(limit, own[j]!.atMs - own[i]!.atMs));
        }
      }
    }
  }

  it("never lets more through than it promises, in any stretch of time", () => {
    fc.assert(
      fc.property(limits, fc.array(stepOf(2), { maxLength: 80 }), (limit, steps) => within(limit, 100, steps)),
      { numRuns: 300 },
    );
  });

  it("keeps that promise to every key when other keys flood the table", () => {
    fc.assert(fc.property(limits, fc.integer({ min: 1, max: 4 }), fc.array(stepOf(24), { maxLength: 120 }), within), {
      numRuns: 300,
    });
  });

  it("keeps that promise when the platform's clock goes back", () => {
    fc.assert(
      fc.property(limits, fc.array(stepOf(2, 3 * WINDOW_MS), { maxLength: 80 }), (limit, steps) =>
        within(limit, 100, steps),
      ),
      { numRuns: 300 },
    );
  });

  it("says how many more may come at this moment", () => {
    fc.assert(
      fc.property(limits, fc.array(stepOf(2), { minLength: 1, maxLength: 40 }), (limit, steps) => {
        const { clock, move } = started();
        const counter = make(limit, 100);
        play(counter, clock, steps, move);
        const verdict = createVerdict();
        take(counter, "k0", 1, clock, verdict);
        const { remaining } = verdict;
        for (let n = 0; n < remaining; n += 1) {
          take(counter, "k0", 1, clock, verdict);
          expect(verdict).toMatchObject({ allowed: true, remaining: remaining - n - 1 });
        }
        take(counter, "k0", 1, clock, verdict);
        expect(verdict).toMatchObject({ allowed: false, remaining: 0 });
      }),
    );
  });

  it("says when a refused request may come again: then it passes, and not a ms sooner", () => {
    fc.assert(
      fc.property(
        limits,
        fc.array(stepOf(1), { maxLength: 60 }),
        fc.integer({ min: 1, max: 3 }),
        (limit, steps, asked) => {
          const { clock, move } = started();
          const counter = make(limit, 100);
          const cost = Math.min(asked, Math.ceil(limit / 2));
          play(counter, clock, steps, move);
          const verdict = createVerdict();
          peek(counter, "k0", cost, clock, verdict);
          const { allowed, retryAfterMs } = verdict;
          if (allowed) {
            expect(retryAfterMs).toBe(0);
            return;
          }
          expect(retryAfterMs).toBeGreaterThan(0);
          if (retryAfterMs > 2) {
            move(Math.ceil(retryAfterMs) - 2);
            peek(counter, "k0", cost, clock, verdict);
            expect(verdict.allowed).toBe(false);
            move(2);
          } else move(Math.ceil(retryAfterMs));
          peek(counter, "k0", cost, clock, verdict);
          expect(verdict.allowed).toBe(true);
        },
      ),
      { numRuns: 300 },
    );
  });

  it("says when the whole limit is there again", () => {
    fc.assert(
      fc.property(limits, fc.array(stepOf(1), { maxLength: 40 }), (limit, steps) => {
        const { clock, move } = started();
        const counter = make(limit, 100);
        const fresh = createVerdict();
        peek(counter, "k0", 1, clock, fresh);
        play(counter, clock, steps, move);
        const verdict = createVerdict();
        peek(counter, "k0", 1_000, clock, verdict);
        expect(verdict.allowed).toBe(false);
        move(Math.ceil(verdict.resetMs));
        peek(counter, "k0", 1, clock, verdict);
        expect(verdict).toMatchObject({ allowed: true, remaining: fresh.remaining });
      }),
    );
  });

  it("takes nothing for a look and for a refusal", () => {
    const { clock } = started();
    const counter = make(4, 100);
    const verdict = createVerdict();
    for (let n = 0; n < 20; n += 1) peek(counter, "k", 1, clock, verdict);
    const { remaining } = verdict;
    for (let n = 0; n < 20; n += 1) take(counter, "k", 100, clock, verdict);
    peek(counter, "k", 1, clock, verdict);
    expect(verdict.remaining).toBe(remaining);
    expect(counter.table.keys).toHaveLength(1);
  });

  it("gives back what was taken at this moment, whatever was taken before", () => {
    fc.assert(
      fc.property(limits, fc.array(stepOf(2), { maxLength: 40 }), (limit, steps) => {
        const { clock, move } = started();
        const counter = make(limit, 100);
        play(counter, clock, steps, move);
        const [before, taken, after] = [createVerdict(), createVerdict(), createVerdict()];
        peek(counter, "k0", 1, clock, before);
        take(counter, "k0", 1, clock, taken);
        if (taken.allowed) giveBack(counter, "k0", 1, { ...clock }, clock);
        peek(counter, "k0", 1, clock, after);
        expect(after.allowed).toBe(before.allowed);
        expect(after.remaining).toBe(before.remaining);
      }),
    );
  });

  it("keeps no more keys than it may", () => {
    const { clock, move } = started();
    const counter = make(1_000, 16);
    const verdict = createVerdict();
    for (let n = 0; n < 200; n += 1) {
      move(1);
      take(counter, `k${n}`, 1, clock, verdict);
    }
    expect(counter.table.slots.size).toBe(16);
    expect(counter.table.keys).toHaveLength(17);
  });
});

describe("a counter", () => {
  it("is made as the mesh says", () => {
    const clock = createLimitClock();
    tick(clock, START_MS);
    for (const counting of [
      { type: "token-bucket", limit: 7, windowMs: 1_000, burst: 7 },
      { type: "sliding-log", limit: 7, windowMs: 1_000 },
      { type: "sliding-window", limit: 7, windowMs: 1_000 },
      { type: "quota", limit: 7, period: "month" },
    ] as const) {
      const counter = createCounter(counting);
      if (counter.type === "concurrency") throw new Error("none of these is");
      const verdict = createVerdict();
      take(counter, "", 3, clock, verdict);
      expect(verdict).toMatchObject({ allowed: true, limit: 7, remaining: 4, isDegraded: false });
      expect(counter.table.maxKeys).toBe(MAX_KEYS);
    }
    expect(createCounter({ type: "concurrency", limit: 7, holdMs: 1_000 })).toMatchObject({ limit: 7, holdMs: 1_000 });
  });
});
