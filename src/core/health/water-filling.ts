/**
 * Routing probabilities by water-filling: every region prefers its cheapest endpoints, and what does not fit into an
 * endpoint's capacity runs over into the next cheapest, for all regions at once.
 *
 * Each endpoint has a tap u in (0, 1]. A region's probability of an endpoint is its preference × the tap, normalised
 * within the endpoint's priority level. The taps of overloaded endpoints are closed in proportion to the overload, the
 * others opened again, until loads fit: a multiplicative fixed point, warm-started from the last one, at most 40 rounds
 * of regions × endpoints. An exact solution is a transport problem; this one is within 1 % after a few rounds and cannot
 * fail. When demand exceeds all capacities together, they are scaled up alike: equal relative overload everywhere.
 */

const MAX_ROUNDS = 40;
/** The rounds always made: opening a tap again takes several. */
const MIN_ROUNDS = 10;
/** Largest relative overload left. */
const TOLERANCE = 1.01;
/** A tap opens by at most this factor a round. */
const OPENING = 1.3;
/** Taps this small, all of them, are scaled back to 1: only their ratios matter. */
const SMALLEST_TAP = 1e-3;
/** Spare room kept above the demand when capacities are scaled up. */
const SCALE_MARGIN = 1.02;

export interface WaterFilling {
  readonly regionCount: number;
  readonly size: number;
  /** Requests per second by region, ≥ 0. */
  readonly demandRps: Float64Array;
  /** By `region * size + endpoint`, ≥ 0, any scale; 0 for endpoints that get nothing. */
  readonly preference: Float64Array;
  /** By endpoint, > 0; Infinity unlimited. */
  readonly capacityRps: Float64Array;
  /** By endpoint: whether its capacity counts towards what the service can carry. */
  readonly usable: Uint8Array;
  /** By endpoint: index of its priority level; and by `region * levelCount + level` the share that the level gets. */
  readonly levelOf: Uint8Array;
  readonly levelCount: number;
  readonly levelLoad: Float64Array;
  /** Warm start, by endpoint, in (0, 1]; changed in place. */
  readonly taps: Float64Array;
}

/**
 * Fills `out` (by `region * size + endpoint`) with probabilities. A region's row sums to the loads of those of its levels
 * that have a preference (1 where all have, 0 where none has).
 *
 * Never throws. At most 40 × regions × endpoints steps.
 */
export function fillWater(problem: WaterFilling, out: Float64Array): void {
  const { regionCount, size, demandRps, capacityRps, taps } = problem;
  if (capacityRps.every((rps) => rps === Number.POSITIVE_INFINITY)) {
    taps.fill(1);
    distribute(problem, out);
    return;
  }
  const scale = capacityScale(problem);
  const load = new Float64Array(size);
  for (let e = 0; e < size; e++) taps[e] = Math.min(1, taps[e]! * 2);
  for (let round = 0; round < MAX_ROUNDS; round++) {
    distribute(problem, out);
    load.fill(0);
    for (let r = 0; r < regionCount; r++) {
      for (let e = 0; e < size; e++) load[e]! += demandRps[r]! * out[r * size + e]!;
    }
    let worst = 0;
    for (let e = 0; e < size; e++) {
      const capacity = scale * capacityRps[e]!;
      const ratio = capacity === Number.POSITIVE_INFINITY ? 0 : load[e]! / capacity;
      if (ratio > 1) {
        taps[e]! /= ratio;
        worst = Math.max(worst, ratio);
      } else if (capacity === Number.POSITIVE_INFINITY) taps[e] = 1;
      else if (taps[e]! < 1) taps[e] = Math.min(1, taps[e]! * Math.min(OPENING, 1 / Math.max(0.1, ratio)));
    }
    rescaleTaps(problem);
    if (worst < TOLERANCE && round > MIN_ROUNDS) break;
  }
  distribute(problem, out);
}

/** How much all capacities are stretched so that the demand fits: 1 when it does. */
function capacityScale(problem: WaterFilling): number {
  let demand = 0;
  for (const rps of problem.demandRps) demand += rps;
  let capacity = 0;
  for (let e = 0; e < problem.size; e++) if (problem.usable[e] === 1) capacity += problem.capacityRps[e]!;
  return capacity === Number.POSITIVE_INFINITY ? 1 : Math.max(1, (SCALE_MARGIN * demand) / Math.max(1, capacity));
}

function rescaleTaps(problem: WaterFilling): void {
  let widest = 0;
  for (let e = 0; e < problem.size; e++) if (problem.usable[e] === 1) widest = Math.max(widest, problem.taps[e]!);
  if (widest <= 0 || widest >= SMALLEST_TAP) return;
  for (let e = 0; e < problem.size; e++) problem.taps[e]! /= widest;
}

/** out = preference × tap, normalised to its level's load, region by region. */
function distribute(problem: WaterFilling, out: Float64Array): void {
  const { regionCount, size, preference, taps, levelOf, levelCount, levelLoad } = problem;
  const sum = new Float64Array(levelCount);
  for (let r = 0; r < regionCount; r++) {
    sum.fill(0);
    for (let e = 0; e < size; e++) {
      const share = preference[r * size + e]! * taps[e]!;
      out[r * size + e] = share;
      sum[levelOf[e]!]! += share;
    }
    for (let e = 0; e < size; e++) {
      const level = levelOf[e]!;
      const total = sum[level]!;
      out[r * size + e] = total > 0 ? (out[r * size + e]! * levelLoad[r * levelCount + level]!) / total : 0;
    }
  }
}
