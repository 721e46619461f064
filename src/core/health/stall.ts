/**
 * A pause that all endpoints have in common: a machine, a network or an edge that stood still for a moment. Less is answered
 * than usually, by most at once, and nothing times out. Neither what is delivered then tells a capacity, nor the
 * lateness of what is answered next a queue. An overload looks otherwise: endpoints deliver at least what they did, or requests
 * time out. What goes on for longer is taken for what it looks like.
 */

/** Milliseconds over which the usual rates are learned. */
const USUAL_TAU_MS = 5_000;
/** Delivering less than this share of the usual is less; and in common is where so much of the usual traffic goes. */
const LESS_RATIO = 0.8;
const COMMON_RATIO = 0.6;
/** Standard deviations by which all together must be below: a few requests per second vary by chance. */
const SURE = 3;
/** Variance / rate of a Poisson rate that is decayed over a second. */
const NOISE_S = 0.5;
/** Timeouts above this share of what is usually delivered are no pause. */
const TIMED_OUT_RATIO = 0.05;
/** Milliseconds without a word of any finished request after which rates have decayed, and say nothing. */
const SILENT_MS = 300;
/** Milliseconds that a pause lasts at most, and for which rates and latencies still tell of it after it. */
const LONGEST_MS = 2_000;
const SETTLE_MS = 1_000;

/** Mutable. */
export interface Stall {
  /** Delivered per second, by endpoint, averaged while nothing stalls. */
  readonly usualRps: Float64Array;
  /** When less was first and last seen to be delivered; -1 when it is not over long enough. */
  sinceMs: number;
  lastMs: number;
  /** When requests were last reported to have ended, well or not. */
  finishedAtMs: number;
}

export interface StallInput {
  /** By endpoint, per second. */
  readonly deliveredRps: Float64Array;
  readonly timedOutRps: number;
  readonly isShedding: boolean;
}

export function createStall(size: number): Stall {
  return {
    usualRps: new Float64Array(size),
    sinceMs: -1,
    lastMs: -1,
    finishedAtMs: Number.NEGATIVE_INFINITY,
  };
}

/**
 * Whether a pause is on, or so recent that rates and latencies still tell of it: 2 s and one more at most. Never while
 * requests are shed: the less that is delivered is then of our own doing.
 *
 * - `seconds`: since the last step, > 0.
 *
 * Linear in the endpoints. Never throws.
 */
export function stepStall(stall: Stall, input: StallInput, nowMs: number, seconds: number): boolean {
  const silentMs = nowMs - stall.finishedAtMs;
  const { isLess, usualRps } = compare(stall, input.deliveredRps);
  if (input.isShedding || input.timedOutRps > TIMED_OUT_RATIO * usualRps) {
    stall.sinceMs = -1;
    learn(stall, input.deliveredRps, seconds);
    return false;
  }
  if (isLess) {
    if (stall.sinceMs < 0) stall.sinceMs = nowMs;
    stall.lastMs = nowMs;
  } else if (stall.sinceMs >= 0 && nowMs - stall.lastMs >= SETTLE_MS) stall.sinceMs = -1;
  const isOn = stall.sinceMs >= 0 && stall.lastMs - stall.sinceMs < LONGEST_MS;
  if (!isOn) learn(stall, input.deliveredRps, seconds);
  return isOn || (silentMs > SILENT_MS && silentMs < LONGEST_MS);
}

/** Whether less is delivered than usually, by all together and by most. */
function compare(stall: Stall, deliveredRps: Float64Array): { readonly isLess: boolean; readonly usualRps: number } {
  let delivered = 0;
  let usual = 0;
  let less = 0;
  for (let e = 0; e < deliveredRps.length; e++) {
    delivered += deliveredRps[e]!;
    usual += stall.usualRps[e]!;
    if (deliveredRps[e]! < LESS_RATIO * stall.usualRps[e]!) less += stall.usualRps[e]!;
  }
  const least = usual - Math.max((1 - LESS_RATIO) * usual, SURE * Math.sqrt(NOISE_S * usual));
  return { isLess: delivered < least && less >= COMMON_RATIO * usual, usualRps: usual };
}

function learn(stall: Stall, deliveredRps: Float64Array, seconds: number): void {
  const gain = 1 - Math.exp((-seconds * 1_000) / USUAL_TAU_MS);
  for (let e = 0; e < deliveredRps.length; e++) stall.usualRps[e]! += (deliveredRps[e]! - stall.usualRps[e]!) * gain;
}
