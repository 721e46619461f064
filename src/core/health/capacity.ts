/**
 * What an endpoint can deliver, learned from what it delivers while a queue stands in front of it.
 *
 * As in BBR, the model is fed forward into the routing probabilities instead of servoing on latency: a router that steers
 * by a latency that is a second old is a controller with delay on a plant that integrates, and swings at 85 % load. A
 * queue means that what is delivered now *is* the capacity; we then send a little less, until the queue is gone, and
 * grow again carefully. An endpoint that never queued has no limit (Infinity).
 *
 * Source: Cardwell et al., "BBR: Congestion-Based Congestion Control", ACM Queue 14(5), 2016; growth after a cut as in
 * CUBIC (Ha, Rhee, Xu, 2008): fast below the last known capacity, then probing ever faster while it stays calm.
 */

/** Milliseconds of queueing above which an endpoint is saturated; or this share of its unloaded time, if longer. */
const QUEUE_TARGET_MS = 40;
const QUEUE_TARGET_RATIO = 0.75;
/** Below this share of the target, the endpoint is calm and may get more. */
const CALM_RATIO = 0.5;
/** Milliseconds between cuts: one report period plus the way, so that a cut is seen before the next. */
const CUT_HOLD_MS = 1_200;
/** Sooner, when the queue has doubled since the last cut. */
const EARLY_CUT_MS = 500;
/** A cut goes to this share of what is delivered, less what drains the queue in DRAIN_MS, but never less than half of that. */
const CUT_BASE_RATIO = 0.95;
const CUT_DRAIN_MAX_RATIO = 0.5;
const DRAIN_MS = 2_000;
/** Timeouts above this share of the answers hide the capacity; then it is taken to fall to this share at most. */
const HIDDEN_RATIO = 0.2;
const HIDDEN_FALL = 0.7;
/**
 * A delivered rate above the usual one is rising, and measured over a second it is too low yet. One that rises a lot is
 * waited for, but not long; else the capacity is taken to be as much higher, within a ratio, and what is allowed is not,
 * but grows fast towards it. An endpoint that takes over from a dead one is otherwise held down for ten seconds.
 */
const RISING_RATIO = 1.3;
const RISING_WAIT_MS = 1_000;
const RISEN_MAX_RATIO = 1.5;
const USUAL_TAU_S = 1;
/** Growth per second: below 90 % of the known capacity, and while not calm. */
const FAST_GROWTH = 0.35;
const SLOW_GROWTH = 0.02;
/** Probing beyond the known capacity starts at twice the slow growth and doubles with every two calm seconds. */
const PROBE_DOUBLING_S = 2;
const NEARLY_THERE_RATIO = 0.9;
/** Growth needs this share of the allowed rate to be used: an idle endpoint proves nothing (BBR's app-limited rule). */
const APP_LIMITED_RATIO = 0.5;
/** Requests per second that an endpoint may always get. */
const MIN_CAPACITY_RPS = 3;
/** Share of the known capacity with which an ejected endpoint returns. This is the slow start: growth then listens. */
const RETURN_RATIO = 0.1;
/** A capacity of so many times the whole demand is no limit. */
const UNLIMITED_RATIO = 3;
/** Milliseconds since the last ok answer for which an endpoint counts as delivering, and the share of its capacity. */
const DELIVERING_MS = 600;
const DELIVERING_RATIO = 0.2;
/** Decayed samples that a queue must be seen with, to call it congestion and to cut. */
const CONGESTED_MIN_SAMPLES = 2;
const CUT_MIN_SAMPLES = 4;
/** Share of requests that an endpoint throttles (429, Retry-After) above which it is saturated by its own word. */
const THROTTLED_RATIO = 0.02;

/** Mutable, by endpoint. */
export interface CapacityModel {
  /** What we send at most, requests per second; Infinity while never saturated. */
  readonly allowedRps: Float64Array;
  /** What it was last seen to deliver under a queue, or more when it carried more calmly. */
  readonly knownRps: Float64Array;
  readonly queueMs: Float64Array;
  /** 1: queueing, but delivering; timeouts there are load and not death. */
  readonly congested: Uint8Array;
  readonly holdUntilMs: Float64Array;
  readonly queueAtCutMs: Float64Array;
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
  /** Demand on the whole service, and on one endpoint if all were alike. */
  readonly totalRps: number;
  readonly fairRps: number;
}

/** A model in which nothing is limited. */
export function createCapacityModel(size: number): CapacityModel {
  return {
    allowedRps: new Float64Array(size).fill(Number.POSITIVE_INFINITY),
    knownRps: new Float64Array(size).fill(Number.POSITIVE_INFINITY),
    queueMs: new Float64Array(size),
    congested: new Uint8Array(size),
    holdUntilMs: new Float64Array(size),
    queueAtCutMs: new Float64Array(size),
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
  const throttled = input.throttledRps > THROTTLED_RATIO * input.deliveredRps && input.throttledRps > 1;
  if ((queue > target && input.samples > CUT_MIN_SAMPLES) || throttled) cut(model, e, input, queue, target, nowMs);
  else grow(model, e, input, queue, target, seconds);
}

function cut(
  model: CapacityModel,
  e: number,
  input: CapacityInput,
  queueMs: number,
  targetMs: number,
  nowMs: number,
): void {
  const hold = model.holdUntilMs[e]!;
  const doubled = queueMs > 2 * model.queueAtCutMs[e]! && nowMs >= hold - CUT_HOLD_MS + EARLY_CUT_MS;
  if ((nowMs < hold && !doubled) || input.deliveredRps <= MIN_CAPACITY_RPS) return;
  const rising = input.deliveredRps > RISING_RATIO * model.usualRps[e]!;
  if (rising && queueMs > targetMs && nowMs - model.queueSinceMs[e]! < RISING_WAIT_MS) return;
  model.calmSeconds[e] = 0;
  model.holdUntilMs[e] = nowMs + CUT_HOLD_MS;
  model.queueAtCutMs[e] = queueMs;
  // What timed out is executed all the same, so the answers in time understate the capacity. Then it falls in steps.
  const known = model.knownRps[e]!;
  const hidden = input.timedOutRps > HIDDEN_RATIO * input.deliveredRps && known < Number.POSITIVE_INFINITY;
  const capacity = hidden ? Math.max(input.deliveredRps, HIDDEN_FALL * known) : input.deliveredRps;
  const risen = input.deliveredRps / Math.max(1, model.usualRps[e]!);
  model.knownRps[e] = capacity * Math.min(RISEN_MAX_RATIO, Math.max(1, risen));
  const drain = Math.min(CUT_DRAIN_MAX_RATIO, Math.max(0, queueMs - targetMs) / DRAIN_MS);
  model.allowedRps[e] = Math.max(MIN_CAPACITY_RPS, (CUT_BASE_RATIO - drain) * capacity);
}

function grow(
  model: CapacityModel,
  e: number,
  input: CapacityInput,
  queueMs: number,
  targetMs: number,
  seconds: number,
): void {
  const allowed = model.allowedRps[e]!;
  if (allowed === Number.POSITIVE_INFINITY) return;
  if (input.deliveredRps <= APP_LIMITED_RATIO * allowed && allowed > 2 * MIN_CAPACITY_RPS) return;
  const calm = queueMs < CALM_RATIO * targetMs;
  const calmSeconds = calm ? model.calmSeconds[e]! + seconds : 0;
  model.calmSeconds[e] = calmSeconds;
  const rate = !calm
    ? SLOW_GROWTH
    : allowed < NEARLY_THERE_RATIO * model.knownRps[e]!
      ? FAST_GROWTH
      : Math.min(FAST_GROWTH, 2 * SLOW_GROWTH * 2 ** (calmSeconds / PROBE_DOUBLING_S));
  const grown = allowed * Math.exp(rate * seconds);
  if (calm && grown > model.knownRps[e]!) model.knownRps[e] = grown;
  model.allowedRps[e] = grown > UNLIMITED_RATIO * input.totalRps ? Number.POSITIVE_INFINITY : grown;
}
