/** Families of objectives: what their budgets have left, and how fast they burn. */
import type { ObjectiveStatus } from "../../core/slo/status.ts";
import type { Labels, MetricFamily } from "./write.ts";

/** The objectives of one service, as its history says. */
export interface ServiceObjectives {
  readonly service: string;
  readonly objectives: readonly ObjectiveStatus[];
}

/** Gauges of every objective; none for no objectives. Rates of windows without events are left out. Linear. */
export function sloFamilies(services: readonly ServiceObjectives[]): readonly MetricFamily[] {
  const all = services.flatMap(({ service, objectives }) =>
    objectives.map((status) => {
      const { name, kind, route } = status;
      const labels: Labels = [
        ["service", service],
        ["objective", name],
        ["kind", kind],
        ["route", route ?? ""],
      ];
      return { status, labels };
    }),
  );
  if (all.length === 0) return [];
  return [
    {
      name: "heddle_slo_budget_remaining_ratio",
      help: "Share of an objective's budget of errors that is left; below 0 more is spent than there was.",
      unit: "ratio",
      type: "gauge",
      samples: all.map(({ status, labels }) => ({ labels, value: status.budgetRemainingRatio })),
    },
    {
      name: "heddle_slo_burn_rate",
      help: "How many times faster than it may an objective's budget is spent, by window.",
      unit: "",
      type: "gauge",
      samples: all.flatMap(({ status, labels }) =>
        status.burnRates.flatMap(({ windowMs, rate }) =>
          rate === null ? [] : [{ labels: [...labels, ["window", windowName(windowMs)] as const], value: rate }],
        ),
      ),
    },
    {
      name: "heddle_slo_target_ratio",
      help: "Share of events that an objective wants to be good.",
      unit: "ratio",
      type: "gauge",
      samples: all.map(({ status, labels }) => ({ labels, value: status.target })),
    },
  ];
}

/** 5m, 30m, 1h … 3d: minutes below an hour, hours below a day. */
function windowName(ms: number): string {
  const minutes = ms / 60_000;
  if (minutes < 60) return `${minutes}m`;
  return minutes < 1_440 ? `${minutes / 60}h` : `${minutes / 1_440}d`;
}
