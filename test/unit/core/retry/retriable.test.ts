import { describe, expect, it } from "vitest";
import type { RetryPolicy } from "../../../../src/core/mesh.ts";
import { type FailedAttempt, isRepeatable, isRetriable } from "../../../../src/core/retry/retriable.ts";

const policy: RetryPolicy = {
  attempts: 2,
  codes: [500, 502, 503, 504],
  onConnectFailure: true,
  onReset: true,
  onTimeout: true,
  methods: ["GET", "HEAD", "OPTIONS", "PUT", "DELETE", "TRACE"],
  idempotencyKey: true,
  backoffBaseMs: 25,
  backoffMaxMs: 250,
  retryAfterMaxMs: 1_000,
  bufferBytes: 65_536,
};

describe("isRepeatable", () => {
  it.each([
    ["GET", false, true],
    ["PUT", false, true],
    ["DELETE", false, true],
    ["POST", false, false],
    ["PATCH", false, false],
    ["POST", true, true],
  ])("%s with an idempotency key: %s gives %s", (method, key, expected) => {
    expect(isRepeatable(policy, method, key)).toBe(expected);
  });

  it("ignores the key when the policy does not trust it", () => {
    expect(isRepeatable({ ...policy, idempotencyKey: false }, "POST", true)).toBe(false);
  });

  it("takes every method when the policy lists *", () => {
    expect(isRepeatable({ ...policy, methods: ["*"] }, "POST", false)).toBe(true);
  });
});

describe("isRetriable", () => {
  const failed = (outcome: FailedAttempt["outcome"], status = 0, neverSent = false): FailedAttempt => ({
    outcome,
    status,
    neverSent,
  });

  it.each([
    ["a connect failure", failed("connect-failure"), true],
    ["a timeout", failed("timeout"), true],
    ["a reset", failed("reset"), true],
    ["a listed status", failed("5xx", 503), true],
    ["a status that is not listed", failed("5xx", 501), false],
    ["a throttled answer whose status is listed", failed("throttled", 503), true],
    ["a throttled answer whose status is not listed", failed("throttled", 429), false],
    ["a cancelled attempt", failed("cancelled"), false],
  ])("of a repeatable request decides on %s", (_, attempt, expected) => {
    expect(isRetriable(policy, true, attempt)).toBe(expected);
  });

  it("never repeats an unrepeatable request that may have arrived", () => {
    for (const outcome of ["connect-failure", "timeout", "reset"] as const) {
      expect(isRetriable(policy, false, failed(outcome))).toBe(false);
    }
    expect(isRetriable(policy, false, failed("5xx", 503))).toBe(false);
  });

  it("repeats an unrepeatable request that certainly never left", () => {
    expect(isRetriable(policy, false, failed("connect-failure", 521, true))).toBe(true);
  });

  it("obeys each switch of the policy", () => {
    expect(isRetriable({ ...policy, onConnectFailure: false }, true, failed("connect-failure"))).toBe(false);
    expect(isRetriable({ ...policy, onReset: false }, true, failed("reset"))).toBe(false);
    expect(isRetriable({ ...policy, onTimeout: false }, true, failed("timeout"))).toBe(false);
  });
});
