import { describe, expect, it } from "vitest";
import { countRetries, createRetryCounts, retryAllowance } from "../../../../src/core/health/retry-budget.ts";

const counts = (requests: number, wanted: number) => {
  const made = createRetryCounts();
  countRetries(made, requests, wanted, 0);
  return made;
};

describe("the retry budget of the mesh", () => {
  it.each([
    ["few failures are all retried", 1_000, 100, 20, Infinity, 1],
    ["many failures share the budget", 1_000, 1_000, 20, Infinity, 0.2002],
    ["it shrinks to the slack that is left", 1_000, 1_000, 20, 0.05, 0.0502],
    ["without slack there are no retries", 1_000, 10, 20, 0, 0],
    ["zero percent allows none", 1_000, 1, 0, Infinity, 0],
    ["the first failure of a quiet service is retried in part", 1, 1, 20, Infinity, 0.4],
    ["without a budget everything is allowed, with no slack too", 1_000, 1_000, 1_000, 0, 1],
    ["nothing wanted, everything allowed", 0, 0, 20, Infinity, 1],
  ])("%s", (_, requests, wanted, percent, slack, expected) => {
    expect(retryAllowance(counts(requests, wanted), percent, slack, 0)).toBeCloseTo(expected, 6);
  });

  it("forgets both sides alike", () => {
    const made = counts(1_000, 1_000);
    expect(retryAllowance(made, 20, Infinity, 5_000)).toBeCloseTo(0.2, 2);
  });
});
