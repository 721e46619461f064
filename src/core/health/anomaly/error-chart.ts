/**
 * A CUSUM over failures against what is usual: has the share of failures of an endpoint risen, long before it is broken?
 *
 * The breaker's CUSUM (../suspicion.ts) asks whether an endpoint is broken and is blind to 20 % of failures, which is its
 * design. This one asks whether there are some three times as many as usual. The average number of attempts between two false
 * alarms is at least e^threshold (Wald's identity, for any log-likelihood ratio), so a threshold of
 * ln(attempts in a week) keeps them to one a week at any rate; failures that come in bursts make them more frequent,
 * which is why several blocks have to have some.
 *
 * Source: Page 1954; Lorden, "Procedures for Reacting to a Change in Distribution", Annals of Mathematical Statistics 42, 1971.
 */
import { type CusumGains, cusumGains, nextCusum } from "../cusum.ts";

/** A share of failures below this is as good as none: such as every service has. */
const LEAST_USUAL_RATIO = 0.005;
/** The share to be found: so many times the usual one, but so much more at least. */
const RISE_RATIO = 3;
const LEAST_RISE = 0.03;
const SECONDS_PER_WEEK = 604_800;
/** Blocks with failures that are needed: one burst is a restart, not a trend. */
export const ERROR_MIN_BLOCKS = 3;
const CEILING_RATIO = 1.5;

/** What one attempt adds or takes away, where this share of failures is usual (0..1). */
export function errorGains(usualRatio: number): CusumGains {
  const usual = Math.max(LEAST_USUAL_RATIO, usualRatio);
  return cusumGains(usual, Math.min(0.95, Math.max(RISE_RATIO * usual, usual + LEAST_RISE)));
}

/** The score that raises the alarm at this rate (attempts per second, ≥ 0): one false alarm a week at most. */
export function errorThreshold(rps: number): number {
  return Math.log(SECONDS_PER_WEEK * Math.max(1, rps));
}

/** The score after a block of attempts. */
export function nextErrorScore(score: number, total: number, failed: number, usualRatio: number, rps: number): number {
  return nextCusum(score, total - failed, failed, errorGains(usualRatio), CEILING_RATIO * errorThreshold(rps));
}
