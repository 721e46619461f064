import { describe, expect, it } from "vitest";
import { hasEnded, isRenewalDue } from "../../../../src/core/session/lifetime.ts";

const HOUR = 3_600_000;
const at = (beganAtMs: number, seenAtMs: number) => ({ beganAtMs, seenAtMs });
const never = { absoluteTimeoutMs: 0, idleTimeoutMs: 0 };
const both = { absoluteTimeoutMs: HOUR, idleTimeoutMs: 60_000 };

describe("hasEnded", () => {
  it.each([
    ["no timeouts end nothing", never, at(0, 0), 100 * HOUR, false],
    ["a session before its absolute timeout goes on", both, at(0, HOUR - 2), HOUR - 1, false],
    ["the absolute timeout ends it, however busy", both, at(0, HOUR - 1), HOUR, true],
    ["an idle one goes on until the idle timeout", both, at(0, 0), 60_000, false],
    ["and is over a twentieth later at the latest", both, at(0, 0), 63_000, true],
    ["a clock that is behind ends nothing", both, at(5_000, 5_000), 0, false],
  ] as const)("%s", (_, timeouts, times, nowMs, expected) => {
    expect(hasEnded(timeouts, times, nowMs)).toBe(expected);
  });

  it("keeps a session that is used more often than the idle timeout until its absolute timeout, renewing it on the way", () => {
    let seenAtMs = 0;
    let renewals = 0;
    let nowMs = 0;
    for (; !hasEnded(both, at(0, seenAtMs), nowMs); nowMs += 50_000) {
      if (!isRenewalDue(both, at(0, seenAtMs), nowMs)) continue;
      seenAtMs = nowMs;
      renewals += 1;
    }
    expect(nowMs).toBe(HOUR);
    expect(renewals).toBe(71);
  });
});

describe("isRenewalDue", () => {
  it.each([
    ["never without an idle timeout", { idleTimeoutMs: 0 }, 100 * HOUR, false],
    ["not within a twentieth of it", { idleTimeoutMs: 60_000 }, 2_999, false],
    ["from a twentieth of it on", { idleTimeoutMs: 60_000 }, 3_000, true],
  ] as const)("is so %s", (_, timeouts, nowMs, expected) => {
    expect(isRenewalDue({ ...never, ...timeouts }, at(0, 0), nowMs)).toBe(expected);
  });

  it("comes before the end for any idle timeout that the config takes", () => {
    for (const idleTimeoutMs of [1_000, 1_500, 59_999, 8_760 * HOUR]) {
      const timeouts = { ...never, idleTimeoutMs };
      // Seen just before a renewal was due, and again after the full timeout: still there.
      const seenAtMs = 0;
      const last = idleTimeoutMs / 20 - 1;
      expect(isRenewalDue(timeouts, at(0, seenAtMs), last)).toBe(false);
      expect(hasEnded(timeouts, at(0, seenAtMs), last + idleTimeoutMs)).toBe(false);
    }
  });
});
