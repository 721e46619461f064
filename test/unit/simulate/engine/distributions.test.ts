import { describe, expect, it } from "vitest";
import { seededRng } from "../../../../src/core/rng.ts";
import { type Distribution, sample, samplerOf } from "../../../../src/simulate/engine/distributions.ts";

const N = 400_000;

describe("durations", () => {
  // The mean of N draws has the standard deviation cv/√N: 0.0016 for cv 1, 0.0008 for 0.5; five of them. The cv itself is
  // less certain, by the fourth moment, which a lognormal of cv 1 has as 41 σ⁴: √(40 / 4 / N) = 0.005; five of them.
  it.each([
    [{ type: "exponential" }, 1],
    [{ type: "lognormal", cv: 1 }, 1],
    [{ type: "lognormal", cv: 0.5 }, 0.5],
  ] as [Distribution, number][])("of %j have mean 1 and the coefficient of variation asked for", (distribution, cv) => {
    const rng = seededRng(3);
    const sampler = samplerOf(distribution);
    let sum = 0;
    let squares = 0;
    for (let n = 0; n < N; n++) {
      const value = sample(sampler, rng(), rng());
      sum += value;
      squares += value * value;
    }
    const mean = sum / N;
    expect(Math.abs(mean - 1)).toBeLessThan((5 * cv) / Math.sqrt(N));
    expect(Math.abs(Math.sqrt(squares / N - mean ** 2) / mean - cv)).toBeLessThan(0.025);
  });

  it.each([{ type: "deterministic" }, { type: "lognormal", cv: 0 }] as Distribution[])(
    "of %j are all alike",
    (given) => {
      const sampler = samplerOf(given);
      expect(sample(sampler, 0.1, 0.2)).toBe(1);
      expect(sample(sampler, 0.9, 0.7)).toBe(1);
    },
  );
});
