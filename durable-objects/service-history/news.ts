/** Changes of objectives and forecasts, as events. */

import type { ObjectiveStatus } from "../../src/core/slo/status.ts";
import type { SloNews } from "../../src/core/slo/watch.ts";
import type { MeshEvent } from "../../src/telemetry/events/event.ts";

/** An event before the log gives it its id and its service. */
export type News = Omit<MeshEvent, "id" | "service">;

/** What to tell of an objective's change. */
export function newsOf(status: ObjectiveStatus, { from, to }: NonNullable<SloNews["change"]>, atMs: number): News {
  const { name, kind, route, budgetRemainingRatio, because, exhaustedInMs } = status;
  const what = `${kind} objective ${name}${route === null ? "" : ` of route ${route}`}`;
  const isOver = to.state === "ok" && !to.isExhausted;
  const left = `${(100 * Math.max(0, budgetRemainingRatio)).toFixed(1)} % of its budget is left`;
  const hour = status.burnRates.find(({ windowMs }) => windowMs === 3_600_000)?.rate ?? null;
  return {
    atMs,
    endpoint: null,
    region: null,
    type: "slo",
    severity: to.state === "page" ? "critical" : isOver ? "info" : "warning",
    summary: isOver
      ? `the ${what} holds again: ${left}`
      : to.isExhausted && !from.isExhausted
        ? `the ${what} has spent its budget of errors`
        : to.state === "ok"
          ? `the ${what} burns no more, but its budget is spent`
          : `the ${what} burns ${(hour ?? 0).toFixed(1)} times as fast as it may: ${left}`,
    cause: {
      objective: name,
      kind,
      route,
      state: to.state,
      was: from.state,
      exhausted: to.isExhausted,
      budgetRemainingRatio,
      burnRateHour: hour,
      exhaustedInMs,
      longWindowMs: because?.longMs ?? null,
      shortWindowMs: because?.shortMs ?? null,
    },
    key: `slo/${name}/${kind}`,
    resolved: isOver,
  };
}

/** What to tell of a shortage that the forecast has found, or no longer finds. */
export function shortageNews(
  found: {
    readonly isShort: boolean;
    readonly capacityRps: number;
    readonly peakRps: number;
    /** Until it begins. */
    readonly inMs: number | null;
  },
  atMs: number,
): News {
  const { isShort, capacityRps, peakRps, inMs } = found;
  const hours = Math.round((inMs ?? 0) / 3_600_000);
  const [peak, limit] = [peakRps.toFixed(0), capacityRps.toFixed(0)];
  return {
    atMs,
    endpoint: null,
    region: null,
    type: "forecast",
    severity: isShort ? "warning" : "info",
    summary: isShort
      ? `in about ${hours} h the load is expected to reach what the endpoints can deliver: ${peak} of ${limit} requests a second`
      : `the load is no longer expected to reach what the endpoints can deliver within a day: ${peak} of ${limit} requests a second`,
    cause: { capacityRps, peakRps, inMs },
    key: "forecast/capacity",
    resolved: !isShort,
  };
}
