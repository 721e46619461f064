/**
 * Between which bounds a share lies, for somebody who looks again and again.
 *
 * A rollout is judged every few seconds. A test made for one look (binomial, two proportions) finds a fault in any good
 * canary if it is asked often enough. These bounds hold at all times at once: the chance that the true share is ever
 * outside them, from the first trial to the last, is at most alpha. The price is wider bounds at each single look.
 *
 * The likelihood of the data, averaged over all shares with the weight Beta(½, ½), divided by that under one share p, is
 * a martingale that starts at 1 while p is true. By Ville's inequality it ever reaches 1/alpha with a chance of at most alpha;
 * the shares for which it has not are the interval.
 *
 * Source: Robbins, "Statistical Methods Related to the Law of the Iterated Logarithm", Ann. Math. Statist. 41(5), 1970;
 * Howard, Ramdas, McAuliffe, Sekhon, "Time-uniform, nonparametric, nonasymptotic confidence sequences", Ann. Statist.
 * 49(2), 2021. Trials are taken for independent.
 */

export interface Bounds {
  readonly low: number;
  readonly high: number;
}

/** Halvings of the interval: beyond the precision of a double. */
const HALVINGS = 60;

/**
 * Bounds of the true share of hits.
 *
 * - `hits`: 0 to `trials`. `trials`: ≥ 0; none gives 0 and 1.
 * - `alpha`: above 0, below 1.
 *
 * Never throws. Constant time, some microseconds.
 */
export function boundsOf(hits: number, trials: number, alpha: number): Bounds {
  if (trials <= 0) return { low: 0, high: 1 };
  const misses = trials - hits;
  const mixture = logBeta(hits + 0.5, misses + 0.5) - logBeta(0.5, 0.5);
  const limit = Math.log(1 / alpha);
  const isOutside = (share: number) => {
    const likelihood = (hits > 0 ? hits * Math.log(share) : 0) + (misses > 0 ? misses * Math.log1p(-share) : 0);
    return mixture - likelihood >= limit;
  };
  const seen = hits / trials;
  return { low: hits > 0 ? edge(0, seen, isOutside) : 0, high: misses > 0 ? edge(1, seen, isOutside) : 1 };
}

/** Where, going from `inside` to `outside`, shares begin to be outside; what is returned is outside or at the edge of it. */
function edge(outside: number, inside: number, isOutside: (share: number) => boolean): number {
  let [out, within] = [outside, inside];
  for (let i = 0; i < HALVINGS; i++) {
    const middle = (out + within) / 2;
    if (isOutside(middle)) out = middle;
    else within = middle;
  }
  return out;
}

function logBeta(a: number, b: number): number {
  return logGamma(a) + logGamma(b) - logGamma(a + b);
}

const LANCZOS = [
  0.99999999999980993, 676.5203681218851, -1259.1392167224028, 771.32342877765313, -176.61502916214059,
  12.507343278686905, -0.13857109526572012, 9.9843695780195716e-6, 1.5056327351493116e-7,
];

/** Of x ≥ ½. Source: Lanczos, "A Precision Approximation of the Gamma Function", SIAM J. Numer. Anal. B 1, 1964; g = 7. */
function logGamma(x: number): number {
  const z = x - 1;
  let sum = LANCZOS[0]!;
  for (let i = 1; i < LANCZOS.length; i++) sum += LANCZOS[i]! / (z + i);
  const t = z + 7.5;
  return 0.5 * Math.log(2 * Math.PI) + (z + 0.5) * Math.log(t) - t + Math.log(sum);
}
