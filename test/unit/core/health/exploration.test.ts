import { describe, expect, it } from "vitest";
import {
  createCoordinator,
  inheritEndpoint,
  inheritService,
  mergeReport,
  projectRegion,
} from "../../../../src/core/health/coordinator.ts";
import { type Exploration, explore, KNOWN_ANSWERS } from "../../../../src/core/health/exploration.ts";
import { seededRng } from "../../../../src/core/rng.ts";
import { deltaOf, type Row } from "../../../fixtures/report-deltas.ts";
import { simService } from "../../../simulation/sim-service.ts";

function explored(probability: readonly number[], overrides: Partial<Exploration> = {}): number[] {
  const size = probability.length;
  const out = Float64Array.from(probability);
  const answers = new Float64Array(size).fill(KNOWN_ANSWERS);
  answers[size - 1] = 0;
  const preference = new Float64Array(size).fill(1);
  const weights = new Float64Array(size).fill(1);
  explore({ size, demandRps: Float64Array.of(10), preference, weights, answers, ...overrides }, out);
  return [...out];
}

describe("exploring", () => {
  it("gives an endpoint that is hardly known its fair share, but no more than two requests a second", () => {
    expect(explored([0.8, 0.199, 0.001])[2]).toBe(0.2);
    expect(explored([0.8, 0.199, 0.001], { demandRps: Float64Array.of(4) })[2]).toBeCloseTo(1 / 3, 9);
    expect(explored([0.8, 0.1999, 0.0001], { demandRps: Float64Array.of(2_000) })[2]).toBe(0.001);
  });

  it("goes by weight", () => {
    expect(explored([0.9, 0.1], { weights: Float64Array.of(99, 1) })[1]).toBe(0.1);
    expect(explored([0.999, 0.001], { weights: Float64Array.of(99, 1) })[1]).toBeCloseTo(0.01, 9);
  });

  it("takes nothing from who gets more anyway", () => {
    expect(explored([0.2, 0.8])).toEqual([0.2, 0.8]);
  });

  it("leaves alone what is known, what may get nothing, and whose priority gets nothing", () => {
    const known = new Float64Array(2).fill(KNOWN_ANSWERS);
    expect(explored([0.99, 0.01], { answers: known })).toEqual([0.99, 0.01]);
    expect(explored([0.99, 0.01], { preference: Float64Array.of(1, 0) })).toEqual([0.99, 0.01]);
    expect(explored([1, 0])).toEqual([1, 0]);
  });

  it("goes by each region's own requests", () => {
    const rows = Float64Array.of(0.99, 0.01, 0.99, 0.01);
    const answers = Float64Array.of(9, 9, 9, 0);
    const preference = new Float64Array(4).fill(1);
    explore({ size: 2, demandRps: Float64Array.of(10, 8), preference, weights: Float64Array.of(1, 1), answers }, rows);
    expect([...rows]).toEqual([0.99, 0.01, 0.99, 0.25]);
  });
});

describe("an endpoint that joins nine near ones at 20 requests a second", () => {
  const ids = Array.from({ length: 10 }, (_, i) => `e${i}`);
  const of = (some: readonly string[]) => {
    const service = simService(some.map((id) => ({ id, cloud: "aws", loc: 0, weight: 1 })));
    return createCoordinator({ service, regions: ["weur"], rng: seededRng(1), nowMs: 0 });
  };
  /** Four answers within a quarter of a second, from the ten in turn. */
  const some = (at: number, from: readonly string[]): Row[] =>
    [0, 1, 2, 3].map((i) => ({
      id: from[(at / 250 + i * 2) % from.length]!,
      ok: 1.25,
      latencySumMs: 3.75,
      latencyMinMs: 2,
    }));

  function joined() {
    const former = of(ids.slice(0, 9));
    let nowMs = 0;
    for (; nowMs < 30_000; nowMs += 250) mergeReport(former, 0, deltaOf(some(nowMs, ids.slice(0, 9))), nowMs);
    const c = of(ids);
    inheritService(c, former);
    for (let e = 0; e < 9; e++) inheritEndpoint(c, e, former, e);
    const share = (answers: readonly Row[]) => {
      nowMs += 250;
      mergeReport(c, 0, deltaOf([...some(nowMs, ids.slice(0, 9)), ...answers]), nowMs);
      const { probability } = projectRegion(c, 0, nowMs);
      return probability[9]! / probability.reduce((sum, p) => sum + p, 0);
    };
    return { c, share };
  }

  it("gets its first request within 20, on average", () => {
    expect(joined().share([])).toBeGreaterThan(1 / 20);
  });

  it("gets what its latency deserves once it has answered five times", () => {
    const near = joined();
    const far = joined();
    for (let i = 0; i < 5; i++) {
      near.share([{ id: "e9", ok: 1, latencySumMs: 3, latencyMinMs: 2 }]);
      expect(far.share([{ id: "e9", ok: 1, latencySumMs: 151, latencyMinMs: 150 }]) > 0.05).toBe(i < 4);
    }
    expect(near.share([])).toBeGreaterThan(0.05);
    expect(far.share([])).toBeLessThan(0.003);
  });

  it("is not tried any longer when it fails", () => {
    const { share } = joined();
    let last = 0;
    for (let i = 0; i < 5; i++) last = share([{ id: "e9", connectFailures: 1, trailingFailures: i + 1 }]);
    expect(last).toBeLessThan(0.003);
  });
});
