import { describe, expect, it } from "vitest";
import { checkReport } from "../../../../src/core/health/report-check.ts";
import { createTrafficSlot, onTrafficDelivered, trafficToSend } from "../../../../src/core/traffic/columns.ts";
import { createSeries, seriesColumns } from "../../../../src/core/traffic/series.ts";
import { createTrafficWindow, oldestSnapshotMs, takeTraffic } from "../../../../src/core/traffic/take-traffic.ts";
import { countOne, countRequest, createTally } from "../../../../src/core/traffic/tally.ts";
import { reportOf } from "../../../fixtures/report-deltas.ts";

const NOW = 5_000_000;

function told() {
  const tally = createTally();
  const unrouted = createTally();
  countRequest(tally, "main", "aws", "GET", 200, 0, 20);
  countRequest(unrouted, "", "", "GET", 404, 2, 0);
  countOne(tally, "shed");
  return { tally, unrouted, slot: createTrafficSlot() };
}

describe("a block of traffic", () => {
  it("is told again under its own number until it is answered, and what happens meanwhile waits", () => {
    const { tally, unrouted, slot } = told();
    const first = trafficToSend(slot, tally, unrouted, 30)!;
    countRequest(tally, "main", "aws", "GET", 200, 0, 20);
    expect(trafficToSend(slot, tally, unrouted, 40)).toBe(first);
    onTrafficDelivered(slot);
    expect(trafficToSend(slot, tally, unrouted, 40)).toMatchObject({ seq: 2, count: [1] });
  });

  it("is none when nothing was counted", () => {
    expect(trafficToSend(createTrafficSlot(), createTally(), createTally(), 0)).toBeNull();
  });

  it("passes the check of reports unchanged", () => {
    const { tally, unrouted, slot } = told();
    const traffic = trafficToSend(slot, tally, unrouted, 30)!;
    const check = checkReport(structuredClone({ ...reportOf([]), traffic }));
    expect(check).toMatchObject({ ok: true, report: { traffic } });
  });

  it.each([
    ["a count below zero", { count: [-1] }],
    ["columns of different lengths", { method: [] }],
    ["a position outside its list", { route: [99] }],
    ["a position that is no integer", { flag: [0.5] }],
    ["too many routes", { routes: new Array(65).fill("r") }],
    ["no number", { seq: 0 }],
    ["a histogram of no route", { durations: new Array(1_000).fill(1) }],
    ["unrouted requests that are none", { unrouted: { routes: "no" } }],
  ])("is refused with the report for %s", (_, change) => {
    const { tally, unrouted, slot } = told();
    const traffic = { ...trafficToSend(slot, tally, unrouted, 30)!, ...change };
    expect(checkReport({ ...reportOf([]), traffic })).toMatchObject({ ok: false });
  });

  it("is counted once by the monitor, however often it is delivered", () => {
    const { tally, unrouted, slot } = told();
    const traffic = trafficToSend(slot, tally, unrouted, 30)!;
    const series = createSeries();
    const window = createTrafficWindow();
    for (let i = 0; i < 3; i++) takeTraffic(series, window, "r1", traffic, NOW);
    takeTraffic(series, window, "r2", traffic, NOW);
    const { counters } = seriesColumns(series);
    expect(counters.requests).toEqual([[["main", "aws", "GET", "2xx", ""], 2]]);
    expect(counters.unrouted).toEqual([[["", "GET", "4xx", "NR"], 2]]);
    expect(counters.events).toContainEqual([["shed"], 2]);
    expect(counters.events).toContainEqual([["coldStarts"], 2]);
    expect(oldestSnapshotMs(window, NOW)).toBe(30);
    expect(oldestSnapshotMs(window, NOW + 61_000)).toBe(0);
  });
});
