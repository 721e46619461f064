/**
 * What an endpoint can deliver, learned from what it delivers while a queue stands in front of it.
 *
 * As in BBR, the model is fed forward into the routing probabilities instead of servoing on latency: a router that steers
 * by a latency that is a second old is a controller with delay on a plant that integrates, and swings at 85 % load. A
 * queue means that what is delivered now *is* the capacity. One such measurement is good to a tenth, so it is weighed
 * against what is known by the variances of both (a scalar Kalman filter); what contradicts all that is known counts for
 * more. While the queue stands we send less than the capacity, in proportion to the queue. An endpoint that never queued
 * has no limit (Infinity).
 *
 * Source: Cardwell et al., "BBR: Congestion-Based Congestion Control", ACM Queue 14(5), 2016; growth beyond what is known as
 * in CUBIC (Ha, Rhee, Xu, 2008): ever faster while it stays calm. Kalman, "A New Approach to Linear Filtering", 1960.
 */

/** Milliseconds of queueing above which an endpoint is saturated; or this share of its unloaded time, if longer. */
const QUEUE_TARGET_MS = 40;
const QUEUE_TARGET_RATIO = 0.75;
/** Below this share of the target, the endpoint is calm and may get more. */
const CALM_RATIO = 0.5;
/**
 * So many times the queue target must stand in front of an endpoint before its capacity is taken to be less than thought:
 * a few servers queue for a moment by chance, well below their capacity.
 */
const SURE_RATIO = 2;
/** Milliseconds between two falls of a capacity that timeouts hide, and for which it counts as saturated. */
const HOLD_MS = 1_200;
/** While a queue stands, what is sent is less than the capacity by what drains it in DRAIN_MS, but never less than half. */
const DRAIN_MAX_RATIO = 0.5;
const DRAIN_MS = 2_000;
/** Timeouts above this share of the answers hide the capacity; then it is taken to fall to this share at most. */
const HIDDEN_RATIO = 0.2;
const HIDDEN_FALL = 0.7;
/**
 * Of a measurement: variance / rate (a Poisson rate over two time constants of a second), and the seconds after which the next
 * one is a new one and not the same again.
 */
const NOISE_S = 0.5;
const INDEPENDENT_S = 2;
/** Of the capacity: standard deviation of the first measurement, and how much it may change by itself in a second. */
const FIRST_DEVIATION = 0.15;
const DRIFT_PER_S = 0.02;
/** A measurement so many standard deviations off says that the capacity has changed; over so many seconds that is believed. */
const SURPRISE = 3;
const SURPRISE_S = 1;
/**
 * A delivered rate above the usual one is rising, and measured over a second it is too low yet. One that rises a lot is
 * waited for, but not long; else the capacity is taken to be as much higher, within a ratio, and what is allowed is not,
 * but grows fast towards it. An endpoint that takes over from a dead one is otherwise held down for ten seconds.
 */
const RISING_RATIO = 1.3;
const RISING_WAIT_MS = 1_000;
const RISEN_MAX_RATIO = 1.5;
const USUAL_TAU_S = 1;
/** Growth per second: back to the known capacity once the queue is gone, and while not calm. */
const FAST_GROWTH = 0.35;
const SLOW_GROWTH = 0.02;
/** Probing beyond the known capacity starts at twice the slow growth and doubles with every two calm seconds. */
const PROBE_DOUBLING_S = 2;
/** It needs this share of the known capacity to be used: what is not needed is not probed, and an idle endpoint proves nothing. */
const PRESSED_RATIO = 0.9;
const APP_LIMITED_RATIO = 0.5;
/** Standard deviation of what probing has reached, as a share of the growth. */
const PROBED_DEVIATION = 0.2;
/** Requests per second that an endpoint may always get. */
const MIN_CAPACITY_RPS = 3;
/** Share of the known capacity with which an ejected endpoint returns. This is the slow start: growth then listens. */
const RETURN_RATIO = 0.1;
/** A capacity of so many times the whole demand is no limit. */
const UNLIMITED_RATIO = 3;
/** Milliseconds since the last ok answer for which an endpoint counts as delivering, and the share of its capacity. */
const DELIVERING_MS = 600;
const DELIVERING_RATIO = 0.2;
/** Decayed samples that a queue must be seen with, to call it congestion and to measure by it. */
const CONGESTED_MIN_SAMPLES = 2;
const MEASURE_MIN_SAMPLES = 4;
/** Share of requests that an endpoint throttles (429, Retry-After) above which it is saturated by its own word. */
const THROTTLED_RATIO = 0.02;

/** Mutable, by endpoint. */
export interface CapacityModel {
  /** What we send at most, requests per second; Infinity while never saturated. */
  readonly allowedRps: Float64Array;
  /** What it can deliver, as far as is known, or more when it carried more calmly; and how unsure that is, (1/s)². */
  readonly knownRps: Float64Array;
  readonly variance: Float64Array;
  readonly queueMs: Float64Array;
  /** 1: queueing, but delivering; timeouts there are load and not death. */
  readonly congested: Uint8Array;
  readonly holdUntilMs: Float64Array;
  readonly calmSeconds: Float64Array;
  /** Delivered rate, smoothed once more, and when the queue there is now was first seen (Infinity without one). */
  readonly usualRps: Float64Array;
  readonly queueSinceMs: Float64Array;
}

export interface CapacityInput {
  /** Time at the endpoint now, NaN unknown, and the decayed samples behind it. */
  readonly serverMs: number;
  readonly samples: number;
  readonly unloadedMs: number;
  readonly deliveredRps: number;
  readonly timedOutRps: number;
  readonly throttledRps: number;
  readonly sinceOkMs: number;
  /** Ejected: nothing is learned, and the return is prepared. */
  readonly out: boolean;
  /** All endpoints pause, or just did: what is delivered tells nothing of any of them. */
  readonly isStalled: boolean;
  /** Demand on the whole service, and on one endpoint if all were alike. */
  readonly totalRps: number;
  readonly fairRps: number;
}

/** A model in which nothing is limited. */
export function createCapacityModel(size: number): CapacityModel {
  return {
    allowedRps: new Float64Array(size).fill(Number.POSITIVE_INFINITY),
    knownRps: new Float64Array(size).fill(Number.POSITIVE_INFINITY),
    variance: new Float64Array(size),
    queueMs: new Float64Array(size),
    congested: new Uint8Array(size),
    holdUntilMs: new Float64Array(size),
    calmSeconds: new Float64Array(size),
    usualRps: new Float64Array(size),
    queueSinceMs: new Float64Array(size).fill(Number.POSITIVE_INFINITY),
  };
}

/** Queueing above which an endpoint counts as saturated, in ms. */
export function queueTargetMs(unloadedMs: number): number {
  return Math.max(QUEUE_TARGET_MS, QUEUE_TARGET_RATIO * unloadedMs);
}

/**
 * One control step of one endpoint.
 *
 * - `seconds`: since the last step, > 0.
 *
 * Constant time. Never throws.
 */
export function stepCapacity(
  model: CapacityModel,
  e: number,
  input: CapacityInput,
  nowMs: number,
  seconds: number,
): void {
  const queue = Number.isNaN(input.serverMs) ? 0 : Math.max(0, input.serverMs - input.unloadedMs);
  const target = queueTargetMs(input.unloadedMs);
  const expected = Math.min(model.knownRps[e]!, input.fairRps);
  model.queueMs[e] = queue;
  model.usualRps[e]! += (input.deliveredRps - model.usualRps[e]!) * (1 - Math.exp(-seconds / USUAL_TAU_S));
  model.queueSinceMs[e] = queue > target ? Math.min(model.queueSinceMs[e]!, nowMs) : Number.POSITIVE_INFINITY;
  model.congested[e] =
    queue > target &&
    input.samples > CONGESTED_MIN_SAMPLES &&
    input.sinceOkMs < DELIVERING_MS &&
    input.deliveredRps > DELIVERING_RATIO * expected
      ? 1
      : 0;
  if (input.out) {
    model.allowedRps[e] = Math.max(MIN_CAPACITY_RPS, RETURN_RATIO * expected);
    return;
  }
  if (input.isStalled) return;
  const throttled = input.throttledRps > THROTTLED_RATIO * input.deliveredRps && input.throttledRps > 1;
  if ((queue > target && input.samples > MEASURE_MIN_SAMPLES) || throttled) {
    const queued = { queueMs: queue, targetMs: target, isSure: throttled || queue >= SURE_RATIO * target };
    onQueue(model, e, input, queued, nowMs, seconds);
  } else {
    relax(model, e, input, queue, target, seconds);
  }
}

interface Queued {
  readonly queueMs: number;
  readonly targetMs: number;
  /** Too much of a queue to be chance. */
  readonly isSure: boolean;
}

/** A queue: what is delivered tells the capacity, and less is sent until the queue is gone. */
function onQueue(
  model: CapacityModel,
  e: number,
  input: CapacityInput,
  { queueMs, targetMs, isSure }: Queued,
  nowMs: number,
  seconds: number,
): void {
  model.calmSeconds[e] = 0;
  const isHeld = nowMs < model.holdUntilMs[e]!;
  if (!isHeld) model.holdUntilMs[e] = nowMs + HOLD_MS;
  if (input.deliveredRps <= MIN_CAPACITY_RPS) return;
  const rising = input.deliveredRps > RISING_RATIO * model.usualRps[e]!;
  if (rising && queueMs > targetMs && nowMs - model.queueSinceMs[e]! < RISING_WAIT_MS) return;
  if (model.knownRps[e] === Number.POSITIVE_INFINITY) {
    if (!isSure) return;
    begin(model, e, input.deliveredRps);
  } else {
    // What timed out is executed all the same, so the answers in time understate the capacity. Then it falls in steps.
    const isHidden = input.timedOutRps > HIDDEN_RATIO * input.deliveredRps;
    const least = isHidden ? (isHeld ? 1 : HIDDEN_FALL) * model.knownRps[e]! : 0;
    const measured = Math.max(input.deliveredRps, least);
    if (isSure || measured > model.knownRps[e]!) measure(model, e, measured, input.deliveredRps, seconds);
  }
  const drain = Math.min(DRAIN_MAX_RATIO, Math.max(0, queueMs - targetMs) / DRAIN_MS);
  model.allowedRps[e] = Math.max(MIN_CAPACITY_RPS, (1 - drain) * model.knownRps[e]!);
}

/** The first measurement; where the rate is rising still, it is taken to be as much higher, within a ratio. */
function begin(model: CapacityModel, e: number, deliveredRps: number): void {
  const risen = deliveredRps / Math.max(1, model.usualRps[e]!);
  model.knownRps[e] = deliveredRps * Math.min(RISEN_MAX_RATIO, Math.max(1, risen));
  model.variance[e] = (FIRST_DEVIATION * deliveredRps) ** 2;
}

/** Weighs a measurement against what is known. */
function measure(model: CapacityModel, e: number, measuredRps: number, deliveredRps: number, seconds: number): void {
  const known = model.knownRps[e]!;
  const noise = NOISE_S * deliveredRps;
  const innovation = measuredRps - known;
  let variance = model.variance[e]! + (DRIFT_PER_S * known) ** 2 * seconds;
  if (innovation ** 2 > SURPRISE ** 2 * (variance + noise)) {
    variance += innovation ** 2 * Math.min(1, seconds / SURPRISE_S);
  }
  const gain = variance / (variance + (noise * INDEPENDENT_S) / seconds);
  model.knownRps[e] = known + gain * innovation;
  model.variance[e] = variance * (1 - gain);
}

/** No queue: back to what is known, and beyond it where more is needed and it stays calm. */
function relax(
  model: CapacityModel,
  e: number,
  input: CapacityInput,
  queueMs: number,
  targetMs: number,
  seconds: number,
): void {
  const known = model.knownRps[e]!;
  const allowed = model.allowedRps[e]!;
  if (known === Number.POSITIVE_INFINITY && allowed === Number.POSITIVE_INFINITY) return;
  if (input.deliveredRps <= APP_LIMITED_RATIO * allowed && allowed > 2 * MIN_CAPACITY_RPS) return;
  const calm = queueMs < CALM_RATIO * targetMs;
  model.calmSeconds[e] = calm ? model.calmSeconds[e]! + seconds : 0;
  if (allowed < known) {
    const grown = allowed * Math.exp((calm ? FAST_GROWTH : SLOW_GROWTH) * seconds);
    model.allowedRps[e] = grown > UNLIMITED_RATIO * input.totalRps ? known : Math.min(known, grown);
    return;
  }
  if (!calm || model.usualRps[e]! < PRESSED_RATIO * known) return;
  const rate = Math.min(FAST_GROWTH, 2 * SLOW_GROWTH * 2 ** (model.calmSeconds[e]! / PROBE_DOUBLING_S));
  const grown = known * Math.exp(rate * seconds);
  model.variance[e]! += PROBED_DEVIATION * (grown - known) * known;
  model.knownRps[e] = grown > UNLIMITED_RATIO * input.totalRps ? Number.POSITIVE_INFINITY : grown;
  model.allowedRps[e] = model.knownRps[e]!;
}
