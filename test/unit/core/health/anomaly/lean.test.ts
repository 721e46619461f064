import fc from "fast-check";
import { describe, expect, it } from "vitest";
import {
  type AnomalyState,
  BY_LATENCY,
  createAnomalyState,
} from "../../../../../src/core/health/anomaly/anomaly-state.ts";
import { type LeanInput, stepLean } from "../../../../../src/core/health/anomaly/lean.ts";

function stateOf(degrading: readonly number[], size: number, maxLeanPercent = 50, shift = 1): AnomalyState {
  const s = createAnomalyState({ sensitivity: "medium", maxLeanPercent }, size, 1);
  for (const e of degrading) {
    s.degrading[e] = BY_LATENCY;
    s.shift[e] = shift;
  }
  return s;
}

function inputOf(size: number, over: Partial<LeanInput> = {}): LeanInput {
  return {
    serving: () => true,
    mayLean: () => true,
    isFull: () => false,
    levelOf: new Uint8Array(size),
    deliveredRps: new Float64Array(size).fill(100),
    knownRps: new Float64Array(size).fill(Number.POSITIVE_INFINITY),
    ...over,
  };
}

function settle(s: AnomalyState, input: LeanInput, seconds = 120): readonly number[] {
  for (let i = 0; i < seconds; i++) stepLean(s, input, 1);
  return [...s.lean];
}

describe("the lean", () => {
  it.each([
    ["takes half of the share off one of four", [0], {}, 0.5],
    ["takes little off for little", [0], { shift: 0.1 }, Math.exp(-0.2)],
    ["takes nothing where it is switched off", [0], { maxLeanPercent: 0 }, 1],
    ["takes it off two of four", [0, 1], {}, 0.5],
    ["takes nothing off when three of four degrade", [0, 1, 2], {}, 1],
    ["takes nothing off a single endpoint", [0], { size: 1 }, 1],
    ["takes half off one of two: the other gets half as much again", [0], { size: 2 }, 0.5],
  ] as const)("%s", (_, degrading, over, expected) => {
    const {
      size = 4,
      maxLeanPercent = 50,
      shift = 1,
    } = over as { size?: number; maxLeanPercent?: number; shift?: number };
    expect(settle(stateOf(degrading, size, maxLeanPercent, shift), inputOf(size))[0]).toBeCloseTo(expected, 6);
  });

  it("is no more than what the others can bear", () => {
    // Three others with 100 of 120 each: 0.9 × 120 − 100 = 8 are free, 24 in all, of the 50 wanted.
    const s = stateOf([0], 4);
    stepLean(s, inputOf(4, { knownRps: new Float64Array(4).fill(120) }), 10);
    expect(s.lean[0]).toBeCloseTo(1 - 0.5 * (24 / 50), 6);
  });

  it("counts on nobody who is full, and spares who may not be leaned off", () => {
    const full = stateOf([0], 3);
    expect(settle(full, inputOf(3, { isFull: (e) => e !== 0 }))[0]).toBe(1);
    const spared = stateOf([0], 3);
    expect(settle(spared, inputOf(3, { mayLean: () => false }))[0]).toBe(1);
  });

  it("counts on nobody of another priority, and on nobody who is out", () => {
    const other = stateOf([0], 3);
    expect(settle(other, inputOf(3, { levelOf: Uint8Array.of(0, 1, 1) }))[0]).toBe(1);
    const out = stateOf([0], 3);
    expect(settle(out, inputOf(3, { serving: (e) => e === 0 }))[0]).toBe(1);
  });

  it("comes within two seconds and goes over half a minute", () => {
    const s = stateOf([0], 4);
    settle(s, inputOf(4), 2);
    expect(s.lean[0]).toBeCloseTo(0.5, 6);
    s.degrading[0] = 0;
    settle(s, inputOf(4), 15);
    expect(s.lean[0]).toBeCloseTo(0.75, 6);
    settle(s, inputOf(4), 15);
    expect(s.lean[0]).toBeCloseTo(1, 6);
  });

  it("keeps its bounds, whatever is degrading and known", () => {
    const column = fc.array(fc.double({ min: 0, max: 1e6, noNaN: true }), { minLength: 5, maxLength: 5 });
    const mask = fc.array(fc.boolean(), { minLength: 5, maxLength: 5 });
    fc.assert(
      fc.property(mask, mask, column, column, fc.integer({ min: 0, max: 90 }), (bad, up, delivered, known, most) => {
        const s = stateOf([], 5, most);
        for (const [e, is] of bad.entries()) {
          s.degrading[e] = is ? 1 : 0;
          s.shift[e] = known[e]! / 1e5;
          s.excess[e] = delivered[e]! / 1e6;
        }
        const input = inputOf(5, {
          serving: (e) => up[e]!,
          deliveredRps: Float64Array.from(delivered),
          knownRps: Float64Array.from(known),
        });
        for (const lean of settle(s, input, 20)) {
          expect(lean).toBeGreaterThanOrEqual(1 - most / 100 - 1e-9);
          expect(lean).toBeLessThanOrEqual(1);
        }
        const serving = up.filter(Boolean).length;
        const degrading = bad.filter((is, e) => is && up[e]).length;
        if (2 * degrading > serving) expect([...s.lean]).toEqual([1, 1, 1, 1, 1]);
      }),
      { seed: 7, numRuns: 200 },
    );
  });
});
