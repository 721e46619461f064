import { describe, expect, it } from "vitest";
import { createLimitClock, tick } from "../../../../src/core/rate-limit/limit-clock.ts";

describe("the clock of limits", () => {
  it("counts what passes since it was first told", () => {
    const clock = createLimitClock();
    tick(clock, 1_700_000_000_000);
    expect(clock.elapsedMs).toBe(0);
    tick(clock, 1_700_000_000_250);
    expect(clock).toEqual({ elapsedMs: 250, epochMs: 1_700_000_000_250 });
  });

  it("stands still while the platform's goes back, and goes on from there", () => {
    const clock = createLimitClock();
    const seen = [5_000, 6_000, 1_000, 1_200, 900, 1_000].map((nowMs) => {
      tick(clock, nowMs);
      return clock.elapsedMs;
    });
    expect(seen).toEqual([0, 1_000, 1_000, 1_200, 1_200, 1_300]);
  });
});
