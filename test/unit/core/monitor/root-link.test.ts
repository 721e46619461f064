import { describe, expect, it } from "vitest";
import type { RootRow } from "../../../../src/core/monitor/exchange-message.ts";
import {
  createRootLink,
  exchangeDueMs,
  freshRow,
  handOnLeases,
  isAlone,
  onRow,
  onSendFailure,
  type RootLink,
  sayToRoot,
  startSending,
} from "../../../../src/core/monitor/root-link.ts";
import type { ProbeLease } from "../../../../src/core/protocol.ts";
import { deltaOf } from "../../../fixtures/report-deltas.ts";

const NORMAL = 0.1;
const good = deltaOf([{ id: "a", ok: 10 }]);
const bad = deltaOf([{ id: "a", ok: 8, timeouts: 2 }]);

function rowOf(regions: number, rest: { alert?: boolean; leases?: readonly ProbeLease[] } = {}): RootRow {
  const view = {
    ids: ["a"],
    probability: [1],
    breaker: [0 as const],
    openForMs: [0],
    health: [0 as const],
    weight: [1],
    latencyMs: [30],
    latencySamples: [0],
    failureRatio: [0],
    failureSamples: [0],
    retryAllow: 1,
    shed: 0,
    hedgeDelayMs: 0,
    alert: rest.alert ?? false,
  };
  const { leases = [] } = rest;
  const columns = { told: [0], quorum: [0], down: [0], opinions: [0] } as const;
  return { v: 1, meshVersion: "m", atMs: 0, regions, view, ...columns, leases, region: null };
}

/** A link whose root answered at 0 that so many regions report. */
function answered(regions: number, alert = false): RootLink {
  const link = createRootLink("weur:1");
  link.unsaid = true;
  startSending(link, 0);
  onRow(link, rowOf(regions, { alert }), 0);
  return link;
}

describe("when a region talks to the root", () => {
  it("is never with nothing to say, and at once with the first report", () => {
    const link = createRootLink("weur:1");
    expect(exchangeDueMs(link, NORMAL, 5)).toBe(Number.POSITIVE_INFINITY);
    sayToRoot(link, good, 5);
    expect(exchangeDueMs(link, NORMAL, 5)).toBeLessThanOrEqual(5);
  });

  it.each([
    ["every second", answered(2), good, 1_000],
    ["sooner while the root says that something changes", answered(2, true), good, 250],
    ["at once after more failures than are normal, 100 ms apart", answered(2), bad, 100],
    ["rarely while no other region reports", answered(1), bad, 5_000],
  ])("is %s", (_, link, delta, dueMs) => {
    sayToRoot(link, delta, 10);
    expect(exchangeDueMs(link, NORMAL, 10)).toBe(dueMs);
  });

  it("is at once with the answer to a probe that the root lent, and not to one of its own", () => {
    const probe = { id: "a", ok: true, generation: 9 };
    const link = answered(2);
    sayToRoot(link, deltaOf([], { probes: [{ ...probe, scope: "region" }] }), 10);
    expect(exchangeDueMs(link, NORMAL, 10)).toBe(1_000);
    sayToRoot(link, deltaOf([], { probes: [{ ...probe, scope: "global" }] }), 10);
    expect(exchangeDueMs(link, NORMAL, 10)).toBe(100);
    expect(startSending(link, 100).delta.probes).toEqual([{ id: "a", ok: true, generation: 4, scope: "global" }]);
  });

  it("is not while a message is on its way, and ever later when the root fails", () => {
    const link = answered(2);
    sayToRoot(link, good, 10);
    const due: number[] = [];
    let nowMs = 1_000;
    for (let i = 0; i < 6; i++) {
      startSending(link, nowMs);
      expect(exchangeDueMs(link, NORMAL, nowMs)).toBe(Number.POSITIVE_INFINITY);
      onSendFailure(link, "gone", nowMs);
      due.push(exchangeDueMs(link, NORMAL, nowMs) - nowMs);
      nowMs = exchangeDueMs(link, NORMAL, nowMs);
    }
    expect(due).toEqual([1_000, 2_000, 4_000, 8_000, 10_000, 10_000]);
  });
});

describe("what a region tells the root", () => {
  it("is sent again under its own number until it is acknowledged, and new things wait", () => {
    const link = answered(2);
    sayToRoot(link, good, 10);
    const first = startSending(link, 1_000);
    onSendFailure(link, "lost", 1_500);
    sayToRoot(link, bad, 1_600);
    expect(startSending(link, 2_000)).toEqual(first);
    onRow(link, rowOf(2), 2_100);
    expect(exchangeDueMs(link, NORMAL, 2_100)).toBeLessThan(Number.POSITIVE_INFINITY);
    const second = startSending(link, 3_000);
    expect([second.seq, second.delta.ok, second.delta.timeouts]).toEqual([first.seq + 1, [8], [2]]);
  });

  it("is forgotten when the root was away for longer than it is evidence", () => {
    const link = answered(2);
    sayToRoot(link, bad, 10);
    startSending(link, 1_000);
    onSendFailure(link, "gone", 1_000);
    sayToRoot(link, bad, 9_000);
    const sent = startSending(link, 11_001);
    expect([sent.seq, sent.delta.ids]).toEqual([3, []]);
  });

  it("is only that it is there while no other region reports", () => {
    const link = answered(1);
    sayToRoot(link, bad, 10);
    expect(startSending(link, 5_000).delta.ids).toEqual([]);
  });
});

describe("what the root said", () => {
  it("is in force for 5 s, and not in a region that is alone", () => {
    expect(freshRow(answered(2), 4_999)).not.toBeNull();
    expect(freshRow(answered(2), 5_000)).toBeNull();
    expect(freshRow(answered(1), 100)).toBeNull();
    expect([isAlone(answered(1), 15_000), isAlone(answered(1), 15_001), isAlone(answered(2), 0)]).toEqual([
      true,
      false,
      false,
    ]);
  });

  it("is kept when a later answer is not understood", () => {
    const link = answered(2);
    onRow(link, null, 1_000);
    expect(freshRow(link, 1_000)).not.toBeNull();
  });

  it("hands each lease to one reporter, one per endpoint at a time, with the time it has left", () => {
    const link = answered(2);
    const lease = (id: string, generation: number): ProbeLease => ({ id, generation, scope: "global", ttlMs: 3_000 });
    onRow(link, rowOf(2, { leases: [lease("a", 1), lease("a", 2), lease("b", 1)] }), 1_000);
    expect(handOnLeases(link, 2_000)).toEqual([
      { ...lease("a", 1), ttlMs: 2_000 },
      { ...lease("b", 1), ttlMs: 2_000 },
    ]);
    expect(handOnLeases(link, 2_500)).toEqual([{ ...lease("a", 2), ttlMs: 1_500 }]);
    expect(handOnLeases(link, 2_500)).toEqual([]);
    onRow(link, rowOf(2, { leases: [lease("a", 3)] }), 3_000);
    expect(handOnLeases(link, 6_000)).toEqual([]);
  });
});
