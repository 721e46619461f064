/**
 * The answer to a report: the region's own view, overlaid with what the root knows of all regions. A shard answers with its
 * region's view, of which its own would be a part.
 */
import { samplesWanted } from "../decision-sample.ts";
import { leanOf } from "../health/anomaly/watch.ts";
import { lendProbes, projectRegion, type RegionView } from "../health/coordinator.ts";
import { worseHealth } from "../health/verdicts.ts";
import { inFlightOf } from "../load/in-flight.ts";
import { type BreakerCode, PROTOCOL_VERSION, type ProbeLease, type Snapshot } from "../protocol.ts";
import type { RegionWord } from "./exchange-message.ts";
import { outwardLease, shardLease } from "./lease-relay.ts";
import { loadColumn } from "./loads.ts";
import { type Monitor, REPORTER_EXPIRY_MS } from "./monitor.ts";
import { freshRow, handOnLeases, isCutOff, type RootLink } from "./root-link.ts";

/** From best to worst: closed, half-open, open. */
const BREAKER_SEVERITY = [0, 2, 1] as const;

/** The snapshot for one reporter; it lends probes, so each call is an answer to send. Linear in the endpoints. */
export function answer(monitor: Monitor, nowMs: number): Snapshot {
  const view = overlaidView(monitor, nowMs);
  const region = regionWord(monitor, nowMs);
  const { rollouts } = monitor;
  const sampleDecisions = samplesWanted(monitor.samples, nowMs);
  return {
    v: PROTOCOL_VERSION,
    service: monitor.service.name,
    meshVersion: monitor.meshVersion,
    meshAtMs: monitor.meshAtMs,
    atMs: nowMs,
    memoryAgeMs: nowMs - monitor.startedAtMs,
    reporters: region?.reporters ?? reportersHeard(monitor, nowMs),
    ...view,
    inFlight: region?.inFlight ?? view.ids.map((id) => inFlightOf(monitor.inFlight, id)),
    load: region?.load ?? loadColumn(monitor.loads, view.ids, nowMs),
    leases: monitor.shard === null ? leasesFor(monitor, nowMs) : leasesOfShard(monitor, monitor.link!, nowMs),
    ...(rollouts.size > 0 && { rollouts: [...rollouts.values()] }),
    ...(sampleDecisions > 0 && { sampleDecisions }),
  };
}

/** What the regional object knows of the isolates of all its shards; null where that is not known, or not needed. */
function regionWord({ shard, link, coordinator }: Monitor, nowMs: number): RegionWord | null {
  const row = shard === null || link === null ? null : freshRow(link, nowMs);
  if (row?.region == null || !isSameOrder(coordinator.ids, row.view.ids)) return null;
  return row.region;
}

function isSameOrder(a: readonly string[], b: readonly string[]): boolean {
  return a.length === b.length && a.every((id, i) => b[i] === id);
}

/** The leases that one reporter of a region gets, or one of its shards to hand on: the region's own and the root's. Each counts as lent. */
export function leasesFor(monitor: Monitor, nowMs: number): ProbeLease[] {
  const own = lendProbes(monitor.coordinator, 0, nowMs).map((lease) => outwardLease(lease, "region"));
  const handedOn = monitor.link === null ? [] : handOnLeases(monitor.link, nowMs);
  return [...own, ...handedOn.map((lease) => outwardLease(lease, "root"))];
}

/** The leases that one reporter of a shard gets: the region's, and the shard's own while it is cut off. */
function leasesOfShard(monitor: Monitor, link: RootLink, nowMs: number): ProbeLease[] {
  const leases = handOnLeases(link, nowMs).map((lease) => shardLease(lease, "above"));
  if (!isCutOff(link, nowMs)) return leases;
  const own = lendProbes(monitor.coordinator, 0, nowMs).map((lease) => outwardLease(lease, "region"));
  return [...leases, ...own.map((lease) => shardLease(lease, "shard"))];
}

/** Isolates heard within the expiry, those of shards included. Linear in the reporters forgotten since, and the shards. */
export function reportersHeard({ inFlight, shards }: Monitor, nowMs: number): number {
  let stale = 0;
  for (const { heardMs } of inFlight.byReporter.values()) {
    if (nowMs - heardMs <= REPORTER_EXPIRY_MS) break;
    stale++;
  }
  let reporters = inFlight.byReporter.size - stale;
  // A shard is a reporter itself, in the place of those that report to it.
  for (const { atMs, reporters: behind } of shards.values()) {
    if (nowMs - atMs <= REPORTER_EXPIRY_MS) reporters += behind - 1;
  }
  return Math.max(0, reporters);
}

/** The region's view with the root's fresh row over it: its probabilities and budgets, and the worse of each verdict. A read. */
export function overlaidView(monitor: Monitor, nowMs: number): RegionView {
  const own = projectRegion(monitor.coordinator, 0, nowMs);
  const row = monitor.link === null ? null : freshRow(monitor.link, nowMs);
  if (row === null) return own;
  const ageMs = nowMs - monitor.link!.rowAtMs;
  if (monitor.shard !== null) return asTold(own, row.view, ageMs);
  const { factors, service, ids } = monitor.coordinator;
  // The adaptive policy has no slow start: what is left of its weight is how far it leans off an endpoint.
  const leans = service.loadBalancing.policy === "adaptive";
  const lean = leans ? ids.map((_, e) => leanOf(monitor.coordinator, e)) : undefined;
  return overlay(own, row.view, ageMs, { own: factors, root: row.percent, lean });
}

/** What the region said of the shard's endpoints; an endpoint it does not know yet is as the shard sees it. */
function asTold(own: RegionView, region: RegionView, ageMs: number): RegionView {
  const openForMs = region.openForMs.map((forMs) => Math.max(0, forMs - ageMs));
  if (isSameOrder(own.ids, region.ids)) return { ...region, openForMs };
  const at = own.ids.map((id) => region.ids.indexOf(id));
  const told = <T>(mine: readonly T[], theirs: readonly T[]) =>
    mine.map((value, i) => (at[i]! < 0 ? value : theirs[at[i]!]!));
  return {
    ...region,
    ids: own.ids,
    probability: at.includes(-1) ? own.probability : told(own.probability, region.probability),
    breaker: told(own.breaker, region.breaker),
    openForMs: told(own.openForMs, openForMs),
    health: told(own.health, region.health),
    weight: told(own.weight, region.weight),
    latencyMs: told(own.latencyMs, region.latencyMs),
    latencySamples: told(own.latencySamples, region.latencySamples),
    failureRatio: told(own.failureRatio, region.failureRatio),
    failureSamples: told(own.failureSamples, region.failureSamples),
    ...(own.admitRatio !== undefined && { admitRatio: told(own.admitRatio, region.admitRatio ?? own.admitRatio) }),
  };
}

/**
 * Two views of the same endpoints, matched by id. Probabilities are the root's if it knows every endpoint, for half of a
 * distribution is none.
 *
 * - `ageMs`: how long ago the root said so; its breakers have less time to go by now.
 * - `factors`: what operators make of the weights here, and in percent at the root, by endpoint of each side. Of slow starts
 *   the slower counts, of operators' words the one here; probabilities are moved by what the root has not heard.
 */
export function overlay(own: RegionView, root: RegionView, ageMs: number, factors?: Factors): RegionView {
  const at = own.ids.map((id, i) => (root.ids[i] === id ? i : root.ids.indexOf(id)));
  const breaker = own.breaker.map((code, i) => worseBreaker(code, at[i]! < 0 ? 0 : root.breaker[at[i]!]!));
  return {
    ...own,
    probability: at.includes(-1) ? own.probability : moved(root, at, factors),
    breaker,
    openForMs: own.openForMs.map((forMs, i) => {
      if (breaker[i] !== 1) return 0;
      return Math.max(forMs, at[i]! < 0 ? 0 : root.openForMs[at[i]!]! - ageMs);
    }),
    health: own.health.map((code, i) => (at[i]! < 0 ? code : worseHealth(code, root.health[at[i]!]!))),
    weight: own.weight.map((weight, i) => {
      if (at[i]! < 0) return weight;
      const factor = factors?.own[i] ?? 1;
      return factor * Math.min(weight / factor, root.weight[at[i]!]! / rootFactor(factors, at[i]!));
    }),
    retryAllow: root.retryAllow,
    shed: root.shed,
    ...(own.admitRatio !== undefined && { admitRatio: admitted(own.admitRatio, root.admitRatio, at) }),
    alert: own.alert || root.alert,
  };
}

/** The root's word, which is from all regions; of an endpoint that it does not know, the own one. */
function admitted(
  own: readonly number[],
  root: readonly number[] | undefined,
  at: readonly number[],
): readonly number[] {
  return own.map((ratio, i) => (at[i]! < 0 ? ratio : (root?.[at[i]!] ?? ratio)));
}

interface Factors {
  readonly own: ArrayLike<number>;
  readonly root: readonly number[] | undefined;
  /** How far this side leans off each endpoint; undefined where probabilities are not used. */
  readonly lean?: readonly number[] | undefined;
}

function rootFactor(factors: Factors | undefined, at: number): number {
  return (factors?.root?.[at] ?? 100) / 100;
}

/** The root's probabilities in our order, moved by the words that it has not heard; they sum to what they did. */
function moved(
  { probability, weight: rootWeight }: RegionView,
  at: readonly number[],
  factors: Factors | undefined,
): readonly number[] {
  const told = at.map((j) => probability[j]!);
  const by = at.map((j, i) => (factors?.own[i] ?? 1) / rootFactor(factors, j));
  // A region may see an endpoint degrade that the others do not; where the root does too, it has leaned already.
  const { lean } = factors ?? {};
  if (lean !== undefined) {
    for (const [i, j] of at.entries()) by[i]! *= Math.min(1, lean[i]! / (rootWeight[j]! / rootFactor(factors, j)));
  }
  if (by.every((one) => one === 1)) return told;
  const sum = told.reduce((total, one) => total + one, 0);
  const scaled = told.map((one, i) => one * by[i]!);
  const scaledSum = scaled.reduce((total, one) => total + one, 0);
  return scaledSum > 0 ? scaled.map((one) => (one * sum) / scaledSum) : told;
}

/** The worse of two breakers: closed, half-open, open. */
function worseBreaker(a: BreakerCode, b: BreakerCode): BreakerCode {
  return BREAKER_SEVERITY[a] >= BREAKER_SEVERITY[b] ? a : b;
}
