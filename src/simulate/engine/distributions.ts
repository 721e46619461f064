/** Durations drawn from uniform numbers, with mean 1: multiply by the mean wanted. */

export type Distribution =
  | { readonly type: "deterministic" }
  | { readonly type: "exponential" }
  /** `cv`: standard deviation / mean, > 0. */
  | { readonly type: "lognormal"; readonly cv: number };

/** A distribution ready to be drawn from. */
export interface Sampler {
  readonly type: Distribution["type"];
  /** Of the logarithm, for lognormal. */
  readonly mu: number;
  readonly sigma: number;
}

/** A lognormal of mean 1 has mu = −sigma²/2 and sigma² = ln(1 + cv²); with cv 0 it is deterministic. */
export function samplerOf(distribution: Distribution): Sampler {
  const { type } = distribution;
  if (type !== "lognormal") return { type, mu: 0, sigma: 0 };
  const variance = Math.log(1 + distribution.cv ** 2);
  return { type: variance > 0 ? type : "deterministic", mu: -variance / 2, sigma: Math.sqrt(variance) };
}

/**
 * One value ≥ 0.
 *
 * - `u`, `v`: independent, uniform in (0, 1). Only the lognormal looks at `v` (Box and Muller, 1958).
 */
export function sample(sampler: Sampler, u: number, v: number): number {
  switch (sampler.type) {
    case "deterministic":
      return 1;
    case "exponential":
      return -Math.log(u);
    case "lognormal": {
      const normal = Math.sqrt(-2 * Math.log(u)) * Math.cos(2 * Math.PI * v);
      return Math.exp(sampler.mu + sampler.sigma * normal);
    }
  }
}
