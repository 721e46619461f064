import { describe, expect, it } from "vitest";
import type { Events } from "../../../../src/core/slo/burn.ts";
import { type Objective, objectivesOf } from "../../../../src/core/slo/objective.ts";
import { statusOf } from "../../../../src/core/slo/status.ts";
import { onStatus, UNWATCHED, type Watched } from "../../../../src/core/slo/watch.ts";

const HOUR = 3_600_000;
const WINDOW = 720 * HOUR;
const objective: Objective = {
  name: "up",
  kind: "availability",
  route: null,
  target: 0.99,
  thresholdMs: null,
  windowMs: WINDOW,
};
/** Over the window, and over everything shorter. */
const events =
  (all: Events, lately: Events) =>
  (ms: number): Events =>
    ms === WINDOW ? all : lately;

describe("the status of an objective", () => {
  it.each([
    ["without a request", { total: 0, bad: 0 }, { total: 0, bad: 0 }, 1, null],
    ["with a quarter spent and nothing failing", { total: 10_000, bad: 25 }, { total: 100, bad: 0 }, 0.75, null],
    ["with a quarter spent, burning as fast as it may", { total: 10_000, bad: 25 }, { total: 100, bad: 1 }, 0.75, null],
    ["with a quarter spent, burning at 3", { total: 10_000, bad: 25 }, { total: 100, bad: 3 }, 0.75, WINDOW / 4],
    ["with all of it spent", { total: 10_000, bad: 100 }, { total: 100, bad: 0 }, 0, 0],
    ["with twice as much spent", { total: 10_000, bad: 200 }, { total: 100, bad: 3 }, -1, 0],
  ] as const)("%s", (_, all, lately, remaining, exhaustedInMs) => {
    const status = statusOf(objective, events(all, lately));
    expect(status.budgetRemainingRatio).toBeCloseTo(remaining, 9);
    if (exhaustedInMs === null) expect(status.exhaustedInMs).toBeNull();
    else expect(status.exhaustedInMs).toBeCloseTo(exhaustedInMs, 0);
  });

  it("tells rates of windows that are within its own", () => {
    const short = statusOf({ ...objective, windowMs: 3 * HOUR }, () => ({ total: 10, bad: 0 }));
    expect(short.burnRates.map(({ windowMs }) => windowMs / HOUR)).toEqual([1 / 12, 0.5, 1, 2]);
  });

  it("is that of each promise by itself", () => {
    const plan = {
      name: "good",
      route: "checkout",
      windowMs: WINDOW,
      availability: 0.999,
      latency: { thresholdMs: 250, ratio: 0.99 },
    };
    expect(objectivesOf(plan).map(({ kind, target, thresholdMs }) => [kind, target, thresholdMs])).toEqual([
      ["availability", 0.999, null],
      ["latency", 0.99, 250],
    ]);
    expect(objectivesOf({ ...plan, availability: null })).toHaveLength(1);
  });
});

describe("news of an objective", () => {
  const at = (state: Watched["state"], budgetRemainingRatio = 0.5) => ({ state, budgetRemainingRatio });
  /** What was told, and when, of states a minute apart. */
  function told(...states: readonly ReturnType<typeof at>[]) {
    let watched = UNWATCHED;
    return states.flatMap((status, minute) => {
      const news = onStatus(watched, status, minute * 60_000);
      watched = news.watched;
      return news.change === null
        ? []
        : [[minute, news.change.from.state, news.change.to.state, news.change.to.isExhausted]];
    });
  }

  it.each([
    [
      "worse is told at once",
      [at("ok"), at("ticket"), at("page")],
      [
        [1, "ok", "ticket", false],
        [2, "ticket", "page", false],
      ],
    ],
    [
      "better is told once it lasts",
      [at("page"), at("ok"), at("ok"), at("ok"), at("ok")],
      [
        [0, "ok", "page", false],
        [3, "page", "ok", false],
      ],
    ],
    ["what wavers is one alarm", [at("page"), at("ok"), at("page"), at("ok"), at("page")], [[0, "ok", "page", false]]],
    [
      "an alarm goes on when there is some budget again",
      [at("page", -1), at("page"), at("page")],
      [[0, "ok", "page", true]],
    ],
    ["a spent budget is told beside it", [at("ok"), at("ok", 0), at("ok", -0.1)], [[1, "ok", "ok", true]]],
  ] as const)("%s", (_, states, expected) => {
    expect(told(...states)).toEqual(expected);
  });
});
