/**
 * What failures cost, in the same terms for every policy: an endpoint that fails a share f of its requests needs
 * 1 / (1 - f) of them per answer, so f / (1 - f) are wasted. An origin that fails in 1 ms looks like the fastest and the
 * least loaded one; with this term it never attracts traffic by failing.
 *
 * Source: expected number of trials of a geometric variable; Linkerd's LoadBiaser for why it is needed.
 */

/** Ratios above count as this: 19 wasted requests per answer, so that a recovered endpoint is still seen now and then. */
export const WORST_RATIO = 0.95;

/**
 * Requests wasted per answer, 0..19.
 *
 * - `failureRatio`: 0..1; anything else (NaN of nothing known) counts as 0.
 */
export function wastedPerAnswer(failureRatio: number): number {
  if (!(failureRatio > 0)) return 0;
  const ratio = Math.min(failureRatio, WORST_RATIO);
  return ratio / (1 - ratio);
}
