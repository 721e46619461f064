import { describe, expect, it } from "vitest";
import { ejectOutlier } from "../../../../src/core/health/coordinator.ts";
import { describeMonitor } from "../../../../src/core/monitor/describe.ts";
import { onProbeOutcome } from "../../../../src/core/monitor/health-sources.ts";
import { adopt } from "../../../../src/core/monitor/membership.ts";
import type { Monitor } from "../../../../src/core/monitor/monitor.ts";
import { onReport, onTick } from "../../../../src/core/monitor/on-report.ts";
import type { OperatorCommand } from "../../../../src/core/monitor/override.ts";
import { answer } from "../../../../src/core/monitor/snapshot.ts";
import { endpointOf, meshOf, serviceOf } from "../../../fixtures/meshes.ts";
import { reportOf } from "../../../fixtures/report-deltas.ts";
import { exchange, monitorOf, probed, T0, tell } from "./monitors.ts";

const at = (cloud: string, region: string) => ({ locality: { cloud, region, zone: "" } });
const endpoints = [
  endpointOf("aws-1", "http://a.invalid", at("aws", "eu")),
  endpointOf("aws-2", "http://b.invalid", at("aws", "us")),
  endpointOf("gcp-1", "http://c.invalid", at("gcp", "eu")),
];
const service = serviceOf("shop", endpoints);
const mesh = meshOf([service]);
const health = (monitor: Monitor) => [...monitor.coordinator.health];
const report = (seq: number, n = 10) =>
  reportOf(
    endpoints.map(({ id }) => ({ id, ok: n, latencySumMs: n * 20, latencySquareSum: n * 400, latencyMinMs: 20 })),
    { seq },
  );

/** A region with a root that has another region too, so that its rows are in force. */
function plane(): { root: Monitor; region: Monitor; other: Monitor; round: (nowMs: number) => void } {
  const [root, region, other] = (["root", "weur", "enam"] as const).map((scope) => monitorOf(scope, service)) as [
    Monitor,
    Monitor,
    Monitor,
  ];
  const round = (nowMs: number) => {
    for (const one of [region, other, region]) exchange(one, root, nowMs);
  };
  round(T0);
  return { root, region, other, round };
}

describe("an operator's word to the root", () => {
  it("is in force in every region after an exchange, and stands though the root is silent", () => {
    const { root, region, other, round } = plane();
    tell(root, { target: { cloud: "aws" }, action: "drain" }, T0 + 10);
    round(T0 + 20);
    expect([root, region, other].map(health)).toEqual(Array(3).fill([4, 4, 0]));
    onTick(region, T0 + 600_000);
    expect(answer(region, T0 + 600_000).health).toEqual([4, 4, 0]);
  });

  it("is taken back everywhere by its id, or by its target", () => {
    const { root, region, round } = plane();
    tell(root, { target: { cloud: "aws" }, action: "drain" }, T0 + 10);
    tell(root, { target: { cloud: "aws", region: "eu" }, action: "disable" }, T0 + 20);
    round(T0 + 30);
    expect(health(region)).toEqual([5, 4, 0]);
    tell(root, { action: "clear", id: `drain-${T0 + 10}` }, T0 + 40);
    round(T0 + 50);
    expect(health(region)).toEqual([5, 0, 0]);
    tell(root, { action: "clear", target: { cloud: "aws", region: "eu" } }, T0 + 60);
    round(T0 + 70);
    expect(health(region)).toEqual([0, 0, 0]);
    expect(tell(root, { action: "clear", id: "nobody" }, T0 + 80)).toMatchObject({ error: "unknown_override" });
  });

  it("ends by itself, and is said to have ended", () => {
    const { root, region, round } = plane();
    tell(root, { endpoint: "aws-1", action: "disable", forMs: 1_000 }, T0);
    round(T0 + 10);
    for (const one of [root, region]) onTick(one, T0 + 1_000);
    expect([root, region].map(health)).toEqual(Array(2).fill([0, 0, 0]));
    expect(root.events.map(({ type }) => type)).toContain("override-ended");
    expect(describeMonitor(root, [], T0 + 1_000).overrides).toEqual([]);
  });

  it("holds for endpoints that join the cloud later", () => {
    const { root, region, round } = plane();
    tell(root, { target: { cloud: "aws" }, action: "drain" }, T0 + 10);
    round(T0 + 20);
    const joined = endpointOf("aws-3", "http://d.invalid", at("aws", "eu"));
    const next = adopt(region, mesh, service, { revision: 1, endpoints: [...endpoints, joined] }, T0 + 30);
    expect([next.coordinator.ids, health(next)]).toEqual([
      ["aws-1", "aws-2", "gcp-1", "aws-3"],
      [4, 4, 0, 4],
    ]);
  });

  it("reaches a region that only understands columns, and comes from a root that only sends them", () => {
    const { root, region } = plane();
    tell(root, { endpoint: "gcp-1", action: "disable" }, T0 + 10);
    exchange(region, root, T0 + 20, { message: ({ overridesRevision, idleMs, traffic, ...old }) => old });
    expect(health(region)).toEqual([0, 0, 5]);
    exchange(region, root, T0 + 30, { row: ({ overridesRevision, overrides, percent, ...old }) => old });
    expect([health(region), region.above]).toEqual([[0, 0, 5], null]);
  });
});

describe("what is left", () => {
  const refusedFor = (monitor: Monitor, command: OperatorCommand) => tell(monitor, command, T0 + 5);

  it("is never nothing, unless it is forced", () => {
    const monitor = monitorOf("root", service);
    expect(tell(monitor, { target: { cloud: "aws" }, action: "drain" }, T0)).toMatchObject({
      ok: true,
      impact: { endpoints: 3, wasLeft: 3, left: 1, wasServing: 3, serving: 1 },
      warning: "1 of 3 endpoints are left to serve",
    });
    expect(refusedFor(monitor, { endpoint: "gcp-1", action: "disable" })).toMatchObject({ error: "would_empty" });
    expect(refusedFor(monitor, { target: { cloud: "gcp" }, action: "weight", percent: 0 })).toMatchObject({
      error: "would_empty",
    });
    expect(health(monitor)).toEqual([4, 4, 0]);
    expect(tell(monitor, { endpoint: "gcp-1", action: "disable", force: true }, T0 + 6)).toMatchObject({ ok: true });
    expect(health(monitor)).toEqual([4, 4, 5]);
  });

  it("counts only who could serve: the last healthy endpoint is not drained because others are there that are down", () => {
    const checkedService = serviceOf("shop", endpoints, { healthChecks: monitorOf("weur").service.healthChecks });
    const monitor = monitorOf("weur", checkedService);
    onProbeOutcome(monitor, { endpoint: 0, check: 0 }, probed(false, T0), T0);
    ejectOutlier(monitor.coordinator, 1, "a test", T0);
    const refusal = refusedFor(monitor, { endpoint: "gcp-1", action: "drain" });
    expect(refusal).toMatchObject({
      error: "would_empty",
      detail: expect.stringContaining("aws-1, aws-2 are not well"),
    });
    expect(refusedFor(monitor, { endpoint: "aws-1", action: "drain" })).toMatchObject({ ok: true });
  });

  it("is looked at when a word is taken back too", () => {
    const monitor = monitorOf("root", service);
    for (const id of ["aws-1", "aws-2"]) tell(monitor, { endpoint: id, action: "drain" }, T0);
    tell(monitor, { endpoint: "gcp-1", action: "force-healthy" }, T0 + 1);
    tell(monitor, { target: { cloud: "gcp" }, action: "disable" }, T0 + 2);
    expect(refusedFor(monitor, { endpoint: "gcp-1", action: "clear" })).toMatchObject({ error: "would_empty" });
  });

  it("has no use for an endpoint that is not there, nor for more words than anyone follows", () => {
    const monitor = monitorOf("root", service);
    expect(refusedFor(monitor, { endpoint: "azure", action: "drain" })).toMatchObject({ error: "unknown_endpoint" });
    for (let i = 0; i < 256; i++) tell(monitor, { target: { cloud: `cloud ${i}` }, action: "drain" }, T0 + i);
    expect(tell(monitor, { target: { cloud: "one more" }, action: "drain" }, T0 + 300)).toMatchObject({
      error: "too_many",
    });
    expect(tell(monitor, { target: { cloud: "cloud 7" }, action: "disable" }, T0 + 300)).toMatchObject({
      ok: true,
      cleared: [{ action: "drain" }],
    });
  });
});

describe("a weight", () => {
  const shares = (monitor: Monitor, nowMs: number) => answer(monitor, nowMs).probability;

  it("multiplies what snapshots say, over 1 too", () => {
    const monitor = monitorOf("weur", service);
    tell(monitor, { endpoint: "aws-1", action: "weight", percent: 250 }, T0);
    tell(monitor, { target: { cloud: "gcp" }, action: "weight", percent: 10 }, T0);
    expect(answer(monitor, T0).weight).toEqual([2.5, 1, 0.1]);
    expect(describeMonitor(monitor, [], T0).endpoints.map(({ effectiveWeight }) => effectiveWeight)).toEqual([
      2.5, 1, 0.1,
    ]);
  });

  it("moves the adaptive probabilities in its proportion, and back", () => {
    const monitor = monitorOf("weur", service);
    onReport(monitor, report(1), T0);
    onTick(monitor, T0 + 1_000);
    for (const share of shares(monitor, T0 + 1_000)) expect(share).toBeCloseTo(1 / 3, 6);
    tell(monitor, { endpoint: "aws-1", action: "weight", percent: 50 }, T0 + 1_010);
    expect(shares(monitor, T0 + 1_010).map((share) => Number(share.toFixed(6)))).toEqual([0.2, 0.4, 0.4]);
    tell(monitor, { endpoint: "aws-1", action: "clear" }, T0 + 1_020);
    for (const share of shares(monitor, T0 + 1_020)) expect(share).toBeCloseTo(1 / 3, 6);
  });

  it("lessens the load of an endpoint though all are full", () => {
    const monitor = monitorOf("weur", service);
    onReport(monitor, report(1, 1_000), T0);
    const { allowedRps, knownRps } = monitor.coordinator.capacity;
    for (let e = 0; e < 3; e++) [allowedRps[e], knownRps[e]] = [50, 50];
    tell(monitor, { endpoint: "aws-1", action: "weight", percent: 10 }, T0 + 250);
    const [first, second, third] = shares(monitor, T0 + 250);
    // Capacities 5, 50 and 50 are stretched alike until the demand fits; the fixed point is within 1 %.
    expect(first! / second!).toBeCloseTo(0.1, 1);
    expect(second! / third!).toBeCloseTo(1, 1);
  });

  it("of the root reaches a region's snapshot once, and one said in the region is on top of the root's row", () => {
    const { root, region, round } = plane();
    tell(root, { endpoint: "aws-1", action: "weight", percent: 200 }, T0 + 10);
    round(T0 + 20);
    expect(answer(region, T0 + 20).weight).toEqual([2, 1, 1]);
    expect(shares(region, T0 + 20).map((share) => Number(share.toFixed(6)))).toEqual([0.5, 0.25, 0.25]);
    tell(region, { endpoint: "aws-1", action: "weight", percent: 400 }, T0 + 30);
    expect(answer(region, T0 + 30).weight).toEqual([4, 1, 1]);
    expect(shares(region, T0 + 30)[0]).toBeCloseTo(4 / 6, 6);
  });
});
