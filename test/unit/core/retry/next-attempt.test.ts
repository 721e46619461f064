import { describe, expect, it } from "vitest";
import type { RetryPolicy } from "../../../../src/core/mesh.ts";
import { type FailedTry, mayProbe, nextWaitMs } from "../../../../src/core/retry/next-attempt.ts";
import { stateOf } from "../service-state/fixture.ts";

const POLICY: RetryPolicy = {
  attempts: 2,
  codes: [500, 503],
  onConnectFailure: true,
  onReset: true,
  onTimeout: true,
  methods: ["GET"],
  idempotencyKey: true,
  backoffBaseMs: 25,
  backoffMaxMs: 250,
  retryAfterMaxMs: 1_000,
  bufferBytes: 65_536,
};

const FIRST: FailedTry = {
  number: 1,
  tried: 1,
  hadLease: false,
  retryAfterMs: 0,
  nowMs: 1_000,
  deadlineMs: 2_000,
};

const waitFor = (given: Partial<FailedTry>) => nextWaitMs(stateOf(), POLICY, { ...FIRST, ...given });

describe("the next attempt", () => {
  it.each([
    ["goes elsewhere at once the first time", {}, 0],
    ["is not made when all attempts are used", { number: 3 }, -1],
    ["is free of the count after a lent probe", { number: 3, hadLease: true }, "waits"],
    ["is not made when the deadline is nearer than the wait and a little", { deadlineMs: 1_004 }, -1],
    ["waits as long as the only endpoint left asks", { tried: 3, retryAfterMs: 700 }, 700],
    ["is not made when the only endpoint left asks for too much patience", { tried: 3, retryAfterMs: 1_001 }, -1],
    ["does not mind what a failed endpoint asks when another is left", { retryAfterMs: 5_000 }, 0],
  ] as const)("%s", (_, given, expected) => {
    const waitMs = waitFor(given);
    if (expected === "waits") expect(waitMs).toBeGreaterThanOrEqual(0);
    else expect(waitMs).toBe(expected);
  });

  it("waits at random within the backoff from the second time on", () => {
    const state = stateOf();
    // The bucket starts with five tokens.
    const waits = Array.from({ length: 5 }, () => nextWaitMs(state, POLICY, { ...FIRST, number: 2, tried: 2 }));
    expect(Math.min(...waits)).toBeGreaterThanOrEqual(0);
    expect(Math.max(...waits)).toBeLessThan(50);
    expect(new Set(waits).size).toBeGreaterThan(1);
  });

  it("is not made when the budget is used up", () => {
    const state = stateOf();
    const waits = Array.from({ length: 6 }, () => nextWaitMs(state, POLICY, FIRST));
    expect(waits).toEqual([0, 0, 0, 0, 0, -1]);
  });
});

describe("finding out whether an endpoint is well again", () => {
  it("is left to requests that can be repeated, while there are any", () => {
    const lately = { repeatableAtMs: 0 };
    expect(mayProbe(lately, true, 10_000)).toBe(true);
    expect(mayProbe(lately, false, 15_000)).toBe(false);
    expect(mayProbe(lately, false, 15_001)).toBe(true);
  });
});
