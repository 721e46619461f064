/**
 * The shared circuit breaker of one endpoint: a state machine over values.
 *
 *     closed ──trip──▶ open ──its time is over──▶ half-open ──enough good probes──▶ closed
 *                       ▲                              │
 *                       └────────one bad probe─────────┘
 *
 * Half-open is counted: probes are lent one at a time, and only as many answers count as were lent. Every round of
 * probing has a generation; an answer that carries another one is late and says nothing. Without that, the answers of
 * an earlier round double the ejection time of an endpoint that has recovered meanwhile.
 *
 * The time out grows as in Envoy: base × number of ejections, up to a maximum; the number falls by one for every
 * interval that the endpoint stays in. Envoy has no half-open: there, all traffic returns at once.
 *
 * Source: Nygard, "Release It!", 2007 (the pattern); Envoy, outlier_detection_impl.cc (ejection time).
 */

/** `closed`: traffic flows. `open`: ejected. `half-open`: a counted number of probes may pass. */
export type Breaker =
  | {
      readonly state: "closed";
      readonly generation: number;
      /** Ejections remembered when it closed; one fewer counts for every interval since. */
      readonly ejections: number;
      /** When it closed; -Infinity when it has never been open. */
      readonly sinceMs: number;
    }
  | {
      readonly state: "open";
      readonly generation: number;
      readonly ejections: number;
      readonly sinceMs: number;
      readonly untilMs: number;
    }
  | {
      readonly state: "half-open";
      readonly generation: number;
      readonly ejections: number;
      /** When the endpoint was ejected. */
      readonly sinceMs: number;
      /** Probes lent and answered in this generation, and how many of the answers were good. */
      readonly lent: number;
      readonly answered: number;
      readonly successes: number;
      readonly nextLeaseAtMs: number;
    };

export interface BreakerParams {
  readonly baseEjectionTimeMs: number;
  readonly maxEjectionTimeMs: number;
  /** Up to this much is added at random, so that endpoints ejected together do not return together. */
  readonly maxEjectionTimeJitterMs: number;
  /** A closed breaker forgets one ejection per interval. */
  readonly intervalMs: number;
  readonly probeIntervalMs: number;
  readonly probeTtlMs: number;
  /** Good answers that close it, ≥ 1. */
  readonly probesToClose: number;
}

/**
 * A breaker that has never tripped.
 *
 * - `generation`: any integer ≥ 0. A random one keeps late answers of an object's earlier life from counting.
 */
export function closedBreaker(generation = 0): Breaker {
  return { state: "closed", generation, ejections: 0, sinceMs: Number.NEGATIVE_INFINITY };
}

/** How long the given ejection lasts, in ms. `ejections` ≥ 1; `random` in [0, 1) scales the jitter. */
export function ejectionTimeMs(ejections: number, params: BreakerParams, random: number): number {
  return (
    Math.min(params.maxEjectionTimeMs, params.baseEjectionTimeMs * ejections) + random * params.maxEjectionTimeJitterMs
  );
}

/**
 * Opens a closed breaker. One that is not closed stays as it is: it is already out.
 *
 * - `random`: uniform in [0, 1), for the jitter.
 */
export function trip(breaker: Breaker, nowMs: number, params: BreakerParams, random: number): Breaker {
  if (breaker.state !== "closed") return breaker;
  return reopened({ ...breaker, ejections: rememberedEjections(breaker, nowMs, params) }, nowMs, params, random);
}

/** Ejections that lengthen the next one: one is forgotten with every interval that the endpoint stayed in. */
export function rememberedEjections(breaker: Breaker, nowMs: number, params: BreakerParams): number {
  if (breaker.state !== "closed" || breaker.ejections === 0) return breaker.ejections;
  return Math.max(0, breaker.ejections - Math.floor((nowMs - breaker.sinceMs) / Math.max(1, params.intervalMs)));
}

function reopened(breaker: Breaker, nowMs: number, params: BreakerParams, random: number): Breaker {
  // The count stops where more of it would not lengthen the ejection: else a long outage is remembered for hours.
  const most = Math.max(1, Math.ceil(params.maxEjectionTimeMs / Math.max(1, params.baseEjectionTimeMs)));
  const ejections = Math.min(breaker.ejections + 1, most);
  return {
    state: "open",
    generation: breaker.generation + 1,
    ejections,
    sinceMs: nowMs,
    untilMs: nowMs + ejectionTimeMs(ejections, params, random),
  };
}

/** What passing time alone does: an open breaker whose time is over becomes half-open. The same value otherwise. */
export function advance(breaker: Breaker, nowMs: number): Breaker {
  if (breaker.state !== "open" || nowMs < breaker.untilMs) return breaker;
  const { generation, ejections, sinceMs, untilMs } = breaker;
  return {
    state: "half-open",
    generation,
    ejections,
    sinceMs,
    lent: 0,
    answered: 0,
    successes: 0,
    nextLeaseAtMs: untilMs,
  };
}

/**
 * Whether a probe may be lent now: half-open, an interval after the last one, and no more unanswered than are needed to
 * close. A probe at an endpoint that hangs is answered late or, when its holder is gone, never; after its time to live
 * another one takes its place.
 */
export function mayLend(breaker: Breaker, nowMs: number, params: BreakerParams): boolean {
  if (breaker.state !== "half-open" || nowMs < breaker.nextLeaseAtMs) return false;
  if (breaker.lent - breaker.answered < params.probesToClose) return true;
  return nowMs >= breaker.nextLeaseAtMs - params.probeIntervalMs + params.probeTtlMs;
}

/** Counts one lent probe. Only where `mayLend`; else the breaker stays as it is. */
export function onLend(breaker: Breaker, nowMs: number, params: BreakerParams): Breaker {
  if (breaker.state !== "half-open" || !mayLend(breaker, nowMs, params)) return breaker;
  return { ...breaker, lent: breaker.lent + 1, nextLeaseAtMs: nowMs + params.probeIntervalMs };
}

/**
 * The answer to a lent probe. Ignored unless the breaker is half-open in the probe's generation and has lent more probes
 * than were answered: what is late, forged or delivered twice changes nothing.
 *
 * - `random`: uniform in [0, 1), for the jitter of another ejection.
 */
export function onProbe(
  breaker: Breaker,
  probe: { readonly ok: boolean; readonly generation: number; readonly nowMs: number },
  params: BreakerParams,
  random: number,
): Breaker {
  if (breaker.state !== "half-open" || probe.generation !== breaker.generation) return breaker;
  if (breaker.answered >= breaker.lent) return breaker;
  if (!probe.ok) return reopened(breaker, probe.nowMs, params, random);
  const successes = breaker.successes + 1;
  if (successes < params.probesToClose) return { ...breaker, answered: breaker.answered + 1, successes };
  return {
    state: "closed",
    generation: breaker.generation + 1,
    ejections: breaker.ejections,
    sinceMs: probe.nowMs,
  };
}

/**
 * Brings an open breaker to half-open before its time, for an active check that succeeded. It still has to be probed
 * with traffic, and it stays open for the base time at least: a check that does not exercise the failing path must not
 * undo an ejection at once.
 */
export function onCheckSuccess(breaker: Breaker, nowMs: number, params: BreakerParams): Breaker {
  if (breaker.state !== "open" || nowMs < breaker.sinceMs + params.baseEjectionTimeMs) return breaker;
  return advance({ ...breaker, untilMs: Math.min(breaker.untilMs, nowMs) }, nowMs);
}

/** Time until a probe may pass, in ms; 0 unless open. */
export function openForMs(breaker: Breaker, nowMs: number): number {
  return breaker.state === "open" ? Math.max(0, breaker.untilMs - nowMs) : 0;
}
