import { describe, expect, it } from "vitest";
import { applyAllHealth, forgetOldChecks, onProbeOutcome } from "../../../../src/core/monitor/health-sources.ts";
import type { Monitor } from "../../../../src/core/monitor/monitor.ts";
import { onReport } from "../../../../src/core/monitor/on-report.ts";
import { reportOf } from "../../../fixtures/report-deltas.ts";
import { exchange, monitorOf, probed, T0, tell } from "./monitors.ts";

const task = { endpoint: 0, check: 0 };
const healthOfA = (monitor: Monitor) => monitor.coordinator.health[0];
const say = (monitor: Monitor, ok: boolean, nowMs = T0) => onProbeOutcome(monitor, task, probed(ok, nowMs), nowMs);

/** Three regions that have heard each other, with what their probes of endpoint a say. */
function regionsSaying(...verdicts: readonly boolean[]): { root: Monitor; regions: readonly Monitor[] } {
  const root = monitorOf("root");
  const regions = (["weur", "enam", "apac"] as const).map((scope) => monitorOf(scope));
  for (const [i, ok] of verdicts.entries()) say(regions[i]!, ok);
  for (const round of [0, 1_000]) for (const region of regions) exchange(region, root, T0 + round);
  return { root, regions };
}

describe("health from three sources", () => {
  it("is what a lone region's probes say", () => {
    const monitor = monitorOf("weur");
    say(monitor, false);
    expect(healthOfA(monitor)).toBe(2);
    say(monitor, true);
    expect(healthOfA(monitor)).toBe(1);
  });

  it("is down everywhere once a quorum of the regions says so", () => {
    const { root, regions } = regionsSaying(false, false, true);
    expect([root, ...regions].map(healthOfA)).toEqual([2, 2, 2, 2]);
  });

  it("is not down for one region's probes alone, unless real traffic fails there", () => {
    const { root, regions } = regionsSaying(false, true, true);
    expect([root, ...regions].map(healthOfA)).toEqual([1, 1, 1, 1]);
    const [alone] = regions as [Monitor];
    const failing = reportOf([{ id: "a", timeouts: 5, trailingFailures: 5 }]);
    onReport(alone, failing, T0 + 1_500);
    exchange(alone, root, T0 + 2_000);
    expect([root, ...regions].map(healthOfA)).toEqual([1, 2, 1, 1]);
  });

  it("falls back to the own view when the root falls silent", () => {
    const { regions } = regionsSaying(false, true, true);
    applyAllHealth(regions[0]!, T0 + 10_000);
    expect(healthOfA(regions[0]!)).toBe(2);
  });

  it("is an operator's word before all others, in the region or everywhere", () => {
    const { root, regions } = regionsSaying(true, true, true);
    tell(regions[0]!, { endpoint: "a", action: "force-unhealthy", forMs: 5_000 }, T0);
    expect(regions.map(healthOfA)).toEqual([2, 1, 1]);
    tell(root, { endpoint: "a", action: "drain" }, T0);
    for (const region of regions) exchange(region, root, T0 + 2_000);
    expect(regions.map(healthOfA)).toEqual([2, 4, 4]);
    applyAllHealth(regions[0]!, T0 + 5_000);
    expect(healthOfA(regions[0]!)).toBe(4);
    tell(root, { endpoint: "a", action: "clear" }, T0 + 6_000);
    for (const region of regions) exchange(region, root, T0 + 6_000);
    expect(regions.map(healthOfA)).toEqual([1, 1, 1]);
  });

  it("can be forced healthy against the probes", () => {
    const monitor = monitorOf("weur");
    say(monitor, false);
    tell(monitor, { endpoint: "a", action: "force-healthy" }, T0);
    expect(healthOfA(monitor)).toBe(1);
    say(monitor, false);
    expect(healthOfA(monitor)).toBe(1);
  });

  it("takes one good probe again after a pause", () => {
    const monitor = monitorOf("weur");
    say(monitor, false);
    forgetOldChecks(monitor, 600_000, T0 + 600_000);
    expect(monitor.checks[0]![0]!.verdict).toBe("down");
    forgetOldChecks(monitor, 600_000, T0 + 600_001);
    expect(monitor.checks[0]![0]).toMatchObject({ verdict: "unknown", dueMs: T0 + 600_001 });
  });

  it("tells what happened", () => {
    const monitor = monitorOf("weur");
    say(monitor, false);
    tell(monitor, { endpoint: "b", action: "drain", by: "ops" }, T0);
    const told = monitor.events.map(({ type, endpoint }) => [type, endpoint]);
    expect(told).toContainEqual(["check", "a"]);
    expect(told).toContainEqual(["health", "a"]);
    expect(told).toContainEqual(["told", "b"]);
  });
});
