import { describe, expect, it } from "vitest";
import { alarmRate, burnRate, type Events, judgeBurn } from "../../../../src/core/slo/burn.ts";

const HOUR = 3_600_000;
const DAY = 24 * HOUR;
const MONTH = 30 * DAY;

/** A hundred requests a second; `ratioAt`: share that failed, so long ago. */
function world(ratioAt: (agoMs: number) => number, rps = 100): (ms: number) => Events {
  const step = 60_000;
  return (ms) => {
    let bad = 0;
    for (let ago = 0; ago < ms; ago += step) bad += ratioAt(ago) * rps * (step / 1_000);
    return { total: (rps * ms) / 1_000, bad };
  };
}
/** Failing for the last so long, and well before. */
const lately = (forMs: number, ratio: number) => world((agoMs) => (agoMs < forMs ? ratio : 0));

describe("the burn rate", () => {
  it.each([
    ["the budget in just the window", { total: 1_000, bad: 1 }, 0.999, 1],
    ["everything fails", { total: 50, bad: 50 }, 0.999, 1_000],
    ["nothing fails", { total: 50, bad: 0 }, 0.999, 0],
    ["nothing happened", { total: 0, bad: 0 }, 0.999, null],
  ] as const)("is that of %s", (_, events, target, expected) => {
    const rate = burnRate(events, target);
    if (expected === null) expect(rate).toBeNull();
    else expect(rate).toBeCloseTo(expected, 6);
  });

  it.each([
    ["2 % of 30 days in an hour", 0.02, HOUR, MONTH, 0.999, 14.4],
    ["5 % of 30 days in 6 hours", 0.05, 6 * HOUR, MONTH, 0.999, 6],
    ["10 % of 30 days in a day", 0.1, DAY, MONTH, 0.999, 3],
    ["10 % of 30 days in 3 days", 0.1, 3 * DAY, MONTH, 0.999, 1],
    ["2 % of a week in an hour", 0.02, HOUR, 7 * DAY, 0.999, 3.36],
    ["2 % of an hour in an hour", 0.02, HOUR, HOUR, 0.999, 1],
    ["2 % of 30 days in an hour, where all failing is 10", 0.02, HOUR, MONTH, 0.9, 5],
  ])("that raises an alarm is the workbook's for %s", (_, share, longMs, windowMs, target, expected) => {
    expect(alarmRate(share, longMs, windowMs, target)).toBeCloseTo(expected, 6);
  });
});

describe("the state of an objective of 99.9 % over 30 days", () => {
  it.each([
    ["nothing fails", lately(0, 0), "ok", null],
    ["as much fails as may", world(() => 0.0009), "ok", null],
    ["all has failed for 2 minutes", lately(120_000, 1), "page", HOUR],
    ["all has failed for half a minute", lately(30_000, 1), "page", HOUR],
    ["1.5 % has failed for an hour", lately(HOUR, 0.015), "page", HOUR],
    ["1.5 % has failed for half an hour, which is 1 %", lately(HOUR / 2, 0.015), "ok", null],
    ["0.7 % has failed for 6 hours", lately(6 * HOUR, 0.007), "page", 6 * HOUR],
    ["0.4 % has failed for a day", lately(DAY, 0.004), "ticket", DAY],
    ["0.15 % has failed for 3 days", lately(3 * DAY, 0.0015), "ticket", 3 * DAY],
    ["0.4 % has failed for 4 hours", lately(4 * HOUR, 0.004), "ok", null],
    ["all failed for 20 minutes an hour ago", world((ago) => (ago > HOUR && ago < 1.3 * HOUR ? 1 : 0)), "ticket", DAY],
    [
      "all failed for 3 minutes, 10 minutes ago",
      world((ago) => (ago >= 600_000 && ago < 780_000 ? 1 : 0)),
      "page",
      6 * HOUR,
    ],
  ] as const)("when %s is what the workbook's alarms say", (_, eventsIn, state, longMs) => {
    const judged = judgeBurn(0.999, MONTH, eventsIn);
    expect([judged.state, judged.because?.longMs ?? null]).toEqual([state, longMs]);
  });

  it("is no alarm for a handful of failures, however few requests there were", () => {
    const quiet = (bad: number) => () => ({ total: 20, bad });
    expect(judgeBurn(0.999, MONTH, quiet(4)).state).toBe("ok");
    expect(judgeBurn(0.999, MONTH, quiet(5)).state).toBe("page");
  });

  it("has no alarm over more time than its window", () => {
    const judged = judgeBurn(0.999, HOUR, (ms) => (ms > HOUR ? { total: 100, bad: 100 } : { total: 100, bad: 0 }));
    expect(judged.state).toBe("ok");
  });
});
