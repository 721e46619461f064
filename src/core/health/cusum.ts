/**
 * CUSUM over counts of successes and failures: how much more likely "broken" is than "normal", as a running
 * log-likelihood ratio that never falls below zero.
 *
 * Chosen over a failure rate in a window because it needs no window: with 2 requests a second and with 2,000 it reacts
 * after the same number of failures, and counts from many reporters merge by addition. No test with the same rate of
 * false alarms detects a change sooner (Moustakides 1986). With the defaults a failure weighs 1.95, a success −1.10, and
 * a score of 12 is 6.2 failures in a row; a false alarm is as likely as e^−12 per excursion.
 *
 * Source: Page, "Continuous Inspection Schemes", Biometrika 41, 1954.
 */

/** What one observation adds (failure) or takes away (success). Both > 0. */
export interface CusumGains {
  readonly perFailure: number;
  readonly perSuccess: number;
}

/**
 * Log-likelihood ratios of one observation.
 *
 * - `normalFailureRatio`, `brokenFailureRatio`: 0 < normal < broken < 1; kept within 0.1 % of the ends, where the
 *   logarithm would be infinite.
 */
export function cusumGains(normalFailureRatio: number, brokenFailureRatio: number): CusumGains {
  const normal = Math.min(0.998, Math.max(0.001, normalFailureRatio));
  const broken = Math.min(0.999, Math.max(normal + 0.001, brokenFailureRatio));
  return { perFailure: Math.log(broken / normal), perSuccess: Math.log((1 - normal) / (1 - broken)) };
}

/**
 * The score after a batch of outcomes. Successes are taken first: the order inside a batch is not known, and this one
 * detects sooner.
 *
 * - `ok`, `failures`: counts ≥ 0.
 * - `ceiling`: the score stops here, so that a long outage is forgotten within as many successes as a short one.
 */
export function nextCusum(score: number, ok: number, failures: number, gains: CusumGains, ceiling: number): number {
  return Math.min(ceiling, Math.max(0, score - ok * gains.perSuccess) + failures * gains.perFailure);
}
