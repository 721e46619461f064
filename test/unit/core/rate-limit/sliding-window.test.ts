import { describe, expect, it } from "vitest";
import { createLimitClock, tick } from "../../../../src/core/rate-limit/limit-clock.ts";
import { createSlidingWindows, returnToWindow, takeOfWindow } from "../../../../src/core/rate-limit/sliding-window.ts";
import { createVerdict } from "../../../../src/core/rate-limit/verdict.ts";

function windows(limit: number) {
  const clock = createLimitClock();
  tick(clock, 1);
  const counter = createSlidingWindows(limit, 1_000, 100);
  const verdict = createVerdict();
  const take = (cost = 1) => {
    takeOfWindow(counter, "a", cost, clock, verdict, false);
    return { ...verdict };
  };
  return { clock, counter, take, pass: (ms: number) => tick(clock, clock.epochMs + ms) };
}

describe("a sliding window", () => {
  it("weighs the window before by how much of it still counts", () => {
    const { take, pass } = windows(100);
    take(100);
    pass(1_250);
    // Three quarters of the window before: 75 count.
    expect(take(26)).toMatchObject({ allowed: false, remaining: 25 });
    expect(take(25)).toMatchObject({ allowed: true, remaining: 0 });
  });

  it("lets no more than the limit through around a change of windows", () => {
    const { take, pass } = windows(10);
    pass(999);
    expect(take(10).allowed).toBe(true);
    pass(2);
    expect(take().allowed).toBe(false);
  });

  it("can let nearly twice the limit through in a window when the one before was used at its end: the stated bound", () => {
    const { take, pass } = windows(1_000);
    pass(999);
    take(1_000);
    pass(1_000);
    // 1 ms before the end of the next window one unit of the first still counts.
    expect(take(999).allowed).toBe(true);
    expect(take(1).allowed).toBe(false);
  });

  it("says when a request fits again, in this window or in the next", () => {
    const { take, pass } = windows(10);
    take(10);
    expect(take(4)).toMatchObject({ allowed: false, retryAfterMs: 1_400, resetMs: 2_000 });
    pass(1_000);
    expect(take(4)).toMatchObject({ allowed: false, retryAfterMs: 400, resetMs: 1_000 });
    pass(400);
    expect(take(4).allowed).toBe(true);
  });

  it("forgets what is two windows old", () => {
    const { take, pass } = windows(10);
    take(10);
    pass(2_000);
    expect(take(10)).toMatchObject({ allowed: true, remaining: 0 });
  });

  it("gives back to the window that it was taken in, and to the one after while it weighs", () => {
    const { clock, counter, take, pass } = windows(10);
    take(10);
    const taken = clock.elapsedMs;
    returnToWindow(counter, "a", 4, taken);
    expect(take(5).allowed).toBe(false);
    expect(take(4).allowed).toBe(true);
    pass(1_000);
    expect(take(1).allowed).toBe(false);
    pass(500);
    expect(take(1).allowed).toBe(true);
    returnToWindow(counter, "a", 4, taken);
    // Of the window before 6 are left, which weigh 3; of this one 1.
    expect(take(7).allowed).toBe(false);
    expect(take(6).allowed).toBe(true);
  });

  it("has nothing to give back once two windows have passed", () => {
    const { clock, counter, take, pass } = windows(10);
    take(10);
    const taken = clock.elapsedMs;
    pass(2_000);
    take(8);
    returnToWindow(counter, "a", 10, taken);
    expect(take(3).allowed).toBe(false);
  });
});
