import { describe, expect, it } from "vitest";
import { type FailoverCell, standings, summarize } from "../../../bench/failover/summary.ts";
import { trialOf } from "./trials.ts";

describe("repeated trials", () => {
  it("become one cell each, with medians and the fewest and most failures", () => {
    const cells = summarize([
      trialOf({ failedDuring: 9, shiftSeconds: 2 }),
      trialOf({ failedDuring: 1, failedAfter: 2, shiftSeconds: null }),
      trialOf({ failedDuring: 5, shiftSeconds: 1 }),
      trialOf({ contender: "nginx" }),
    ]);
    expect(cells).toHaveLength(2);
    expect(cells[0]).toMatchObject({ repeats: 3, failed: 5, failedLow: 3, failedHigh: 9, shiftSeconds: 2 });
    expect(cells[1]).toMatchObject({ contender: "nginx", repeats: 1 });
  });

  it("that mostly never shifted have never shifted", () => {
    const trials = [null, null, 1].map((shiftSeconds) => trialOf({ shiftSeconds }));
    expect(summarize(trials)[0]!.shiftSeconds).toBeNull();
  });
});

describe("where a contender stands", () => {
  const cells = (ours: number | null, theirs: number | null): FailoverCell[] =>
    summarize([trialOf({ shiftSeconds: ours }), trialOf({ contender: "nginx", shiftSeconds: theirs })]);

  it.each([
    ["first with less", 1, 2, "first"],
    ["behind with more", 3, 2, "behind"],
    ["tied with the same", 2, 2, "tied"],
    ["tied with a little more than the tolerance has", 2.3, 2, "tied"],
    ["behind when it never was", null, 2, "behind"],
    ["first when the others never were", 2, null, "first"],
    ["tied when nobody was", null, null, "tied"],
  ] as const)("%s", (_, ours, theirs, place) => {
    const [standing] = standings(cells(ours, theirs), "heddle", (cell) => cell.shiftSeconds, 0.3001);
    expect(standing).toMatchObject({ fault: "hang", value: ours, place, best: { contender: "nginx", value: theirs } });
  });

  it("is first without others", () => {
    const alone = summarize([trialOf({})]);
    expect(standings(alone, "heddle", (cell) => cell.failed, 0)).toMatchObject([{ place: "first", best: null }]);
  });
});
