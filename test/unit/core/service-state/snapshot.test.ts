import { describe, expect, it } from "vitest";
import { applySnapshot, takeReport } from "../../../../src/core/service-state.ts";
import { attempt, informed, LOADBALANCING, shares, snapshotOf, stateOf } from "./fixture.ts";

describe("a snapshot", () => {
  it("is matched by endpoint id", () => {
    const state = stateOf();
    const ids = ["g1", "unknown", "a1"];
    applySnapshot(state, snapshotOf({ ids, latencyMs: [11, 22, 33], breaker: [1, 0, 0] }), 1_000);
    expect([state.columns.latencyMs[0], state.columns.latencyMs[2]]).toEqual([33, 11]);
    expect(shares(state, 1_100, 300)[2]).toBe(0);
  });

  it("is ignored when it is older than the one in force, but for its leases", () => {
    const state = informed({ atMs: 5_000, latencyMs: [40, 40, 40] });
    const lease = { id: "a2", generation: 1, scope: "region", ttlMs: 3_000 } as const;
    applySnapshot(state, snapshotOf({ atMs: 4_000, latencyMs: [99, 99, 99], leases: [lease] }), 1_200);
    expect(state.columns.latencyMs[0]).toBe(40);
    expect(state.leases).toHaveLength(1);
  });

  it("takes over the evidence that was sent before it, and leaves what came after", () => {
    const state = informed({ failureSamples: [10, 10, 10], failureRatio: [0, 0, 0] });
    attempt(state, 0, "timeout", 1_050);
    takeReport(state, 1_060);
    attempt(state, 0, "timeout", 1_070);
    const before = state.columns.failureRatio[0]!;
    applySnapshot(state, snapshotOf({ atMs: 1_100, failureSamples: [10, 10, 10], failureRatio: [0, 0, 0] }), 1_100);
    expect(before).toBeCloseTo(2 / 12, 6);
    expect(state.columns.failureRatio[0]).toBeCloseTo(1 / 11, 6);
  });

  it("counts the requests of others beside our own", () => {
    const state = informed();
    expect(state.columns.inFlight[0]).toBe(0);
    state.columns.ownInFlight[0] = 2;
    takeReport(state, 1_050);
    applySnapshot(state, snapshotOf({ atMs: 1_100, inFlight: [7, 0, 0] }), 1_100);
    expect(state.columns.inFlight[0]).toBe(7);
    expect(state.othersInFlight).toBe(5);
  });

  it("may be short of columns: what is missing means nothing is known", () => {
    const state = stateOf();
    const bare = { probability: [], latencyMs: [], breaker: [], health: [], weight: [], load: [], inFlight: [] };
    applySnapshot(state, snapshotOf(bare), 1_000);
    expect(state.columns.latencyMs[0]).toBe(30);
    for (const share of shares(state, 1_100)) expect(share).toBeGreaterThan(0.2);
  });

  it("warms an endpoint up by its weight", () => {
    const state = informed({ weight: [0.1, 1, 1] }, { loadBalancing: { ...LOADBALANCING, policy: "weighted" } });
    // 0.1 of 2.1; three standard deviations over 2,000 draws are 0.015.
    expect(Math.abs(shares(state, 1_100)[0]! - 0.1 / 2.1)).toBeLessThan(0.015);
  });

  it("lets own evidence count for more once it is old", () => {
    const state = informed();
    for (let i = 0; i < 5; i++) attempt(state, 0, "ok", 1_100, { latencyMs: 240 });
    expect(state.columns.latencyMs[0]!).toBeLessThan(60);
    for (let at = 6_100; at < 6_600; at += 100) attempt(state, 0, "ok", at, { latencyMs: 240 });
    shares(state, 6_600, 1);
    expect(state.columns.latencyMs[0]!).toBeGreaterThan(120);
  });
});
