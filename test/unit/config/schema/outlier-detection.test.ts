import { describe } from "vitest";
import { refuses, shop } from "./faulty.ts";

describe("outlier detection", () => {
  refuses([
    [
      "a first ejection longer than the longest",
      shop("outlierDetection: { baseEjectionTime: 2m, maxEjectionTime: 1m }"),
      "services.shop.outlierDetection.maxEjectionTime",
      4,
      "1m is shorter than baseEjectionTime, 2m",
    ],
    [
      "more than all",
      shop("outlierDetection: { maxEjectionPercent: 101 }"),
      "services.shop.outlierDetection.maxEjectionPercent",
      4,
      "at most 100",
    ],
    [
      "Envoy's spelling",
      shop("outlierDetection: { consecutive_5xx: 3 }"),
      "services.shop.outlierDetection.consecutive_5xx",
      4,
      "not a known key",
      "consecutive5xx",
    ],
  ]);
});
