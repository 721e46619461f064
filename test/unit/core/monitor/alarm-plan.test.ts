import { describe, expect, it } from "vitest";
import { flushDueMs, isProbing, nextAlarmMs } from "../../../../src/core/monitor/alarm-plan.ts";
import { onReport } from "../../../../src/core/monitor/on-report.ts";
import { reportOf } from "../../../fixtures/report-deltas.ts";
import { monitorOf, T0, tell, unchecked } from "./monitors.ts";

const none = () => false;
const report = reportOf([{ id: "a", ok: 1, latencySumMs: 5, latencySquareSum: 25, latencyMinMs: 5 }]);

describe("the alarm", () => {
  it("is not set while there is nothing to do", () => {
    expect(nextAlarmMs(monitorOf("weur"), none, T0)).toBe(Number.POSITIVE_INFINITY);
    expect(nextAlarmMs(monitorOf("root"), none, T0)).toBe(Number.POSITIVE_INFINITY);
  });

  it("flushes ten seconds after the first change, however many follow", () => {
    const monitor = monitorOf("weur", unchecked);
    for (const second of [0, 3, 9]) onReport(monitor, { ...report, seq: second + 1 }, T0 + second * 1_000);
    expect([flushDueMs(monitor), nextAlarmMs(monitor, none, T0 + 9_000)]).toEqual([T0 + 10_000, T0 + 10_000]);
  });

  it("probes as long as the service was used in the last ten minutes, in regions only", () => {
    const monitor = monitorOf("weur");
    onReport(monitor, report, T0);
    expect(nextAlarmMs(monitor, none, T0 + 1_000)).toBe(T0 + 1_000);
    expect([isProbing(monitor, T0 + 599_999), isProbing(monitor, T0 + 600_000)]).toEqual([true, false]);
    const root = monitorOf("root");
    root.lastReportMs = T0;
    expect(isProbing(root, T0)).toBe(false);
  });

  it("is set for a whole millisecond, and never before what it is for is due", () => {
    const monitor = monitorOf("weur");
    onReport(monitor, report, T0);
    for (const states of monitor.checks) states[0] = { ...states[0]!, dueMs: T0 + 2_000.3 };
    expect(nextAlarmMs(monitor, none, T0)).toBe(T0 + 2_001);
  });

  it("wakes up when an operator's word ends", () => {
    const monitor = monitorOf("root", unchecked);
    tell(monitor, { target: { cloud: "not here yet" }, action: "drain", forMs: 60_000 }, T0);
    expect(nextAlarmMs(monitor, none, T0)).toBe(T0 + 60_000);
    expect(nextAlarmMs(monitor, none, T0 + 60_000)).toBe(Number.POSITIVE_INFINITY);
  });
});
