import { describe, expect, it } from "vitest";
import { nextAlarmMs } from "../../../../src/core/monitor/alarm-plan.ts";
import { describeMonitor } from "../../../../src/core/monitor/describe.ts";
import { DRAIN_QUIET_MS } from "../../../../src/core/monitor/drain.ts";
import { onProbeOutcome } from "../../../../src/core/monitor/health-sources.ts";
import type { Monitor } from "../../../../src/core/monitor/monitor.ts";
import { onReport, onTick } from "../../../../src/core/monitor/on-report.ts";
import { answer } from "../../../../src/core/monitor/snapshot.ts";
import { reportOf } from "../../../fixtures/report-deltas.ts";
import { exchange, monitorOf, probed, T0, tell, unchecked } from "./monitors.ts";
import { exchangeUp, shardAt } from "./shards.ts";

let seq = 0;
const answered = (id: string, n: number, inFlight = 0) =>
  reportOf([{ id, ok: n, latencySumMs: n * 5, latencySquareSum: n * 25, latencyMinMs: 5 }], {
    seq: ++seq,
    inFlight: [inFlight],
  });
const stages = (monitor: Monitor) =>
  monitor.events.flatMap(({ type, endpoint, atMs }) =>
    type === "draining" || type === "drained" ? [`${type} ${endpoint} ${atMs - T0}`] : [],
  );
const stateOf = (monitor: Monitor, nowMs: number) => describeMonitor(monitor, [], nowMs).overrides[0];

describe("a drain", () => {
  it("is over when nothing was in flight or answered for a while", () => {
    const monitor = monitorOf("weur", unchecked);
    onReport(monitor, answered("a", 3), T0);
    tell(monitor, { endpoint: "a", action: "drain" }, T0 + 1_000);
    expect(stateOf(monitor, T0 + 1_000)).toMatchObject({
      state: "draining",
      drainedAtMs: null,
      matches: 1,
      governs: 1,
    });
    // A session is still there: an answer at 4 s.
    onReport(monitor, answered("a", 1), T0 + 4_000);
    onTick(monitor, T0 + 4_000 + DRAIN_QUIET_MS - 1);
    expect(stages(monitor)).toEqual(["draining a 1000"]);
    const endMs = T0 + 4_000 + DRAIN_QUIET_MS;
    expect(nextAlarmMs(monitor, () => false, T0 + 16_000)).toBeLessThanOrEqual(endMs);
    onTick(monitor, endMs);
    expect(stages(monitor)).toEqual(["draining a 1000", `drained a ${endMs - T0}`]);
    expect(stateOf(monitor, endMs)).toMatchObject({ state: "drained", drainedAtMs: endMs });
    const { told, health } = describeMonitor(monitor, [], endMs).endpoints[0]!;
    expect({ health, drain: told.drain }).toEqual({ health: 4, drain: { sinceMs: T0 + 1_000, drainedAtMs: endMs } });
  });

  it("goes on while a request is in flight, however long that takes", () => {
    const monitor = monitorOf("weur", unchecked);
    onReport(monitor, answered("a", 1, 1), T0);
    tell(monitor, { endpoint: "a", action: "drain" }, T0);
    for (let ms = 5_000; ms <= 60_000; ms += 5_000) {
      onReport(monitor, answered("a", 0, 1), T0 + ms);
      onTick(monitor, T0 + ms);
    }
    expect(stateOf(monitor, T0 + 60_000)).toMatchObject({ state: "draining" });
    onReport(monitor, answered("a", 1, 0), T0 + 61_000);
    onTick(monitor, T0 + 61_000 + DRAIN_QUIET_MS);
    expect(stateOf(monitor, T0 + 61_000 + DRAIN_QUIET_MS)).toMatchObject({ state: "drained" });
  });

  it("begins again when traffic comes back, and is forgotten when the word is taken back", () => {
    const monitor = monitorOf("weur", unchecked);
    tell(monitor, { endpoint: "a", action: "drain" }, T0);
    onTick(monitor, T0 + DRAIN_QUIET_MS);
    onReport(monitor, answered("a", 1), T0 + 20_000);
    onTick(monitor, T0 + 20_000);
    expect(stages(monitor)).toEqual(["draining a 0", "drained a 15000", "draining a 20000"]);
    tell(monitor, { endpoint: "a", action: "clear" }, T0 + 21_000);
    expect(describeMonitor(monitor, [], T0 + 21_000).endpoints[0]!.told).toMatchObject({ drain: null, overrides: [] });
  });

  it("is known to the root, by what its regions say of traffic, though a region that is alone sends no counts", () => {
    const root = monitorOf("root", unchecked);
    const region = monitorOf("weur", unchecked);
    exchange(region, root, T0);
    tell(root, { endpoint: "a", action: "drain" }, T0);
    onReport(region, answered("a", 1), T0 + 14_000);
    exchange(region, root, T0 + 14_900);
    onTick(root, T0 + DRAIN_QUIET_MS);
    expect(stateOf(root, T0 + DRAIN_QUIET_MS)).toMatchObject({ state: "draining" });
    onTick(root, T0 + 14_000 + DRAIN_QUIET_MS);
    expect(stateOf(root, T0 + 14_000 + DRAIN_QUIET_MS)).toMatchObject({ state: "drained" });
  });

  it("is known to a region by what its shards say", () => {
    const region = monitorOf("weur", unchecked);
    const shard = shardAt(0);
    exchangeUp(shard, region, T0);
    tell(region, { endpoint: "a", action: "drain" }, T0);
    onReport(shard, answered("a", 0, 2), T0 + 10_000);
    exchangeUp(shard, region, T0 + 10_250);
    onTick(region, T0 + DRAIN_QUIET_MS);
    expect(stateOf(region, T0 + DRAIN_QUIET_MS)).toMatchObject({ state: "draining" });
    expect(stages(shard)).toEqual([]);
  });

  it("is not over at once after an eviction, since what was in flight then is not known", () => {
    const monitor = monitorOf("weur", unchecked, T0 + 60_000);
    tell(monitor, { endpoint: "a", action: "drain" }, T0);
    onTick(monitor, T0 + 60_000 + DRAIN_QUIET_MS - 1);
    expect(stateOf(monitor, T0 + 70_000)).toMatchObject({ state: "draining" });
    onTick(monitor, T0 + 60_000 + DRAIN_QUIET_MS);
    expect(stateOf(monitor, T0 + 80_000)).toMatchObject({ state: "drained" });
  });

  it("leaves the probes running, and what they found is in force at once when it is taken back", () => {
    const monitor = monitorOf("weur");
    tell(monitor, { endpoint: "a", action: "drain" }, T0);
    onProbeOutcome(monitor, { endpoint: 0, check: 0 }, probed(true, T0 + 10), T0 + 10);
    expect(monitor.checks[0]![0]!.verdict).toBe("up");
    expect(answer(monitor, T0 + 10).health[0]).toBe(4);
    tell(monitor, { endpoint: "a", action: "clear" }, T0 + 20);
    expect(answer(monitor, T0 + 20).health[0]).toBe(1);
  });

  it("of a cloud tells how many endpoints it is in force on, and when the last one is drained", () => {
    const monitor = monitorOf("weur", unchecked);
    tell(monitor, { target: { cloud: "a" }, action: "drain" }, T0);
    tell(monitor, { endpoint: "a", action: "force-healthy" }, T0);
    tell(monitor, { target: { cloud: "elsewhere" }, action: "disable" }, T0);
    const { overrides, left } = describeMonitor(monitor, [], T0);
    expect(overrides.map(({ state, matches, governs }) => [state, matches, governs])).toEqual([
      ["shadowed", 1, 0],
      ["in-force", 1, 1],
      ["unmatched", 0, 0],
    ]);
    expect(left).toEqual({ left: 4, serving: 4 });
  });
});
