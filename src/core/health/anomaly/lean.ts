/**
 * How much of a degrading endpoint's traffic goes elsewhere, before anything fails: little, for a while, and only where the
 * others can bear it. It is a factor on the weight, so that every policy follows it, and it is bounded five ways:
 *
 * - never more than `maxLeanRatio` of its share, and the less the smaller the trouble;
 * - not at all when more than half of the endpoints of its priority are degrading: then it is not about single ones;
 * - the others get no more than what is known to be free there, and half as much again as they have where nothing is known;
 * - not while requests are shed, and under `adaptive` not off an endpoint that queues: its capacity model does that;
 * - it comes within two seconds and goes over half a minute, so that an endpoint that is well only while it is spared does not swing.
 */
import type { AnomalyState } from "./anomaly-state.ts";

/** Change of the factor per second: away, and back. */
const AWAY_PER_S = 0.25;
const BACK_PER_S = 1 / 60;
/** Least that is moved off an endpoint that is degrading. */
const LEAST_LEAN = 0.1;
/** A share of further failures of 10 % is worth all of the lean. */
const FAILURES_WEIGHT = 10;
/** Of an endpoint's known capacity that may be used by what others get rid of. */
const FILLED_RATIO = 0.9;
/** Growth of what the others get, where their capacity is not known. */
const UNKNOWN_GROWTH = 0.5;

export interface LeanInput {
  /** By endpoint: takes part in balancing, its priority, requests per second it delivers and is known to be able to (Infinity: not known). */
  readonly serving: (endpoint: number) => boolean;
  /** May be leaned off; and queues, so that it can take no more. */
  readonly mayLean: (endpoint: number) => boolean;
  readonly isFull: (endpoint: number) => boolean;
  readonly levelOf: Uint8Array;
  readonly deliveredRps: Float64Array;
  readonly knownRps: Float64Array;
}

/** Moves every factor towards where it should be. `seconds` ≥ 0. Quadratic in the degrading endpoints at most, else linear. */
export function stepLean(s: AnomalyState, input: LeanInput, seconds: number): void {
  const scale = new Map<number, number>();
  for (let e = 0; e < s.size; e++) {
    let target = 1;
    if (s.degrading[e] !== 0 && s.maxLeanRatio > 0 && input.serving(e) && input.mayLean(e)) {
      const level = input.levelOf[e]!;
      if (!scale.has(level)) scale.set(level, bearable(s, input, level));
      target = 1 - scale.get(level)! * wantedLean(s, e);
    }
    const lean = s.lean[e]!;
    s.lean[e] = Math.min(1, Math.max(lean - AWAY_PER_S * seconds, Math.min(lean + BACK_PER_S * seconds, target)));
  }
}

/** The share of its traffic that would better be elsewhere, 0..maxLeanRatio. */
export function wantedLean(s: AnomalyState, e: number): number {
  const byLatency = 1 - Math.exp(-2 * Math.max(0, s.shift[e]!));
  const byErrors = FAILURES_WEIGHT * Math.max(0, s.excess[e]!) * s.maxLeanRatio;
  return Math.min(s.maxLeanRatio, Math.max(LEAST_LEAN, byLatency, byErrors));
}

/** How much of what is wanted the others of a priority can bear, 0..1. */
function bearable(s: AnomalyState, input: LeanInput, level: number): number {
  const { serving, levelOf, deliveredRps, knownRps } = input;
  let members = 0;
  let degrading = 0;
  let movedRps = 0;
  let spareRps = 0;
  for (let e = 0; e < s.size; e++) {
    if (levelOf[e] !== level || !serving(e)) continue;
    members++;
    const rps = deliveredRps[e]!;
    if (s.degrading[e] !== 0) {
      degrading++;
      // What it delivers now is what is left of it: it would get so much without a lean.
      movedRps += (rps / s.lean[e]!) * wantedLean(s, e);
      continue;
    }
    if (input.isFull(e)) continue;
    const known = knownRps[e]!;
    spareRps += known === Number.POSITIVE_INFINITY ? UNKNOWN_GROWTH * rps : Math.max(0, FILLED_RATIO * known - rps);
  }
  if (degrading === members || 2 * degrading > members) return 0;
  // Those who bear it already deliver what was moved so far.
  for (let e = 0; e < s.size; e++) {
    if (levelOf[e] === level && serving(e) && s.degrading[e] !== 0)
      spareRps += (deliveredRps[e]! / s.lean[e]!) * (1 - s.lean[e]!);
  }
  return movedRps <= spareRps ? 1 : spareRps / movedRps;
}
