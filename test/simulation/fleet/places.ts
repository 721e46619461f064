/** Where the fleet is: assumed shares and distances, in one place. */
import { REGIONS, type Region } from "../../../src/core/region.ts";

interface Place {
  /** Percent of all isolates and requests. Assumed: no public figure says it. */
  readonly share: number;
  /** One way from the region's objects to the root's, which stands in enam, ms. About light in fibre, with detours. */
  readonly toRootMs: number;
}

export const PLACES: Readonly<Record<Region, Place>> = {
  wnam: { share: 12, toRootMs: 32 },
  enam: { share: 22, toRootMs: 2 },
  sam: { share: 5, toRootMs: 60 },
  weur: { share: 22, toRootMs: 42 },
  eeur: { share: 8, toRootMs: 55 },
  apac: { share: 10, toRootMs: 100 },
  "apac-ne": { share: 8, toRootMs: 75 },
  "apac-se": { share: 7, toRootMs: 105 },
  oc: { share: 2, toRootMs: 100 },
  afr: { share: 2, toRootMs: 100 },
  me: { share: 2, toRootMs: 85 },
};

/** The most isolates of one region, as a share of all. */
export const LARGEST_SHARE = Math.max(...REGIONS.map((region) => PLACES[region].share)) / 100;

/** One way between an isolate and its region's object: the near and the far end of a continent, ms. */
export const TO_OBJECT_MS = [3, 25] as const;
/** One way between two objects of a region, ms. */
export const WITHIN_REGION_MS = 2;

/** The region of isolate `index` of `count`: isolates come in the shares above, whatever the count. */
export function regionAt(index: number, count: number): Region {
  let until = 0;
  for (const region of REGIONS) {
    until += PLACES[region].share;
    if (((index + 0.5) / count) * 100 < until) return region;
  }
  return "weur";
}
