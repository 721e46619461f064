/**
 * How much of its capacity an endpoint is to be loaded with. Waiting grows without bound towards the capacity, so where the
 * others have room, an endpoint that all prefer is not filled to the brim: a share of its capacity stays free, the same
 * share everywhere, as much as the whole demand leaves.
 */

/** Least and most of the capacity that is filled; between them so many times what all endpoints need on average. */
const LEAST_RATIO = 0.8;
const MARGIN_RATIO = 1.08;

export interface Headroom {
  readonly demandRps: number;
  /** By endpoint: what each may get at most (Infinity: not known), its weight, and whether it takes part. */
  readonly allowedRps: Float64Array;
  readonly weights: Float64Array;
  readonly usable: Uint8Array;
}

/**
 * The capacities with headroom taken off. Endpoints whose capacity is not known are assumed to be like the others, by
 * weight; when none is known nothing is limited. Linear.
 */
export function withHeadroom({ demandRps, allowedRps, weights, usable }: Headroom): Float64Array {
  let known = 0;
  let knownWeight = 0;
  let weight = 0;
  for (let e = 0; e < allowedRps.length; e++) {
    if (usable[e] !== 1) continue;
    weight += weights[e]!;
    if (allowedRps[e] === Number.POSITIVE_INFINITY) continue;
    known += allowedRps[e]!;
    knownWeight += weights[e]!;
  }
  const total = knownWeight > 0 ? (known * weight) / knownWeight : 0;
  const ratio = Math.min(1, Math.max(LEAST_RATIO, (MARGIN_RATIO * demandRps) / Math.max(1, total)));
  return allowedRps.map((rps) => rps * ratio);
}
