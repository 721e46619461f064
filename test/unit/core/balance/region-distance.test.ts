import { describe, expect, it } from "vitest";
import { regionDistance } from "../../../../src/core/balance/region-distance.ts";
import { REGIONS, type Region } from "../../../../src/core/region.ts";

/** Latitude and longitude of the city that stands for each region. */
const CITIES: Record<Region, readonly [number, number]> = {
  wnam: [37.3, -121.9],
  enam: [39.0, -77.5],
  sam: [-23.5, -46.6],
  weur: [48.9, 2.4],
  eeur: [52.2, 21.0],
  apac: [22.3, 114.2],
  "apac-ne": [35.7, 139.7],
  "apac-se": [1.4, 103.8],
  oc: [-33.9, 151.2],
  afr: [-26.2, 28.0],
  me: [25.2, 55.3],
};

function greatCircle(a: Region, b: Region): number {
  const [aLat, aLon, bLat, bLon] = [...CITIES[a], ...CITIES[b]].map((degrees) => (degrees * Math.PI) / 180) as [
    number,
    number,
    number,
    number,
  ];
  const h = Math.sin((aLat - bLat) / 2) ** 2 + Math.cos(aLat) * Math.cos(bLat) * Math.sin((aLon - bLon) / 2) ** 2;
  return (2 * Math.asin(Math.sqrt(h))) / Math.PI;
}

describe("the distance between regions", () => {
  it("is the great circle between their cities, in whole percent of half the Earth", () => {
    for (const a of REGIONS) {
      for (const b of REGIONS) {
        expect(regionDistance(a, b)).toBeCloseTo(Math.round(greatCircle(a, b) * 100) / 100, 10);
      }
    }
  });

  it("is the same both ways, and none at home", () => {
    for (const a of REGIONS) {
      expect(regionDistance(a, a)).toBe(0);
      for (const b of REGIONS) expect(regionDistance(a, b)).toBe(regionDistance(b, a));
    }
  });

  it("is a half to a place that is unknown", () => {
    expect(regionDistance("weur", null)).toBe(0.5);
  });
});
