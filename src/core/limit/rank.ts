/**
 * How important a request is, as a number in [0, 1): the more important, the smaller. An endpoint that may have a share of
 * its requests takes those whose rank is below it, so that the lowest class is refused first and the next one only when the
 * lowest is refused altogether. Requests of a class are drawn evenly over the part that their class has of all.
 *
 * One number for all endpoints, and not one for each: a request that one of two endpoints at 50 % has no room for is not to be
 * the other's, or both would get everything after all.
 *
 * Source: DAGOR's admission level (Zhou et al., SoCC 2018), with one comparison in place of a histogram.
 */
import type { Rng } from "../rng.ts";
import type { ClassShares } from "./shed-by-class.ts";

/** Of requests that are dear to nobody, as a hedge: they go where everything is let in. */
export const LAST_RANK = 1 - 2 ** -20;

/** Draws the rank of a request of class `index`. One number of chance. Linear in the classes; never allocates. */
export function drawRank({ counts }: ClassShares, index: number, rng: Rng): number {
  if (counts.length === 1) return rng();
  let total = 0;
  let above = 0;
  for (let i = 0; i < counts.length; i++) {
    total += counts[i]!;
    if (i < index) above += counts[i]!;
  }
  // Sums are rounded; an endpoint that takes all has to take this one too.
  return Math.min(LAST_RANK, (above + rng() * counts[index]!) / total);
}
