import { describe, expect, it } from "vitest";
import { newsOf } from "../../../../durable-objects/service-history/news.ts";
import type { ObjectiveStatus } from "../../../../src/core/slo/status.ts";
import { UNWATCHED, type Watched } from "../../../../src/core/slo/watch.ts";

const STATUS: ObjectiveStatus = {
  name: "up",
  kind: "availability",
  route: null,
  target: 0.999,
  thresholdMs: null,
  windowMs: 2_592_000_000,
  total: 10_000,
  bad: 4,
  goodRatio: 0.9996,
  budgetRemainingRatio: 0.6,
  burnRates: [{ windowMs: 3_600_000, rate: 20 }],
  state: "page",
  because: { longMs: 3_600_000, shortMs: 300_000, rate: 14.4 },
  exhaustedInMs: 77_760_000,
};
const PAGE: Watched = { ...UNWATCHED, state: "page" };

describe("news of objectives", () => {
  it.each([
    [
      UNWATCHED,
      PAGE,
      "critical",
      false,
      "the availability objective up burns 20.0 times as fast as it may: 60.0 % of its budget is left",
    ],
    [PAGE, UNWATCHED, "info", true, "the availability objective up holds again: 60.0 % of its budget is left"],
    [
      PAGE,
      { ...PAGE, isExhausted: true },
      "critical",
      false,
      "the availability objective up has spent its budget of errors",
    ],
    [
      PAGE,
      { ...UNWATCHED, isExhausted: true },
      "warning",
      false,
      "the availability objective up has spent its budget of errors",
    ],
    [
      UNWATCHED,
      { ...UNWATCHED, state: "ticket" },
      "warning",
      false,
      "the availability objective up burns 20.0 times as fast as it may: 60.0 % of its budget is left",
    ],
  ] as const)("say what has changed: %#", (from, to, severity, resolved, summary) => {
    expect(newsOf(STATUS, { from, to }, 5)).toMatchObject({
      type: "slo",
      atMs: 5,
      severity,
      resolved,
      summary,
      key: "slo/up/availability",
      cause: { objective: "up", was: from.state, state: to.state, longWindowMs: 3_600_000 },
    });
  });
});
