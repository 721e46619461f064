/**
 * Round trips where nobody measured any: by the great circle between regions. Light in fibre takes 1 ms of round trip for
 * 100 km, and the way is longer than the circle: 260 ms for half the Earth gives 61 ms between the coasts of North
 * America, 92 ms from Virginia to Paris and 215 ms from Virginia to Singapore, which is about what is seen.
 */
import { regionDistance } from "../../core/balance/region-distance.ts";
import type { Region } from "../../core/region.ts";

/** Within a region, which may span a continent's half, ms. */
const NEAR_MS = 12;
const HALF_EARTH_MS = 260;

/** Round trip without jitter, ms. A place that is unknown (`null`) is neither near nor far. */
export function roundTripMs(from: Region, to: Region | null): number {
  return NEAR_MS + HALF_EARTH_MS * regionDistance(from, to);
}
