/**
 * An endpoint's state over all regions, for people. The root's verdict is the one in force between regions; but a root that
 * hears of one region only decides nothing, since that region's own view is the whole truth. There the regions speak.
 */
import type { BreakerCode, HealthCode } from "../protocol.ts";

/**
 * The breaker of an endpoint.
 *
 * - `root`: the root's; wins unless it is closed.
 * - `regions`: of the regions that know the endpoint. Open where all of them have it open, half-open where none has it closed.
 *
 * Closed without regions. Never throws.
 */
export function mergedBreaker(root: BreakerCode, regions: readonly BreakerCode[]): BreakerCode {
  if (root !== 0 || regions.length === 0 || regions.some((breaker) => breaker === 0)) return root;
  return regions.every((breaker) => breaker === 1) ? 1 : 2;
}

/** The health of an endpoint: the root's, or, where that one does not know, what all regions agree on. Never throws. */
export function mergedHealth(root: HealthCode, regions: readonly HealthCode[]): HealthCode {
  const first = regions[0];
  if (root !== 0 || first === undefined) return root;
  return regions.every((health) => health === first) ? first : 0;
}
