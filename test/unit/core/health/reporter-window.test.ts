import fc from "fast-check";
import { describe, expect, it } from "vitest";
import {
  createReporterWindows,
  expireReporters,
  onDelivery,
  REPORTER_WINDOW,
} from "../../../../src/core/health/reporter-window.ts";
import { addDelta, createDeltaSum, SUMMED, takeDelta } from "../../../../src/core/load/delta-sum.ts";
import type { ReportDelta } from "../../../../src/core/protocol.ts";
import { type Rng, seededRng } from "../../../../src/core/rng.ts";
import { deltaOf } from "../../../fixtures/report-deltas.ts";

const windows = () => createReporterWindows(1_000, 30_000);

describe("the window of a reporter", () => {
  it.each([
    ["in order", [1, 2, 3], ["new", "new", "new"]],
    ["a repetition", [1, 1, 2, 1], ["new", "duplicate", "new", "duplicate"]],
    ["overtaken", [3, 1, 2, 1], ["new", "new", "new", "duplicate"]],
    ["a gap as wide as the window", [1, 64, 1, 2], ["new", "new", "duplicate", "new"]],
    ["beyond the window", [1, 65, 1], ["new", "new", "too_old"]],
    ["a jump far ahead", [1, 1_000_000, 1_000_000, 999_999], ["new", "new", "duplicate", "new"]],
    ["a jump by exactly half the window", [1, 33, 1, 2], ["new", "new", "duplicate", "new"]],
  ])("tells apart %s", (_, seqs, expected) => {
    const state = windows();
    expect(seqs.map((seq) => onDelivery(state, "r", seq, 0))).toEqual(expected);
  });

  it("says new exactly once for every number, and never drops one within the window, in any order", () => {
    const seqs = fc.array(fc.integer({ min: 1, max: 150 }), { maxLength: 400 });
    fc.assert(
      fc.property(seqs, (deliveries) => {
        const state = windows();
        const seen = new Set<number>();
        let highest = Number.NEGATIVE_INFINITY;
        for (const seq of deliveries) {
          const expected = highest - seq >= REPORTER_WINDOW ? "too_old" : seen.has(seq) ? "duplicate" : "new";
          expect(onDelivery(state, "r", seq, 0)).toBe(expected);
          if (expected === "new") seen.add(seq);
          highest = Math.max(highest, seq);
        }
      }),
    );
  });

  it("counts what it dropped", () => {
    const state = windows();
    for (const seq of [1, 1, 100, 1]) onDelivery(state, "r", seq, 0);
    expect([state.duplicates, state.tooOld]).toEqual([1, 1]);
  });

  it("forgets the reporter silent for longest when there are too many", () => {
    const state = createReporterWindows(2, 30_000);
    for (const [reporter, seq] of [
      ["a", 1],
      ["b", 1],
      ["a", 2],
      ["c", 1],
    ] as const)
      onDelivery(state, reporter, seq, 0);
    expect([...state.windows.keys()]).toEqual(["a", "c"]);
    expect(state.crowdedOut).toBe(1);
  });

  it("forgets reporters that fell silent", () => {
    const state = windows();
    onDelivery(state, "a", 1, 0);
    onDelivery(state, "b", 1, 20_000);
    onDelivery(state, "c", 1, 25_000);
    onDelivery(state, "b", 2, 40_000);
    expect(expireReporters(state, 30_000)).toEqual([]);
    expect(expireReporters(state, 55_001)).toEqual(["a", "c"]);
    expect(state.windows.size).toBe(1);
  });
});

describe("two hundred isolates whose reports are repeated and reordered", () => {
  const shuffle = <T>(items: T[], rng: Rng): T[] => {
    for (let i = items.length - 1; i > 0; i--) {
      const j = Math.floor(rng() * (i + 1));
      [items[i], items[j]] = [items[j]!, items[i]!];
    }
    return items;
  };

  it.each([1, 2, 3])("merge into exact counts (seed %i)", (seed) => {
    const rng = seededRng(seed);
    const whole = () => Math.floor(rng() * 50);
    const sent: { reporter: string; seq: number; delta: ReportDelta }[] = [];
    for (let isolate = 0; isolate < 200; isolate++) {
      for (let seq = 1; seq <= 30; seq++) {
        const row = (id: string) => ({ id, ...Object.fromEntries(SUMMED.map((name) => [name, whole()])) });
        sent.push({ reporter: `isolate-${isolate}`, seq, delta: deltaOf([row("a"), row("b"), row("c")]) });
      }
    }
    const deliveries = shuffle([...sent, ...sent.filter(() => rng() < 0.5)], rng);
    const state = windows();
    const merged = createDeltaSum();
    for (const { reporter, seq, delta } of deliveries) {
      if (onDelivery(state, reporter, seq, 0) === "new") addDelta(merged, delta, []);
    }
    const result = takeDelta(merged);
    for (const id of ["a", "b", "c"]) {
      for (const name of SUMMED) {
        const truth = sent.reduce((sum, { delta }) => sum + delta[name][delta.ids.indexOf(id)]!, 0);
        expect([id, name, result[name][result.ids.indexOf(id)]]).toEqual([id, name, truth]);
      }
    }
    expect(result.requests).toBe(sent.reduce((sum, { delta }) => sum + delta.requests, 0));
    expect(state.duplicates).toBe(deliveries.length - sent.length);
  });
});
