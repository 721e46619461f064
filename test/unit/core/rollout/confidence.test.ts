import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { seededRng } from "../../../../src/core/rng.ts";
import { boundsOf } from "../../../../src/core/rollout/confidence.ts";

describe("bounds of a share", () => {
  it("are 0 and 1 when nothing was tried", () => {
    expect(boundsOf(0, 0, 0.01)).toEqual({ low: 0, high: 1 });
  });

  it.each([
    // Where B(x + ½, n − x + ½) / B(½, ½) is alpha · p^x · (1 − p)^(n − x): for x = n in closed form.
    [1, 1, 0.01, 0.005, 1],
    [2, 2, 0.01, Math.sqrt(0.375 * 0.01), 1],
    [0, 1, 0.01, 0, 0.995],
    [3, 3, 0.05, (0.3125 * 0.05) ** (1 / 3), 1],
  ])("for %i of %i at alpha %f are as the integral says", (hits, trials, alpha, low, high) => {
    const bounds = boundsOf(hits, trials, alpha);
    expect(bounds.low).toBeCloseTo(low, 9);
    expect(bounds.high).toBeCloseTo(high, 9);
  });

  it("hold what was seen, are within 0 and 1, and mirror each other", () => {
    const share = fc.record({
      trials: fc.integer({ min: 1, max: 1_000_000 }),
      part: fc.double({ min: 0, max: 1, noNaN: true }),
      alpha: fc.double({ min: 1e-6, max: 0.2, noNaN: true }),
    });
    fc.assert(
      fc.property(share, ({ trials, part, alpha }) => {
        const hits = Math.round(part * trials);
        const { low, high } = boundsOf(hits, trials, alpha);
        expect(low).toBeGreaterThanOrEqual(0);
        expect(low).toBeLessThanOrEqual(hits / trials);
        expect(high).toBeGreaterThanOrEqual(hits / trials);
        expect(high).toBeLessThanOrEqual(1);
        const mirrored = boundsOf(trials - hits, trials, alpha);
        expect(mirrored.low).toBeCloseTo(1 - high, 9);
        expect(mirrored.high).toBeCloseTo(1 - low, 9);
      }),
    );
  });

  it("rise with the hits, widen with certainty and narrow with trials", () => {
    for (let hits = 1; hits <= 50; hits++) {
      expect(boundsOf(hits, 50, 0.01).low).toBeGreaterThan(boundsOf(hits - 1, 50, 0.01).low);
      expect(boundsOf(hits, 50, 0.001).low).toBeLessThan(boundsOf(hits, 50, 0.01).low);
      expect(boundsOf(hits * 10, 500, 0.01).low).toBeGreaterThan(boundsOf(hits, 50, 0.01).low);
    }
  });

  it("leave the true share out at any of 3,000 looks no more often than alpha, where a test for one look does far more often", () => {
    const [runs, looks, p, alpha] = [1_000, 3_000, 0.01, 0.01];
    const rng = seededRng(7);
    let outside = 0;
    let outsideOnce = 0;
    for (let run = 0; run < runs; run++) {
      let hits = 0;
      let isOut = false;
      let isOutOnce = false;
      for (let n = 1; n <= looks; n++) {
        if (rng() >= p) continue;
        hits += 1;
        // The lower bound can only pass p upwards with a hit.
        isOut ||= boundsOf(hits, n, alpha).low > p;
        // One-sided z test with continuity correction, once ten hits are there.
        isOutOnce ||= hits >= 10 && (hits - 0.5 - n * p) / Math.sqrt(n * p * (1 - p)) > 2.326;
      }
      if (isOut) outside += 1;
      if (isOutOnce) outsideOnce += 1;
    }
    // Ville: at most 10 of 1,000 expected; 10 + 3.1·√10 is passed by chance less than once in a thousand seeds.
    expect(outside).toBeLessThanOrEqual(20);
    expect(outsideOnce).toBeGreaterThan(50);
  });
});
