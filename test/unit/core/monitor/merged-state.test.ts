import { describe, expect, it } from "vitest";
import { mergedBreaker, mergedHealth } from "../../../../src/core/monitor/merged-state.ts";

const [CLOSED, OPEN, HALF_OPEN] = [0, 1, 2] as const;
const [UNKNOWN, HEALTHY, UNHEALTHY] = [0, 1, 2] as const;

describe("mergedBreaker", () => {
  it.each([
    ["the root has ejected it", OPEN, [CLOSED, CLOSED], OPEN],
    ["nobody knows it", CLOSED, [], CLOSED],
    ["the only region has ejected it, which the root does not decide", CLOSED, [OPEN], OPEN],
    ["one region of two has", CLOSED, [OPEN, CLOSED], CLOSED],
    ["no region sends it everything", CLOSED, [OPEN, HALF_OPEN], HALF_OPEN],
  ] as const)("says what is in force: %s", (_, root, regions, expected) => {
    expect(mergedBreaker(root, regions)).toBe(expected);
  });
});

describe("mergedHealth", () => {
  it.each([
    ["the root's verdict", HEALTHY, [UNHEALTHY], HEALTHY],
    ["what all regions say, where the root does not know", UNKNOWN, [UNHEALTHY, UNHEALTHY], UNHEALTHY],
    ["unknown, where they differ", UNKNOWN, [HEALTHY, UNHEALTHY], UNKNOWN],
    ["unknown, where nobody says anything", UNKNOWN, [], UNKNOWN],
  ] as const)("is %s", (_, root, regions, expected) => {
    expect(mergedHealth(root, regions)).toBe(expected);
  });
});
