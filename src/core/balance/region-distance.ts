/**
 * How far apart two regions are: the great circle between one city of each, as a share of half the Earth's circumference
 * (20,015 km), in whole percent. Cities: San Jose, Ashburn, São Paulo, Paris, Warsaw, Hong Kong, Tokyo, Singapore, Sydney,
 * Johannesburg, Dubai.
 *
 * It stands in for latency where nothing was measured yet, and for "nearest" where the user wants geography and not
 * speed. Fibre runs about 100 km per ms of round trip, so 0.10 is roughly 20 ms or more.
 */
import { REGIONS, type Region } from "../region.ts";

/** Between the regions in the order of REGIONS. */
const PERCENT: readonly (readonly number[])[] = [
  [0, 19, 52, 45, 47, 56, 42, 68, 60, 85, 65],
  [19, 0, 38, 31, 36, 65, 54, 78, 78, 65, 57],
  [52, 38, 0, 47, 53, 90, 93, 80, 67, 37, 61],
  [45, 31, 47, 0, 7, 48, 48, 54, 85, 44, 26],
  [47, 36, 53, 7, 0, 41, 43, 47, 78, 44, 21],
  [56, 65, 90, 48, 41, 0, 14, 13, 37, 54, 30],
  [42, 54, 93, 48, 43, 14, 0, 27, 39, 68, 40],
  [68, 78, 80, 54, 47, 13, 27, 0, 32, 43, 29],
  [60, 78, 67, 85, 78, 37, 39, 32, 0, 55, 60],
  [85, 65, 37, 44, 44, 54, 68, 43, 55, 0, 32],
  [65, 57, 61, 26, 21, 30, 40, 29, 60, 32, 0],
];

/** Of an endpoint whose place is unknown: neither near nor far. */
export const UNKNOWN_DISTANCE = 0.5;

/** Distance 0..1, the same both ways; 0 within a region. `null` is an unknown place. Never throws. */
export function regionDistance(from: Region, to: Region | null): number {
  if (to === null) return UNKNOWN_DISTANCE;
  return PERCENT[REGIONS.indexOf(from)]![REGIONS.indexOf(to)]! / 100;
}
