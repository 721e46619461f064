import { describe, expect, it } from "vitest";
import { chanceAt, rngAt, STREAM } from "../../../../src/simulate/engine/chance.ts";

const N = 100_000;
const BINS = 100;

/** Chi-square of a uniform distribution over the bins. Mean BINS − 1, standard deviation √(2(BINS − 1)) = 14.1. */
function chiSquare(values: readonly number[]): number {
  const counts = new Array<number>(BINS).fill(0);
  for (const value of values) counts[Math.floor(value * BINS)]! += 1;
  const expected = values.length / BINS;
  return counts.reduce((sum, count) => sum + (count - expected) ** 2 / expected, 0);
}

describe("chance by number", () => {
  // Five standard deviations of chi-square above its mean: 99 + 5 · 14.1 = 169.
  it.each(Object.entries(STREAM))("is uniform over the numbers of the stream %s", (_, stream) => {
    expect(chiSquare(Array.from({ length: N }, (_, n) => chanceAt(1, stream, n)))).toBeLessThan(169);
  });

  it("is uniform over seeds and over the draws of one number", () => {
    expect(chiSquare(Array.from({ length: N }, (_, seed) => chanceAt(seed, STREAM.gap, 5)))).toBeLessThan(169);
    expect(chiSquare(Array.from({ length: N }, (_, draw) => chanceAt(1, STREAM.gap, 5, draw)))).toBeLessThan(169);
  });

  it("is the same for the same number, and another for another seed, stream, number or draw", () => {
    const value = chanceAt(1, STREAM.gap, 5);
    expect(chanceAt(1, STREAM.gap, 5)).toBe(value);
    const others = [
      chanceAt(2, STREAM.gap, 5),
      chanceAt(1, STREAM.kind, 5),
      chanceAt(1, STREAM.gap, 6),
      chanceAt(1, STREAM.gap, 5, 1),
    ];
    expect(others).not.toContain(value);
  });

  it("is uncorrelated from one number to the next, and between streams", () => {
    // The correlation of N independent pairs has the standard deviation 1/√N = 0.0032: five of them.
    const correlation = (f: (n: number) => number, g: (n: number) => number) => {
      let sum = 0;
      for (let n = 0; n < N; n++) sum += (f(n) - 0.5) * (g(n) - 0.5);
      return (12 * sum) / N;
    };
    const gap = (n: number) => chanceAt(1, STREAM.gap, n);
    expect(Math.abs(correlation(gap, (n) => gap(n + 1)))).toBeLessThan(0.016);
    expect(Math.abs(correlation(gap, (n) => chanceAt(1, STREAM.kind, n)))).toBeLessThan(0.016);
    expect(Math.abs(correlation(gap, (n) => chanceAt(2, STREAM.gap, n)))).toBeLessThan(0.016);
  });

  it("gives a generator that draws on and on", () => {
    const rng = rngAt(1, STREAM.brain, 3);
    const values = Array.from({ length: N }, rng);
    expect(chiSquare(values)).toBeLessThan(169);
    expect(rngAt(1, STREAM.brain, 3)()).toBe(values[0]);
  });
});
