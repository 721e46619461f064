/**
 * Saturation as it begins: more arrives at an endpoint than it finishes, and it does not finish more when more arrives.
 *
 * Requests in flight are a stock, so what arrives need not be counted: arrivals = completions + growth of the stock. A stock that
 * grows with the completions is load that is being carried, and one that grows while there are none is an endpoint that is
 * dead; in between, completions that stay as they were while the stock doubles are the capacity. The capacity model finds
 * the same by the answers' latency, one response time later: this only tells, so that nothing is counted twice.
 */

/** Milliseconds of a slot, and slots looked over: long enough for a doubling, short enough to be news. */
const SLOT_MS = 1_000;
const SLOTS = 7;
const HALF = SLOTS >> 1;
/** The stock has grown by this factor, to so much at least, and by so many standard deviations of chance. */
const GROWN_RATIO = 2;
const LEAST_IN_FLIGHT = 10;
const GROWN_SIGMAS = 4;
/** Completions within these ratios of what they were are flat: more is carrying, less is dying. */
const FLAT_MOST_RATIO = 1.1;
const FLAT_LEAST_RATIO = 0.6;
/** Looks in a row that have to agree, and milliseconds before the same endpoint is told of again. */
const AGREEING = 2;
const SPACING_MS = 60_000;

/** Mutable; by `endpoint * SLOTS + slot`: completions in the slot, and in flight at its end. */
export interface QueueGrowth {
  readonly size: number;
  readonly finished: Float64Array;
  readonly inFlight: Float64Array;
  readonly pending: Float64Array;
  readonly agreed: Uint8Array;
  readonly toldAtMs: Float64Array;
  slot: number;
  /** Slots filled without a break. */
  filled: number;
  slotAtMs: number;
}

/** What arrives and what is finished, per second; the latter is the capacity, as far as this object sees the endpoint. */
export interface Saturation {
  readonly endpoint: number;
  readonly arrivingRps: number;
  readonly capacityRps: number;
  readonly inFlight: number;
}

export function createQueueGrowth(size: number): QueueGrowth {
  return {
    size,
    finished: new Float64Array(size * SLOTS),
    inFlight: new Float64Array(size * SLOTS),
    pending: new Float64Array(size),
    agreed: new Uint8Array(size),
    toldAtMs: new Float64Array(size).fill(Number.NEGATIVE_INFINITY),
    slot: 0,
    filled: 0,
    slotAtMs: Number.NEGATIVE_INFINITY,
  };
}

/** Attempts that ended at an endpoint, ≥ 0. Constant time. */
export function noteFinished(growth: QueueGrowth, endpoint: number, count: number): void {
  growth.pending[endpoint]! += count;
}

/**
 * Closes the slot if it is over and says which endpoints have begun to saturate.
 *
 * - `inFlightAt`: requests in flight now, by endpoint.
 *
 * Linear in the endpoints, once a second. After a silence of more than two slots it starts anew.
 */
export function stepGrowth(g: QueueGrowth, inFlightAt: (e: number) => number, nowMs: number): readonly Saturation[] {
  const elapsedMs = nowMs - g.slotAtMs;
  if (elapsedMs < SLOT_MS) return [];
  g.filled = elapsedMs > 2 * SLOT_MS ? 0 : Math.min(SLOTS, g.filled + 1);
  g.slotAtMs = nowMs;
  g.slot = (g.slot + 1) % SLOTS;
  const found: Saturation[] = [];
  for (let e = 0; e < g.size; e++) {
    const at = e * SLOTS + g.slot;
    g.finished[at] = (g.pending[e]! * 1_000) / Math.min(elapsedMs, 2 * SLOT_MS);
    g.inFlight[at] = inFlightAt(e);
    g.pending[e] = 0;
    const saturation = g.filled < SLOTS ? null : look(g, e);
    g.agreed[e] = saturation === null ? 0 : Math.min(AGREEING, g.agreed[e]! + 1);
    if (saturation === null || g.agreed[e]! < AGREEING || nowMs - g.toldAtMs[e]! < SPACING_MS) continue;
    g.toldAtMs[e] = nowMs;
    found.push(saturation);
  }
  return found;
}

/** What the slots of an endpoint say; null for nothing new. */
function look(g: QueueGrowth, e: number): Saturation | null {
  const slotOf = (ago: number) => e * SLOTS + ((g.slot - ago + SLOTS) % SLOTS);
  const now = g.inFlight[slotOf(0)]!;
  const before = g.inFlight[slotOf(SLOTS - 1)]!;
  const middle = g.inFlight[slotOf(HALF)]!;
  if (now < LEAST_IN_FLIGHT || now < GROWN_RATIO * before || now <= middle || middle < before) return null;
  // In flight without a queue is a Poisson number: a difference of two has the sum of both as its variance.
  if (now - before < GROWN_SIGMAS * Math.sqrt(now + before)) return null;
  let earlier = 0;
  let later = 0;
  for (let ago = 0; ago < HALF; ago++) {
    later += g.finished[slotOf(ago)]! / HALF;
    earlier += g.finished[slotOf(SLOTS - 1 - ago)]! / HALF;
  }
  if (later > FLAT_MOST_RATIO * earlier || later < FLAT_LEAST_RATIO * earlier || later <= 0) return null;
  const growthRps = ((now - before) * 1_000) / ((SLOTS - 1) * SLOT_MS);
  return { endpoint: e, arrivingRps: later + growthRps, capacityRps: later, inFlight: now };
}
