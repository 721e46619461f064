import { expect, it } from "vitest";
import { ejectionCause } from "../../../../src/core/traffic/ejection-cause.ts";

it.each([
  ["failures, and no good answer for 900 ms", "no_good_answer"],
  ["7 failures within 10000 ms", "failures_in_window"],
  ["failure score 1.5, no region contradicts", "failure_score"],
  ["failure score of the region, other regions reach the endpoint", "failure_score_region"],
  ["consecutive_5xx: 5 in a row, at most 4 allowed", "consecutive_5xx"],
  ["consecutive5xx: 5 in a row", "consecutive5xx"],
  ["success_rate: 10.0 % of answers good", "success_rate"],
  ["a probe failed", "probe_failed"],
  ["as the object above has it", "told_from_above"],
  ["something new", "other"],
  ["", "other"],
])("calls %j %s", (cause, word) => {
  expect(ejectionCause(cause)).toBe(word);
});
