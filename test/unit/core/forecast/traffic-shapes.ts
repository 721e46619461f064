/** Made-up load with the shapes that load of services is known for. Seeded: the same seed, the same series. */

export interface Shape {
  /** Requests per second in the mean of a working day. */
  readonly rps: number;
  /** Of the mean: how far the busiest hour is above it. */
  readonly dayRatio: number;
  /** Of a working day's load: what there is on the two days off. */
  readonly offRatio: number;
  /** Standard deviation of the remainder on a logarithmic scale, and how much of it is left an hour later. */
  readonly noise: number;
  readonly persistence: number;
  /** Share by which a week is above the one before. */
  readonly weeklyGrowth: number;
}

export const USUAL: Shape = { rps: 200, dayRatio: 0.7, offRatio: 0.6, noise: 0.06, persistence: 0.7, weeklyGrowth: 0 };

/** Uniform in [0, 1). mulberry32, by Tommy Ettinger, public domain. */
export function seeded(seed: number): () => number {
  let a = seed >>> 0;
  return () => {
    a = (a + 0x6d2b79f5) >>> 0;
    let t = Math.imul(a ^ (a >>> 15), 1 | a);
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t;
    return ((t ^ (t >>> 14)) >>> 0) / 2 ** 32;
  };
}

/** Hours of load. */
export function hoursOf(shape: Shape, hours: number, seed: number): Float64Array {
  const rng = seeded(seed);
  const normal = () => Math.sqrt(-2 * Math.log(1 - rng())) * Math.cos(2 * Math.PI * rng());
  let remainder = 0;
  return Float64Array.from({ length: hours }, (_, t) => {
    const day = 1 + shape.dayRatio * Math.sin(((t % 24) / 24 - 1 / 3) * 2 * Math.PI);
    const off = Math.floor(t / 24) % 7 >= 5 ? shape.offRatio : 1;
    remainder = shape.persistence * remainder + shape.noise * Math.sqrt(1 - shape.persistence ** 2) * normal();
    return shape.rps * day * off * (1 + shape.weeklyGrowth) ** (t / 168) * Math.exp(remainder);
  });
}
