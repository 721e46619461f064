import { expect, it } from "vitest";
import { wastedPerAnswer } from "../../../../src/core/balance/failure-cost.ts";

it.each([
  ["nothing failed", 0, 0],
  ["half failed", 0.5, 1],
  ["nine of ten failed", 0.9, 9],
  ["everything failed: bounded, so that recovery is seen", 1, 19],
  ["nothing is known", Number.NaN, 0],
  ["a ratio below zero", -1, 0],
])("wasted requests per answer when %s", (_, ratio, wasted) => {
  expect(wastedPerAnswer(ratio)).toBeCloseTo(wasted, 9);
});
