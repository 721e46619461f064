import type { SloPlan } from "../../core/slo/objective.ts";
import { durationMs } from "../duration.ts";
import type { SloConfig } from "../schema/slo.ts";

/** The objectives of a service, in the order of the config. */
export function compileSlo(configs: readonly SloConfig[]): readonly SloPlan[] {
  return configs.map(({ name, route, availability, latency, window }) => ({
    name,
    route: route ?? null,
    windowMs: durationMs(window),
    availability: availability === undefined ? null : ratio(availability),
    latency:
      latency === undefined ? null : { thresholdMs: durationMs(latency.threshold), ratio: ratio(latency.percent) },
  }));
}

/** Percent as a share, without what dividing left behind the twelfth digit. */
function ratio(percent: number): number {
  return Number((percent / 100).toPrecision(12));
}
