import { expect, it } from "vitest";
import { overriddenTimeouts } from "../../../../src/core/filter/timeout-overrides.ts";
import type { RequestPolicy } from "../../../../src/core/mesh.ts";

const policy = {
  requestTimeoutMs: 15_000,
  attemptTimeoutMs: 0,
  attemptTimeoutMinMs: 1_500,
  attemptTimeoutMaxMs: 2_000,
  hedge: null,
} as unknown as RequestPolicy;
const limits = ({ requestTimeoutMs, attemptTimeoutMs, attemptTimeoutMinMs, attemptTimeoutMaxMs }: RequestPolicy) => [
  requestTimeoutMs,
  attemptTimeoutMs,
  attemptTimeoutMinMs,
  attemptTimeoutMaxMs,
];

it.each([
  ["a shorter request, which its attempts fit into", "1000", null, [1_000, 0, 1_000, 1_000]],
  ["a longer request", "30000", null, [30_000, 0, 1_500, 2_000]],
  ["no more than the bound", "90000", "80000", [60_000, 60_000, 1_500, 2_000]],
  ["an attempt of its own length", null, "300", [15_000, 300, 1_500, 2_000]],
  ["no attempt longer than the request", "500", "800", [500, 500, 500, 500]],
])("gives %s", (_, request, attempt, expected) => {
  expect(limits(overriddenTimeouts(policy, 60_000, request, attempt))).toEqual(expected);
});

it.each([
  [null, null],
  ["0", "-1"],
  ["1.5", "1s"],
  ["", "9999999999"],
])("leaves the policy as it is for %j and %j", (request, attempt) => {
  expect(overriddenTimeouts(policy, 60_000, request, attempt)).toBe(policy);
});

it("bounds an attempt by itself where the request has no limit", () => {
  const endless = { ...policy, requestTimeoutMs: 0 };
  expect(limits(overriddenTimeouts(endless, 60_000, null, "300"))).toEqual([0, 300, 1_500, 2_000]);
});
