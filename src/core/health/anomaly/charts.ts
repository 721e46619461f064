/**
 * Two control charts over standardised residuals: has this endpoint become slower than it was?
 *
 * A residual is in order when it looks like a draw from N(0, 1). A CUSUM sums what exceeds half a standard deviation and is
 * the fastest there is for a jump of one; an EWMA chart with a long memory sees the creep of half a one that a CUSUM
 * meets late. Either raises the alarm. Both are one-sided: an endpoint that became faster is no trouble.
 *
 * Average run length between false alarms of one endpoint with a block every second, in days (Markov chain of Brook and
 * Evans over N(0, 1), computed in charts.test.ts): CUSUM 19.7, EWMA 28.8, at least 11 together; blocks until a
 * shift of 1, 2 or 4 standard deviations is found by the first of them: 26, 10 and 5 at most.
 *
 * Source: Page, "Continuous Inspection Schemes", Biometrika 41, 1954; Roberts, "Control Chart Tests Based on Geometric
 * Moving Averages", Technometrics 1, 1959; Brook and Evans, "An approach to the probability distribution of CUSUM run
 * length", Biometrika 59, 1972.
 */

/** Standard deviations that a block may be off and still lowers the score: half of the shift to be found. */
export const CUSUM_ALLOWANCE = 0.5;
/** Score that raises the alarm. */
export const CUSUM_THRESHOLD = 12.5;
/** The score stops here, so that a long trouble is forgotten as fast as a short one. */
const CUSUM_CEILING = 1.5 * CUSUM_THRESHOLD;
/** Weight of the newest block in the moving average: a memory of twenty blocks. */
export const EWMA_GAIN = 0.05;
/** The average that raises the alarm, in its own standard deviations, and what that is in those of a block. */
const EWMA_SIGMAS = 4.8;
export const EWMA_LIMIT = EWMA_SIGMAS * Math.sqrt(EWMA_GAIN / (2 - EWMA_GAIN));
/** A block counts for at most so many standard deviations: one alone, however bad, is chance or a hiccup. */
export const MOST_SIGMAS = 4;

/** While degrading: what a block may be off and still counts for recovery, and the score that is believed. */
const RECOVERY_ALLOWANCE = 1;
export const RECOVERY_THRESHOLD = 12;

/** A residual as the charts take it. */
export function winsorized(z: number): number {
  return Math.max(-MOST_SIGMAS, Math.min(MOST_SIGMAS, z));
}

/** The CUSUM after a block. `z`: winsorized. */
export function nextLatencyCusum(score: number, z: number): number {
  return Math.min(CUSUM_CEILING, Math.max(0, score + z - CUSUM_ALLOWANCE));
}

/** The moving average after a block. `z`: winsorized. */
export function nextEwma(average: number, z: number): number {
  return average + EWMA_GAIN * (z - average);
}

/** A CUSUM the other way: evidence that an endpoint found degrading is as it was. */
export function nextRecovery(score: number, z: number): number {
  return Math.max(0, score + RECOVERY_ALLOWANCE - z);
}

/** Whether either chart is beyond its limit. */
export function isBeyond(cusum: number, ewma: number): boolean {
  return cusum >= CUSUM_THRESHOLD || ewma >= EWMA_LIMIT;
}
