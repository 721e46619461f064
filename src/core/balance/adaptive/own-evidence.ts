/**
 * What this isolate knows of the endpoints that the snapshot does not know yet, as a factor on their probabilities.
 *
 *     factor(e) = min(1, cost in the snapshot / cost now)^4
 *
 * Cost is the expected time to get an answer: latency + f/(1 − f) × the price of a failure. Now includes own answers that
 * no snapshot covers, a cool-down after own failures (×4), the age of a request that is overdue, and more requests of our
 * own in flight there than its share explains. The factor only ever lowers: what is better than thought, the object will
 * notice; many isolates taking a fresh opportunity at once is how herds form.
 */
import { wastedPerAnswer } from "../failure-cost.ts";
import type { EndpointColumns } from "../policy.ts";

/** What an endpoint costs while it cools down after a failure of ours: with the exponent, 1/256 of its share is left. */
const COOL_DOWN_FACTOR = 4;
/** Cost added per excess of own requests in flight, relative to the number that its share explains. */
const EXCESS_WEIGHT = 0.25;

/** Milliseconds over which own delays are remembered: about as long as the next snapshot takes to know better. */
const DELAY_TAU_MS = 1_000;
/** Milliseconds: delays well below this are noise and hardly move a draw. Half a typical time at an endpoint. */
const DELAY_SCALE_MS = 20;

/** By endpoint; filled by the service state (src/core/service-state). */
export interface AdaptiveColumns {
  /** Probability in the snapshot. */
  readonly probability: Float64Array;
  /** Cost by the snapshot alone, ms. */
  readonly referenceMs: Float64Array;
  /** Until when the endpoint cools down after own failures; 0 not at all. */
  readonly coolUntilMs: Float64Array;
  /** When the oldest overdue request of ours began; Infinity when none is. */
  readonly overdueSinceMs: Float64Array;
  /** Latency in the snapshot, and by how much own answers exceeded it lately (decayed mean, ≥ 0), as of when. */
  readonly expectedMs: Float64Array;
  readonly delayMs: Float64Array;
  readonly delayAtMs: Float64Array;
  /** Changes with every snapshot. */
  epoch: number;
  /** A snapshot is in force and fresh. Otherwise the isolate decides alone. */
  trusted: boolean;
  /** Own requests in flight, over all endpoints. */
  ownInFlight: number;
}

/**
 * The factor, in (0, 1].
 *
 * - `share`: the endpoint's probability among the candidates, 0..1.
 * - `failurePenaltyMs`: the price of one failure.
 *
 * Constant time, does not allocate.
 */
export function ownEvidenceFactor(
  columns: EndpointColumns,
  own: AdaptiveColumns,
  e: number,
  share: number,
  failurePenaltyMs: number,
  nowMs: number,
): number {
  let cost = costMs(columns.latencyMs[e]!, columns.failureRatio[e]!, failurePenaltyMs);
  if (nowMs < own.coolUntilMs[e]!) cost *= COOL_DOWN_FACTOR;
  const overdueSince = own.overdueSinceMs[e]!;
  if (overdueSince < nowMs) cost += nowMs - overdueSince;
  const inFlight = columns.ownInFlight[e]!;
  if (inFlight > 0) {
    // One request alone is an excess of 1; in an isolate with many in flight only what its share does not explain is.
    const expected = (own.ownInFlight - 1) * share;
    if (inFlight > expected) cost *= 1 + (EXCESS_WEIGHT * (inFlight - expected)) / (1 + expected);
  }
  const ratio = own.referenceMs[e]! / cost;
  return ratio >= 1 ? 1 : fourthPower(ratio);
}

/** Twice as dear leaves a sixteenth. Multiplied, since `**` is a call into the mathematics library on every draw. */
function fourthPower(ratio: number): number {
  const squared = ratio * ratio;
  return squared * squared;
}

/** Expected time to get an answer, ms. */
export function costMs(latencyMs: number, failureRatio: number, failurePenaltyMs: number): number {
  return latencyMs + wastedPerAnswer(failureRatio) * failurePenaltyMs;
}

/**
 * An own answer took so long. Remembers how much longer than the snapshot made us expect, as a decayed mean; an
 * endpoint's queue grows within a snapshot's age, and this is how a sender notices. Constant time.
 */
export function noteDelay(own: AdaptiveColumns, e: number, latencyMs: number, nowMs: number): void {
  const kept = Math.exp(-Math.max(0, nowMs - own.delayAtMs[e]!) / DELAY_TAU_MS);
  const delay = own.delayMs[e]! * kept + (latencyMs - own.expectedMs[e]!) * (1 - kept);
  own.delayMs[e] = Math.max(0, delay);
  own.delayAtMs[e] = nowMs;
}

/** How much longer than expected own answers take now, ms; 0 when nothing says so. */
export function ownDelayMs(own: AdaptiveColumns, e: number, nowMs: number): number {
  const delay = own.delayMs[e]!;
  return delay <= 0 ? 0 : delay * Math.exp(-Math.max(0, nowMs - own.delayAtMs[e]!) / DELAY_TAU_MS);
}

/** Probability of going from the first of two draws to the second, by their delays: 0 unless the second's is less. */
export function moveProbability(firstMs: number, secondMs: number): number {
  return secondMs >= firstMs ? 0 : (firstMs - secondMs) / (firstMs + secondMs + 2 * DELAY_SCALE_MS);
}
