import { describe, expect, it } from "vitest";
import type { ObjectiveStatus } from "../../../../src/core/slo/status.ts";
import { sloFamilies } from "../../../../src/telemetry/metrics/slo.ts";

const status: ObjectiveStatus = {
  name: "up",
  kind: "availability",
  route: null,
  target: 0.999,
  thresholdMs: null,
  windowMs: 2_592_000_000,
  total: 100,
  bad: 0,
  goodRatio: 1,
  budgetRemainingRatio: 0.75,
  burnRates: [
    { windowMs: 300_000, rate: null },
    { windowMs: 3_600_000, rate: 2.5 },
    { windowMs: 259_200_000, rate: 0.5 },
  ],
  state: "ok",
  because: null,
  exhaustedInMs: null,
};
const LABELS = [
  ["service", "shop"],
  ["objective", "up"],
  ["kind", "availability"],
  ["route", ""],
];

describe("metrics of objectives", () => {
  it("are the budget left, the rates that are known by window, and the target", () => {
    const families = sloFamilies([{ service: "shop", objectives: [status] }]);
    const samples = families.map((family) => [family.name, "samples" in family ? family.samples : []]);
    expect(samples).toEqual([
      ["heddle_slo_budget_remaining_ratio", [{ labels: LABELS, value: 0.75 }]],
      [
        "heddle_slo_burn_rate",
        [
          { labels: [...LABELS, ["window", "1h"]], value: 2.5 },
          { labels: [...LABELS, ["window", "3d"]], value: 0.5 },
        ],
      ],
      ["heddle_slo_target_ratio", [{ labels: LABELS, value: 0.999 }]],
    ]);
  });

  it("are none where nothing is promised", () => {
    expect(sloFamilies([{ service: "shop", objectives: [] }])).toEqual([]);
  });
});
