/**
 * How often what is looked at. A look at a service is a call to its root and to each region that it has heard of; an alarm
 * is a row written. With targets configured, one busy service in one region costs 2 calls and an alarm in 5 s: about
 * 1.6 million requests and 0.5 million rows a month ($0.75), and the object never rests ($4). With none, a tenth of the
 * calls, and it rests between them.
 */

/** A service with traffic, or with something wrong; and one without. */
export interface Cadence {
  readonly busyMs: number;
  readonly calmMs: number;
  /** Which mesh is in force, its versions, rollouts and registries. */
  readonly meshMs: number;
}

/** Somebody has to be told, or called. */
export const TOLD: Cadence = { busyMs: 5_000, calmMs: 60_000, meshMs: 15_000 };
/** Events are only kept: monitors remember the last 200 themselves, as long as they are not evicted. */
export const KEPT: Cadence = { busyMs: 60_000, calmMs: 300_000, meshMs: 300_000 };
/** Somebody looks at it. */
export const LIVE: Cadence = { busyMs: 1_500, calmMs: 1_500, meshMs: 5_000 };
