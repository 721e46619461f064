import { describe, expect, it } from "vitest";
import { editDistance, nearest } from "../../../src/config/nearest.ts";

describe("nearest", () => {
  const keys = ["endpoints", "loadBalancing", "healthChecks", "retry", "url", "id"];

  it.each([
    ["a letter too few", "endpoint", "endpoints"],
    ["a letter too many", "rettry", "retry"],
    ["a wrong letter", "retri", "retry"],
    ["two letters swapped", "ulr", "url"],
    ["another case", "loadbalancing", "loadBalancing"],
    ["another convention", "health_checks", "healthChecks"],
    ["nothing alike", "fallback", undefined],
    ["one letter for another", "x", undefined],
    ["the empty word", "", undefined],
    ["a word beyond measure", "endpoints".repeat(10), undefined],
  ])("knows %s", (_, word, expected) => {
    expect(nearest(word, keys)).toBe(expected);
  });

  it("takes the first on a tie, and nothing of nothing", () => {
    expect(nearest("abc", ["abd", "abe"])).toBe("abd");
    expect(nearest("abc", [])).toBeUndefined();
  });
});

it.each([
  ["", "", 0],
  ["", "abc", 3],
  ["abc", "abc", 0],
  ["abc", "acb", 1],
  ["kitten", "sitting", 3],
  ["ca", "abc", 3],
])("counts the edits from %j to %j", (a, b, edits) => {
  expect(editDistance(a, b)).toBe(edits);
  expect(editDistance(b, a)).toBe(edits);
});
