/** A round over the monitors of a service: what each region has counted. */

import type { RegionTotals } from "../../src/core/history/look.ts";
import { monitorName } from "../../src/core/monitor/monitor-name.ts";
import { isRegion } from "../../src/core/region.ts";
import type { ServiceMonitorCalls, TotalsReply } from "../service-monitor/replies.ts";
import { within } from "../service-monitor/within.ts";

/** A monitor has so long to answer; what it counts is in its next answer. */
const ANSWER_MS = 3_000;

export interface Monitors {
  getByName(name: string): Pick<ServiceMonitorCalls, "totals">;
}

export type Survey =
  | { readonly state: "counted"; readonly totals: ReadonlyMap<string, RegionTotals> }
  /** The mesh has no such service. */
  | { readonly state: "unknown" }
  /** Nobody answered. */
  | { readonly state: "away" };

/**
 * Asks the root for its regions, then those and the ones known before. Never rejects; takes 6 s at most.
 *
 * - `known`: regions that were heard before, for a root that is away or has forgotten them.
 */
export async function survey(monitors: Monitors, service: string, known: Iterable<string>): Promise<Survey> {
  const root = await ask(monitors, monitorName(service, "root"));
  if (root !== null && !root.ok) return { state: "unknown" };
  const regions = [...new Set([...(root?.regions ?? []), ...known])].filter(isRegion);
  const totals = new Map<string, RegionTotals>();
  await Promise.all(
    regions.map(async (region) => {
      const reply = await ask(monitors, monitorName(service, region));
      if (reply?.ok && reply.totals !== null) totals.set(region, { ...reply.totals, routes: new Map(reply.routes) });
    }),
  );
  return root === null && totals.size === 0 ? { state: "away" } : { state: "counted", totals };
}

async function ask(monitors: Monitors, name: string): Promise<TotalsReply | null> {
  try {
    return await within(monitors.getByName(name).totals(), ANSWER_MS);
  } catch {
    return null;
  }
}
