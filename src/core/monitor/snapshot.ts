/** The answer to a report: the region's own view, overlaid with what the root knows of all regions. */
import { lendProbes, projectRegion, type RegionView } from "../health/coordinator.ts";
import { worseHealth } from "../health/verdicts.ts";
import { inFlightOf } from "../load/in-flight.ts";
import { type BreakerCode, PROTOCOL_VERSION, type ProbeLease, type Snapshot } from "../protocol.ts";
import { outwardLease } from "./lease-relay.ts";
import { type Monitor, REPORTER_EXPIRY_MS } from "./monitor.ts";
import { freshRow, handOnLeases } from "./root-link.ts";

/** From best to worst: closed, half-open, open. */
const BREAKER_SEVERITY = [0, 2, 1] as const;

/** The snapshot for one reporter; it lends probes, so each call is an answer to send. Linear in the endpoints. */
export function answer(monitor: Monitor, nowMs: number): Snapshot {
  const view = overlaidView(monitor, nowMs);
  const leases: ProbeLease[] = lendProbes(monitor.coordinator, 0, nowMs).map((lease) => outwardLease(lease, "region"));
  if (monitor.link !== null) {
    for (const lease of handOnLeases(monitor.link, nowMs)) leases.push(outwardLease(lease, "root"));
  }
  return {
    v: PROTOCOL_VERSION,
    service: monitor.service.name,
    meshVersion: monitor.meshVersion,
    atMs: nowMs,
    memoryAgeMs: nowMs - monitor.startedAtMs,
    reporters: reportersHeard(monitor, nowMs),
    ...view,
    inFlight: view.ids.map((id) => inFlightOf(monitor.inFlight, id)),
    load: view.ids.map(() => -1),
    leases,
  };
}

/** Reporters heard within the expiry. Linear in the reporters forgotten since. */
export function reportersHeard({ inFlight }: Monitor, nowMs: number): number {
  let stale = 0;
  for (const { heardMs } of inFlight.byReporter.values()) {
    if (nowMs - heardMs <= REPORTER_EXPIRY_MS) break;
    stale++;
  }
  return inFlight.byReporter.size - stale;
}

/** The region's view with the root's fresh row over it: its probabilities and budgets, and the worse of each verdict. A read. */
export function overlaidView(monitor: Monitor, nowMs: number): RegionView {
  const own = projectRegion(monitor.coordinator, 0, nowMs);
  const row = monitor.link === null ? null : freshRow(monitor.link, nowMs);
  return row === null ? own : overlay(own, row.view, nowMs - monitor.link!.rowAtMs);
}

/**
 * Two views of the same endpoints, matched by id. Probabilities are the root's if it knows every endpoint, for half of a
 * distribution is none.
 *
 * - `ageMs`: how long ago the root said so; its breakers have less time to go by now.
 */
export function overlay(own: RegionView, root: RegionView, ageMs: number): RegionView {
  const at = own.ids.map((id, i) => (root.ids[i] === id ? i : root.ids.indexOf(id)));
  const breaker = own.breaker.map((code, i) => worseBreaker(code, at[i]! < 0 ? 0 : root.breaker[at[i]!]!));
  return {
    ...own,
    probability: at.includes(-1) ? own.probability : at.map((j) => root.probability[j]!),
    breaker,
    openForMs: own.openForMs.map((forMs, i) => {
      if (breaker[i] !== 1) return 0;
      return Math.max(forMs, at[i]! < 0 ? 0 : root.openForMs[at[i]!]! - ageMs);
    }),
    health: own.health.map((code, i) => (at[i]! < 0 ? code : worseHealth(code, root.health[at[i]!]!))),
    weight: own.weight.map((weight, i) => (at[i]! < 0 ? weight : Math.min(weight, root.weight[at[i]!]!))),
    retryAllow: root.retryAllow,
    shed: root.shed,
    alert: own.alert || root.alert,
  };
}

/** The worse of two breakers: closed, half-open, open. */
function worseBreaker(a: BreakerCode, b: BreakerCode): BreakerCode {
  return BREAKER_SEVERITY[a] >= BREAKER_SEVERITY[b] ? a : b;
}
