import { describe, expect, it } from "vitest";
import { judge } from "../../../../src/cli/control/reach.ts";

describe("how far a version has come", () => {
  it.each([
    ["waits while isolates run another", { isolates: 10, current: 9 }, 2_000, null],
    ["holds when all run it", { isolates: 10, current: 10 }, 2_000, true],
    ["holds when nobody reports: the next ones start with it", { isolates: 0, current: 0 }, 0, true],
    ["gives up after half a minute", { isolates: 10, current: 9 }, 30_001, false],
    [
      "does not hold where one refused it",
      { isolates: 10, current: 9, refused: [{ reason: "no", isolates: 1 }] },
      0,
      false,
    ],
  ])("%s", (_, seen, tookMs, holds) => {
    expect(judge({ version: 7, ...seen }, 7, tookMs)?.holds ?? null).toBe(holds);
  });

  it("says who refused it, and why", () => {
    const seen = { version: 7, isolates: 10, current: 8, refused: [{ reason: "an unknown filter", isolates: 2 }] };
    expect(judge(seen, 7, 0)?.text).toBe("version 7 runs on 8 of 10 isolates; 2 refused it: an unknown filter");
  });

  it("ends when another version takes over", () => {
    expect(judge({ version: 8, isolates: 10, current: 1 }, 7, 0)).toMatchObject({
      holds: false,
      text: "version 8 has taken over from 7",
    });
  });
});
