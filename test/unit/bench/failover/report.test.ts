import { describe, expect, it } from "vitest";
import { bare } from "../../../bench/contenders/workers.ts";
import { failedTable, failoverMarkdown, standingLines } from "../../../bench/failover/report.ts";
import { summarize } from "../../../bench/failover/summary.ts";
import { trialOf } from "./trials.ts";

describe("the failover page", () => {
  it("has a row for each fault and a column for each contender, with a dash where there was no trial", () => {
    const cells = summarize([
      trialOf({ failedDuring: 1_234 }),
      trialOf({ contender: "nginx", fault: "refuse", failedAfter: 1 }),
    ]);
    expect(failedTable(cells, ["heddle", "nginx"]).trimEnd().split("\n")).toEqual([
      "| one origin of three … | heddle | nginx |",
      "| --- | ---: | ---: |",
      "| is down: refuses connections | – | 1 |",
      "| hangs: accepts and never answers | 1,234 | – |",
    ]);
  });

  it("says under which faults Heddle is behind whom", () => {
    const cells = summarize([
      trialOf({ fault: "hang" }),
      trialOf({ fault: "hang", contender: "nginx" }),
      trialOf({ fault: "gray", failedDuring: 4, shiftSeconds: null }),
      trialOf({ fault: "gray", contender: "nginx", shiftSeconds: 1 }),
    ]);
    expect(standingLines(cells)).toEqual([
      "- failed requests: first or tied under 1 of 2 faults; behind under gray (4; nginx 0)",
      "- time to shift: first or tied under 1 of 2 faults; behind under gray (no s; nginx 1.0 s)",
    ]);
  });

  it("leaves out the time to shift where the origin cannot see what it refuses", () => {
    const cells = summarize([trialOf({ fault: "refuse", contender: "bare" })]);
    const plan = {
      contenders: [bare],
      faults: [],
      parallel: 1,
      repeats: 1,
      rps: 300,
      warmUpSeconds: 1,
      faultSeconds: 2,
      healSeconds: 3,
      seed: 1,
    };
    const page = failoverMarkdown(cells, plan);
    expect(page).toContain("| shift s | – |");
    expect(page).toContain("| back s | 5.0 |");
    expect(page).toContain("Of the 1,500 due");
    expect(page).not.toContain("too busy");
    const late = summarize([trialOf({ contender: "bare", maxLateMs: 101 })]);
    expect(failoverMarkdown(late, plan)).toContain("In 1 of 1 cells the client was more than 100 ms late");
  });
});
