import { describe, expect, it } from "vitest";
import { type Mark, NO_MARK, onLook, type RegionTotals, slotAt } from "../../../../src/core/history/look.ts";
import type { EndpointTotals } from "../../../../src/core/monitor/traffic.ts";

const T0 = 1_000_000_000_000;
const S0 = T0 / 10_000;

function endpoint(id: string, ok: number, failed = 0): EndpointTotals {
  const none = { connectFailures: 0, timeouts: 0, resets: 0, throttled: 0, latencySumMs: ok * 20 };
  return {
    id,
    ok,
    responses5xx: failed,
    ...none,
    latency: { zeroCount: 0, firstBucket: 190, counts: ok > 0 ? [ok] : [] },
  };
}

function totals(life: string, sinceMs: number, atMs: number, ok: number, failed = 0, refused = 0): RegionTotals {
  const [sum, one] = [endpoint("", ok, failed), endpoint("a", ok, failed)];
  return { life, sinceMs, atMs, requests: ok + failed + refused, refused, sum, endpoints: [one], routes: new Map() };
}

/** Looks, one after the other, of the region weur. */
function looks(...given: readonly (readonly [nowMs: number, totals: RegionTotals | null])[]) {
  let mark: Mark = NO_MARK;
  return given.map(([nowMs, total]) => {
    const looked = onLook(mark, new Map(total === null ? [] : [["weur", total]]), nowMs);
    mark = looked?.mark ?? mark;
    return looked;
  });
}

describe("a look at what monitors counted", () => {
  it("counts what came since the one before", () => {
    const [, second] = looks([T0, totals("x", T0, T0, 100)], [T0 + 10_000, totals("x", T0, T0 + 10_000, 160, 3, 2)]);
    expect(second).toMatchObject({ from: S0, to: S0 + 1 });
    expect(second!.pieces).toHaveLength(1);
    expect(second!.pieces[0]).toMatchObject({ region: "weur", from: S0, to: S0 + 1 });
    expect(second!.pieces[0]!.sum).toMatchObject({ requests: 65, refused: 2, good: 60, failed: 3 });
    expect(second!.pieces[0]!.sum.latency).toEqual({ zeroCount: 0, firstBucket: 190, counts: [60] });
    expect(second!.pieces[0]!.endpoints.get("a")).toMatchObject({ requests: 63, good: 60, failed: 3 });
  });

  it("is none while no slot has passed", () => {
    const [, second] = looks([T0, totals("x", T0, T0, 100)], [T0 + 9_000, totals("x", T0, T0 + 9_000, 160)]);
    expect(second).toBeNull();
  });

  it("takes all that a new life counted, from when it began, and never less than nothing", () => {
    const [, second] = looks(
      [T0, totals("x", T0 - 60_000, T0, 1_000)],
      [T0 + 30_000, totals("y", T0 + 21_000, T0 + 30_000, 7)],
    );
    expect(second!.pieces[0]).toMatchObject({ from: S0 + 2, to: S0 + 3, sum: { requests: 7, good: 7, failed: 0 } });
  });

  it("takes what a life counted before anybody looked, over the time since it began", () => {
    const [first] = looks([T0, totals("x", T0 - 3_600_000, T0, 720)]);
    expect(first).toMatchObject({ from: S0 - 360, to: S0 });
    expect(first!.pieces[0]).toMatchObject({ from: S0 - 360, to: S0 });
  });

  it("counts what came while a region was away once it answers again", () => {
    const found = looks(
      [T0, totals("x", T0, T0, 10)],
      [T0 + 10_000, null],
      [T0 + 20_000, null],
      [T0 + 30_000, totals("x", T0, T0 + 30_000, 40)],
    );
    expect(found[1]).toMatchObject({ pieces: [], from: S0, to: S0 + 1 });
    expect(found[3]).toMatchObject({ from: S0 + 2, to: S0 + 3 });
    expect(found[3]!.pieces[0]).toMatchObject({ from: S0, to: S0 + 3, sum: { good: 30 } });
  });

  it("knows that there was nothing", () => {
    const [, second] = looks([T0, totals("x", T0, T0, 10)], [T0 + 60_000, totals("x", T0, T0 + 60_000, 10)]);
    expect(second).toMatchObject({ pieces: [], from: S0, to: S0 + 6 });
  });

  it.each([
    [T0, S0],
    [T0 + 9_499, S0],
    [T0 + 9_500, S0 + 1],
  ])("takes an alarm that is half a second early for one in time: %d", (ms, slot) => {
    expect(slotAt(ms)).toBe(slot);
  });
});
