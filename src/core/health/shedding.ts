/**
 * How much of the demand is refused at the edge while the endpoints together cannot carry it.
 *
 * Refusing early is what keeps an overload from becoming metastable: requests that would time out are still executed
 * by the endpoint, so that nothing useful comes out (Bronson et al., "Metastable Failures", HotOS 2021). It starts only
 * when requests really queue, because an estimate of capacity alone is too unsure to turn users away, and it ends when
 * the capacity covers the demand again. Both directions are limited in speed: an estimate that falls because we shed
 * would otherwise make us shed more.
 */

/**
 * Milliseconds: mean queueing, weighted by traffic, above which requests are refused. Sooner, when the endpoints clearly
 * cannot deliver what is wanted, by what they are known to deliver; not at all when they can, as far as is known.
 */
const ENGAGE_QUEUE_MS = 250;
const CLEAR_QUEUE_MS = 100;
const CLEAR_RATIO = 0.9;
/** Capacity must exceed the demand by 2 % before shedding ends. */
const RELEASE_RATIO = 0.98;
/** Change of the refused share per second. */
const RISE_PER_S = 0.4;
const FALL_PER_S = 0.1;
/** A share below this is none. */
const NEGLIGIBLE_RATIO = 0.01;

export interface Shedding {
  readonly engaged: boolean;
  /** Share of requests refused, 0..1. */
  readonly ratio: number;
}

export const NO_SHEDDING: Shedding = { engaged: false, ratio: 0 };

export interface Pressure {
  /** Requests per second that want the service, and that its endpoints may get (Infinity: no limit known). */
  readonly demandRps: number;
  readonly capacityRps: number;
  /** Requests per second that they were last seen to deliver: not lowered while a queue is being drained. */
  readonly knownRps: number;
  /** Mean queueing over the endpoints, weighted by what they deliver; 0 while they answer all that is asked. */
  readonly queueMs: number;
}

/** The next state after `seconds` (> 0) under the given pressure. */
export function nextShedding(shedding: Shedding, pressure: Pressure, seconds: number): Shedding {
  const { demandRps, capacityRps, knownRps, queueMs } = pressure;
  const covered = capacityRps * RELEASE_RATIO >= demandRps;
  const isShort = knownRps < demandRps;
  const queueing = isShort && queueMs > (knownRps < CLEAR_RATIO * demandRps ? CLEAR_QUEUE_MS : ENGAGE_QUEUE_MS);
  const engaged = !covered && (shedding.engaged || (queueing && capacityRps < demandRps));
  const target = engaged ? Math.max(0, 1 - capacityRps / Math.max(1, demandRps)) : 0;
  const step = Math.max(-FALL_PER_S * seconds, Math.min(RISE_PER_S * seconds, target - shedding.ratio));
  const ratio = shedding.ratio + step;
  return { engaged, ratio: ratio < NEGLIGIBLE_RATIO && target <= 0 ? 0 : ratio };
}
