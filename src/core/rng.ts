/** A source of chance: uniform in [0, 1). The platform's in Workers, a seeded one in tests and simulations. */
export type Rng = () => number;

/**
 * A small seeded generator (mulberry32): the same seed gives the same sequence on every platform. Not for secrets.
 *
 * - `seed`: any number; its lower 32 bits count.
 *
 * Source: Tommy Ettinger's public-domain mulberry32.
 */
export function seededRng(seed: number): Rng {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let z = state;
    z = Math.imul(z ^ (z >>> 15), z | 1);
    z ^= z + Math.imul(z ^ (z >>> 7), z | 61);
    return ((z ^ (z >>> 14)) >>> 0) / 4_294_967_296;
  };
}
