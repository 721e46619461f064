/**
 * How much an endpoint may have at a time, found from what it makes of what it gets, as the gradient limiters of Netflix and
 * Envoy do; and by Little's law the share of its requests that this is. The share is what is published: most isolates have
 * no more than one request in flight, and a limit of many can be kept by a share of each and by nothing else.
 *
 *     reference  way there + time at the endpoint without a queue           (health/latency.ts: a drifting minimum, and the least
 *                                                                            mean of a minute; nothing is throttled to measure)
 *     gradient   tolerated latency / latency now, 0.5 to 1
 *     limit      answers per second × tolerated latency × gradient          = requests in flight
 *     admitted   limit / latency ÷ requests wanted                          = answers per second × gradient ÷ wanted
 *
 * An endpoint that queues is full, so its answers per second are what it can do: admitting them times the gradient holds the
 * queue where it is tolerated, at once and without searching. Below it the share grows until something queues, or all are let in.
 *
 * So few requests in flight that there is hardly one for each endpoint are no queue, however long they take: three an endpoint are
 * always let in. Without that a handful of slow answers refuses callers who come one after the other.
 *
 * An endpoint that became slow looks like one that queues until the least mean of a minute has caught up. So what it can do
 * is taken to be no less than a share of the most it did in the last minute: it goes on working meanwhile.
 *
 * Source: Netflix concurrency-limits, Gradient2Limit; Envoy, adaptive_concurrency filter (gradient, 0.5 at least; min_concurrency); Little, 1961.
 */
import type { AdaptiveConcurrency } from "../mesh.ts";

/** The least gradient: a queue is drained at half of what the endpoint answers, as fast as Envoy halves its limit. */
const LEAST_GRADIENT = 0.5;
/** Growth of the admitted share in a second while nothing queues; proportionally less, the more does. Twice as fast overshoots. */
const GROWTH_PER_S = 0.15;
/** A share may be raised so much in a second where the answers show that the endpoint can do more. */
const RISE_PER_S = 0.6;
/** Seconds in which the known answers per second fall to lower ones that were measured: measurements are Poisson counts. */
const KNOWN_TAU_S = 2;
/** Seconds in which the most is forgotten, and the share of it that is taken for granted. */
const MOST_TAU_S = 60;
const GRANTED_RATIO = 0.4;
/** Of timeouts to answers, above which latencies of answers say too little, and nothing is taken for granted. */
const LATE_RATIO = 0.2;
/** Requests in flight at an endpoint, over all isolates, that are never too many. Source: Envoy, min_concurrency. */
const LEAST_IN_FLIGHT = 3;
/** Decayed samples without which nothing is decided. */
const MIN_SAMPLES = 2;

/** Mutable; columns by endpoint, and behind the last one that of all together. */
export interface ConcurrencyModel {
  readonly settings: AdaptiveConcurrency;
  /** Share of the wanted requests that is let in, 0..1. */
  readonly admitRatio: Float64Array;
  /** Requests in flight that this allows; Infinity while everything is let in. */
  readonly limit: Float64Array;
  /** Answers per second that it can do, as far as is known; and the most in the last minute or so. */
  readonly knownRps: Float64Array;
  readonly mostRps: Float64Array;
}

/** Nothing is limited. */
export function createConcurrencyModel(settings: AdaptiveConcurrency, endpoints: number): ConcurrencyModel {
  const size = endpoints + 1;
  return {
    settings,
    admitRatio: new Float64Array(size).fill(1),
    limit: new Float64Array(size).fill(Number.POSITIVE_INFINITY),
    knownRps: new Float64Array(size),
    mostRps: new Float64Array(size),
  };
}

/** What was measured of an endpoint, or of several together. */
export interface ConcurrencyInput {
  /** How many they are. */
  readonly endpoints: number;
  /** The way there, ms, averaged over those who ask. */
  readonly wayMs: number;
  /** Time at the endpoint now, NaN unknown, and samples behind it; and without a queue. */
  readonly serverMs: number;
  readonly samples: number;
  readonly unloadedMs: number;
  /** Answers, answers that came too late, and requests that would be sent there if all were let in, per second. */
  readonly deliveredRps: number;
  readonly timedOutRps: number;
  readonly wantedRps: number;
}

/** The next state of column `e` after `seconds` > 0. Without samples it stays. Constant time; never allocates. */
export function stepConcurrency(m: ConcurrencyModel, e: number, input: ConcurrencyInput, seconds: number): void {
  const { tolerance, minQueueMs, minAdmitRatio } = m.settings;
  const { wayMs, serverMs, samples, unloadedMs, deliveredRps, timedOutRps, wantedRps } = input;
  if (wantedRps <= 0 || samples < MIN_SAMPLES || Number.isNaN(serverMs)) return;
  const before = m.admitRatio[e]!;
  const emptyMs = wayMs + unloadedMs;
  const toleratedMs = Math.max(emptyMs * tolerance, emptyMs + minQueueMs);
  const latencyMs = wayMs + serverMs;
  const isLate = timedOutRps > deliveredRps * LATE_RATIO;
  const most = Math.max(deliveredRps, m.mostRps[e]! * (1 - Math.min(1, seconds / MOST_TAU_S)));
  const fallen = m.knownRps[e]! + (deliveredRps - m.knownRps[e]!) * Math.min(1, seconds / KNOWN_TAU_S);
  const known = Math.max(deliveredRps, fallen, isLate ? 0 : GRANTED_RATIO * most);
  m.mostRps[e] = most;
  m.knownRps[e] = known;
  const leastRpsMs = LEAST_IN_FLIGHT * input.endpoints * 1_000;
  const least = Math.min(1, leastRpsMs / (wantedRps * latencyMs));
  if (latencyMs <= toleratedMs && !isLate) {
    const calm = Math.min(1, (toleratedMs - latencyMs) / Math.max(1, toleratedMs - emptyMs));
    const grown = Math.min(1, before * (1 + GROWTH_PER_S * seconds * calm));
    setRatio(m, e, Math.max(least, grown), Math.max(leastRpsMs, known * toleratedMs));
    return;
  }
  const gradient = isLate ? LEAST_GRADIENT : Math.max(LEAST_GRADIENT, toleratedMs / latencyMs);
  const possible = Math.max(minAdmitRatio, Math.min(1, (known * gradient) / wantedRps));
  const risen = Math.min(possible, before * (1 + RISE_PER_S * seconds));
  setRatio(m, e, Math.max(least, risen), Math.max(leastRpsMs, known * gradient * toleratedMs));
}

/** `rpsMs`: answers per second × ms that each may take. */
function setRatio(m: ConcurrencyModel, e: number, ratio: number, rpsMs: number): void {
  m.admitRatio[e] = ratio;
  m.limit[e] = ratio < 1 ? rpsMs / 1_000 : Number.POSITIVE_INFINITY;
}
