import { describe, expect, it } from "vitest";
import { backoffMs } from "../../../../src/core/retry/backoff.ts";
import { seededRng } from "../../../../src/core/rng.ts";

const policy = {
  attempts: 5,
  codes: [503],
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
const almostOne = () => 1 - 1e-9;

describe("backoffMs", () => {
  it("does not wait before the first retry at an endpoint not tried yet", () => {
    expect(backoffMs(policy, 1, true, 500, almostOne)).toBe(0);
  });

  it.each([
    [1, 25],
    [2, 50],
    [3, 100],
    [4, 200],
    [5, 250],
    [9, 250],
  ])("draws retry %i at the same endpoint below %i ms", (retry, below) => {
    expect(backoffMs(policy, retry, false, 0, almostOne)).toBeCloseTo(below, 3);
    expect(backoffMs(policy, retry, false, 0, () => 0)).toBe(0);
  });

  it("never waits less than the minimum, wherever the retry goes", () => {
    const patient = { ...policy, backoffMinMs: 100 };
    expect(backoffMs(patient, 1, true, 0, () => 0)).toBe(100);
    expect(backoffMs(patient, 1, false, 0, () => 0)).toBe(100);
    expect(backoffMs(patient, 2, false, 0, almostOne)).toBeCloseTo(150, 3);
  });

  it("honours Retry-After only where it was asked for", () => {
    expect(backoffMs(policy, 2, false, 700, seededRng(1))).toBe(700);
    expect(backoffMs(policy, 2, true, 700, almostOne)).toBeCloseTo(50, 3);
  });
});
