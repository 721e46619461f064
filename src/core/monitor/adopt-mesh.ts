/** A monitor that takes over from another one, because the mesh or the endpoints of its service changed. */
import type { EndpointSet } from "../endpoint-set.ts";
import { drainEvents, inheritEndpoint, inheritService, tick } from "../health/coordinator.ts";
import type { Service } from "../mesh.ts";
import { forgetSeries } from "../traffic/series.ts";
import type { MeshSlice } from "./mesh-slice.ts";
import { addressOf, checkKey, createMonitor, emptyVerdicts, type HeardVerdicts, type Monitor } from "./monitor.ts";
import { forgetTraffic } from "./traffic.ts";

/**
 * The monitor for a new mesh, or for other endpoints. Endpoints that stay (same id and address) keep all that is known of
 * them; reporters, shards, overrides and the link upwards stay as they are. Linear in the endpoints.
 *
 * - `service`: with the endpoints in force; `endpointSet`: which set they are of.
 */
export function adoptMesh(
  old: Monitor,
  mesh: Pick<MeshSlice, "version" | "compiledAtMs">,
  service: Service,
  nowMs: number,
  endpointSet: EndpointSet | null = null,
): Monitor {
  const { scope, shard, rng } = old;
  const fresh = createMonitor({ mesh, service, endpointSet, scope, shard, lifeId: "", rng, nowMs });
  // What is not about single endpoints.
  const { windows, inFlight, overrides, above, drains } = old;
  const { series, trafficWindow, activity } = old;
  const { link, shards, regions, traffic, reach, rollouts, loads, samples, events } = old;
  const { startedAtMs, restoredFromMs, lastReportMs } = old;
  const told = { windows, inFlight, overrides, above, drains };
  const kept = {
    ...told,
    link,
    shards,
    regions,
    traffic,
    series,
    trafficWindow,
    activity,
    reach,
    rollouts,
    loads,
    samples,
    events,
  };
  const next: Monitor = { ...fresh, ...kept, startedAtMs, restoredFromMs, lastReportMs };
  forgetTraffic(traffic, (id) => next.coordinator.indexOf.has(id));
  forgetSeries(series, (id) => next.coordinator.indexOf.has(id));
  next.coordinator.events.push(...drainEvents(old.coordinator));
  inheritService(next.coordinator, old.coordinator);
  const oldKeys = old.service.healthChecks.map(checkKey);
  for (const [index, endpoint] of service.endpoints.entries()) {
    const before = old.coordinator.indexOf.get(endpoint.id);
    if (before === undefined || addressOf(old.service.endpoints[before]!) !== addressOf(endpoint)) continue;
    inheritEndpoint(next.coordinator, index, old.coordinator, before);
    for (const key of ["good", "failed"] as const) {
      next[key].sums[index] = old[key].sums[before]!;
      next[key].atMs[index] = old[key].atMs[before]!;
    }
    next.healthyAtMs[index] = old.healthyAtMs[before]!;
    next.busyAtMs[index] = old.busyAtMs[before]!;
    for (const [i, check] of service.healthChecks.entries()) {
      const state = old.checks[before]![oldKeys.indexOf(checkKey(check))];
      if (state !== undefined) next.checks[index]![i] = state;
    }
    next.dirty[index] = old.dirty[before]!;
  }
  next.dirtySinceMs = old.dirtySinceMs;
  tick(next.coordinator, nowMs);
  for (const [region, heard] of old.verdicts) next.verdicts.set(region, moveVerdicts(old, next, heard));
  return next;
}

function moveVerdicts(old: Monitor, next: Monitor, heard: HeardVerdicts): HeardVerdicts {
  const moved = emptyVerdicts(next.service.endpoints.length, heard.atMs, heard.traffic);
  for (const [index, { id }] of next.service.endpoints.entries()) {
    const before = old.coordinator.indexOf.get(id);
    if (before === undefined) continue;
    moved.health[index] = heard.health[before]!;
    moved.healthyAtMs[index] = heard.healthyAtMs[before]!;
    moved.good[index] = heard.good[before]!;
    moved.failed[index] = heard.failed[before]!;
  }
  return moved;
}
