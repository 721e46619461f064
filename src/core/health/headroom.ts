/**
 * How much of its capacity an endpoint is to be loaded with. Measured capacities that hardly differ are taken to be the same:
 * their differences are mostly luck, and near the limit luck overloads one endpoint while another idles. One that is
 * clearly better or worse than the others stays what it is.
 *
 * Then headroom: waiting grows without bound towards the capacity, so where the others have room, an endpoint that all prefer is not filled to the brim: a share of its capacity stays free, the same
 * share everywhere, as much as the whole demand leaves.
 */

/** Least and most of the capacity that is filled; between them so many times what all endpoints need on average. */
const LEAST_RATIO = 0.8;
const MARGIN_RATIO = 1.08;
/** Standard deviation of a measured capacity, as a share of it, beyond what its variance says; and so many make a difference. */
const DOUBT_RATIO = 0.07;
const DIFFERENT = 3;
/** Endpoints whose capacity must be known, to say what is usual. */
const MIN_KNOWN = 3;

/** By endpoint. */
export interface Headroom {
  readonly demandRps: number;
  /** What each may get at most now, and what it can deliver (Infinity: not known), with the variance of that. */
  readonly allowedRps: Float64Array;
  readonly knownRps: Float64Array;
  readonly variance: Float64Array;
  readonly weights: Float64Array;
  /** Whether it takes part. */
  readonly usable: Uint8Array;
}

/**
 * What each endpoint is to get at most. Those whose capacity is not known are assumed to be like the others, by weight;
 * when none is known nothing is limited. Linear, and a sort.
 */
export function withHeadroom(headroom: Headroom): Float64Array {
  const { demandRps, allowedRps, knownRps, weights, usable } = headroom;
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
  const usual = usualPerWeight(headroom);
  return allowedRps.map((rps, e) => {
    if (rps === Number.POSITIVE_INFINITY || knownRps[e] === Number.POSITIVE_INFINITY) return rps * ratio;
    return rps * ratio * (usual === null ? 1 : towardsUsual(headroom, e, usual) / knownRps[e]!);
  });
}

/** Median of the known capacities per weight; null when too few are known. */
function usualPerWeight({ knownRps, weights, usable }: Headroom): number | null {
  const rates: number[] = [];
  for (let e = 0; e < knownRps.length; e++) {
    if (usable[e] === 1 && knownRps[e]! < Number.POSITIVE_INFINITY) rates.push(knownRps[e]! / weights[e]!);
  }
  if (rates.length < MIN_KNOWN) return null;
  rates.sort((a, b) => a - b);
  return (rates[rates.length >> 1]! + rates[(rates.length - 1) >> 1]!) / 2;
}

/** A known capacity, drawn towards the usual one the more, the less it differs (Tukey's biweight). */
function towardsUsual({ knownRps, variance, weights }: Headroom, e: number, usual: number): number {
  const off = knownRps[e]! / weights[e]! - usual;
  const doubt = variance[e]! / weights[e]! ** 2 + (DOUBT_RATIO * usual) ** 2;
  const different = off ** 2 / (DIFFERENT ** 2 * doubt);
  return different >= 1 ? knownRps[e]! : knownRps[e]! - (1 - different) ** 2 * off * weights[e]!;
}
