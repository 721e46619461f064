/**
 * Who is refused when a share of all requests must be: the least important classes first.
 *
 * With shares 50 % "high" and 50 % "low", shedding 30 % refuses 60 % of "low" and none of "high"; shedding 70 % refuses
 * all of "low" and 40 % of "high". Shares are what this isolate saw lately: the snapshot gives only the total.
 *
 * Source: Zhou et al., "Overload Control for Scaling WeChat Microservices" (DAGOR), SoCC 2018, for shedding by business
 * priority at the caller.
 */

/** Shares are halved about every ten snapshots. */
const FORGET_RATIO = 0.93;
/** Requests that every class is taken to have had: an unseen class is not free to shed. */
const PRIOR_REQUESTS = 0.01;

/** Mutable. Classes by importance, most important first. */
export interface ClassShares {
  readonly classes: readonly string[];
  readonly defaultClass: number;
  readonly counts: Float64Array;
}

/** `classes` empty: one class. */
export function createClassShares(classes: readonly string[], defaultClass: string): ClassShares {
  const named = classes.length === 0 ? [""] : classes;
  const at = named.indexOf(defaultClass);
  return {
    classes: named,
    defaultClass: at < 0 ? named.length - 1 : at,
    counts: new Float64Array(named.length).fill(PRIOR_REQUESTS),
  };
}

/** Position of a class by name; the default one for unknown names. */
export function classIndex(shares: ClassShares, name: string): number {
  if (shares.classes.length === 1) return 0;
  const at = shares.classes.indexOf(name);
  return at < 0 ? shares.defaultClass : at;
}

/** Lets the past count less. Call it about once a second. */
export function forgetClasses(shares: ClassShares): void {
  for (let i = 0; i < shares.counts.length; i++) {
    shares.counts[i] = Math.max(PRIOR_REQUESTS, shares.counts[i]! * FORGET_RATIO);
  }
}

/**
 * Probability 0..1 that a request of a class is refused when `shed` (0..1) of all requests must be.
 * Linear in the classes. Never throws.
 */
export function shedProbability(shares: ClassShares, index: number, shed: number): number {
  if (shed <= 0) return 0;
  let total = 0;
  let below = 0;
  for (let i = 0; i < shares.counts.length; i++) {
    total += shares.counts[i]!;
    if (i > index) below += shares.counts[i]!;
  }
  return Math.max(0, Math.min(1, (shed * total - below) / shares.counts[index]!));
}
