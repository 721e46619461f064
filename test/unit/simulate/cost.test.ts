import { describe, expect, it } from "vitest";
import { costPerMillion } from "../../../src/simulate/cost.ts";

const NOTHING = { syncs: 0, exchanges: 0, alarms: 0, rowsWritten: 0, objects: 0 };

describe("the cost per million requests", () => {
  it.each([
    ["is the Worker's own with no state plane", NOTHING, 1e6, 0, 0.32],
    [
      "is 15 cents more with a call for every request",
      { ...NOTHING, syncs: 500_000, exchanges: 250_000, alarms: 250_000 },
      1e6,
      0,
      0.47,
    ],
    ["is a dollar more with a row for every request", { ...NOTHING, rowsWritten: 1e6 }, 1e6, 0, 1.32],
    ["is 4.15 dollars a month more with an object", { ...NOTHING, objects: 1 }, 1e6, 30 * 86_400_000, 0.32 + 4.147],
    ["does not depend on how many requests there are", { ...NOTHING, syncs: 10 }, 100, 0, 0.335],
  ])("%s", (_, usage, requests, forMs, expected) => {
    expect(costPerMillion(usage, requests, forMs)).toBeCloseTo(expected, 3);
  });

  it("is nothing to speak of without requests", () => {
    expect(costPerMillion(NOTHING, 0, 1_000)).toBeNaN();
  });
});
