/** The report path of a shard or a regional object: merge what an isolate saw. Synchronous, writes nothing, waits for nothing. */
import { noteSamples } from "../decision-sample.ts";
import { probeSoon } from "../health/active-check.ts";
import { noteFinished, type QueueGrowth, stepGrowth } from "../health/anomaly/queue-growth.ts";
import { ejectOutlier, mergeReport, tick } from "../health/coordinator.ts";
import { type OutlierFinding, onOutlierDelta, onOutlierInterval } from "../health/outlier.ts";
import { type Delivery, expireReporters, onDelivery } from "../health/reporter-window.ts";
import { addDecayed } from "../load/decayed-sum.ts";
import { expireInFlight, inFlightOf, setInFlight } from "../load/in-flight.ts";
import type { Report, ReportDelta } from "../protocol.ts";
import { takeAttempts, takeTraffic } from "../traffic/take-traffic.ts";
import { noteBusy, noteTraffic } from "./drain.ts";
import { applyAllHealth } from "./health-sources.ts";
import { inwardResult, shardResults } from "./lease-relay.ts";
import { type Monitor, markDirty } from "./monitor.ts";
import { collectEvents, recordEvent } from "./monitor-event.ts";
import { expireReach, noteReach } from "./reach.ts";
import { sayToRoot } from "./root-link.ts";
import { endOverrides } from "./told.ts";
import { addTraffic } from "./traffic.ts";

/**
 * Merges a checked report into a shard's or a regional monitor, once however often it is delivered, and says what became of it.
 * Linear in its endpoints.
 */
export function onReport(monitor: Monitor, report: Report, nowMs: number): Delivery {
  const delivery = onDelivery(monitor.windows, report.reporter, report.seq, nowMs);
  monitor.lastReportMs = nowMs;
  const { reporter, seq, ids, inFlight } = report;
  setInFlight(monitor.inFlight, { reporter, seq, ids, counts: inFlight }, nowMs);
  for (const [row, id] of ids.entries()) if (inFlight[row]! > 0) noteBusy(monitor, id, nowMs);
  noteReach(monitor.reach, report, nowMs);
  if (delivery === "new") {
    takeIn(monitor, report, nowMs);
    if (report.decisions !== undefined) noteSamples(monitor.samples, report.decisions, nowMs);
  }
  // Apart from the delivery: a block is told again with another report, under its own number.
  if (report.traffic !== undefined) {
    takeTraffic(monitor.series, monitor.trafficWindow, reporter, report.traffic, nowMs);
  }
  return delivery;
}

/** Merges what reporters saw into a shard or a regional object, and keeps it for the object above. */
export function takeIn(monitor: Monitor, delta: ReportDelta, nowMs: number): void {
  mergeDelta(monitor, 0, ownProbes(monitor, delta), nowMs);
  if (monitor.shard === null) judgeOutliers(monitor, delta, nowMs);
  if (monitor.shard === null) takeAttempts(monitor.series, delta, nowMs);
  if (monitor.shard === null) addTraffic(monitor.traffic, delta, (id) => monitor.coordinator.indexOf.has(id), nowMs);
  if (monitor.growth !== null) watchGrowth(monitor, monitor.growth, delta, nowMs);
  if (monitor.link !== null) sayToRoot(monitor.link, delta, nowMs);
}

/** What ended, against what is in flight: an endpoint that finishes less than it gets is about to be full. */
function watchGrowth(monitor: Monitor, growth: QueueGrowth, delta: ReportDelta, nowMs: number): void {
  const { ids, indexOf } = monitor.coordinator;
  for (const [row, id] of delta.ids.entries()) {
    const endpoint = indexOf.get(id);
    if (endpoint === undefined) continue;
    noteFinished(growth, endpoint, delta.ok[row]! + delta.throttled[row]! + failuresIn(delta, row));
  }
  for (const found of stepGrowth(growth, (e) => inFlightOf(monitor.inFlight, ids[e]!), nowMs)) {
    const { endpoint, arrivingRps, capacityRps, inFlight } = found;
    const cause = `${inFlight} requests in flight and rising: ${arrivingRps.toFixed(1)} a second arrive, ${capacityRps.toFixed(1)} are finished`;
    const about = { atMs: nowMs, endpoint: ids[endpoint]!, type: "saturating", severity: "warning" } as const;
    recordEvent(monitor, { ...about, cause, arrivingRps, capacityRps, inFlight });
  }
}

/** The delta with the answers to probes that this object's own breakers lent. */
function ownProbes(monitor: Monitor, delta: ReportDelta): ReportDelta {
  if (delta.probes.length === 0) return delta;
  const probes = monitor.shard === null ? delta.probes : shardResults(delta.probes);
  const own = probes.map(inwardResult).filter(({ lender }) => lender === "region");
  return { ...delta, probes: own.map(({ result }) => result) };
}

/** Merges a delta into the coordinator and the evidence of its region. */
export function mergeDelta(monitor: Monitor, region: number, delta: ReportDelta, nowMs: number): void {
  for (const [row, id] of delta.ids.entries()) {
    const endpoint = monitor.coordinator.indexOf.get(id);
    if (endpoint === undefined) continue;
    addDecayed(monitor.good, endpoint, delta.ok[row]! + delta.throttled[row]!, nowMs);
    addDecayed(monitor.failed, endpoint, failuresIn(delta, row), nowMs);
    markDirty(monitor, endpoint, nowMs);
  }
  noteTraffic(monitor, delta, nowMs);
  mergeReport(monitor.coordinator, region, delta, nowMs);
}

function failuresIn(delta: ReportDelta, row: number): number {
  return delta.connectFailures[row]! + delta.timeouts[row]! + delta.resets[row]! + delta.responses5xx[row]!;
}

/** Envoy's detectors over what was reported. An endpoint that is out, or only congested, is not judged by them. */
function judgeOutliers(monitor: Monitor, delta: ReportDelta, nowMs: number): void {
  const { coordinator, outlier, rng } = monitor;
  for (const [row, id] of delta.ids.entries()) {
    const endpoint = coordinator.indexOf.get(id);
    if (endpoint === undefined) continue;
    const finding = onOutlierDelta(outlier, endpoint, delta, row, isSpared(monitor, endpoint), rng);
    if (finding !== null) enforce(monitor, finding, nowMs);
  }
  const findings = onOutlierInterval(outlier, (endpoint) => isSpared(monitor, endpoint), nowMs, rng);
  for (const finding of findings) enforce(monitor, finding, nowMs);
}

function isSpared({ coordinator }: Monitor, endpoint: number): boolean {
  return coordinator.breakers[endpoint]!.state !== "closed" || coordinator.capacity.congested[endpoint] === 1;
}

function enforce(monitor: Monitor, finding: OutlierFinding, nowMs: number): void {
  const { endpoint, cause } = finding;
  if (finding.enforced) {
    ejectOutlier(monitor.coordinator, endpoint, cause, nowMs);
    return;
  }
  recordEvent(monitor, { atMs: nowMs, endpoint: monitor.coordinator.ids[endpoint]!, type: "not-enforced", cause });
}

/**
 * Lets time pass: reporters expire, directives end, breakers half-open, rates are judged; the checks of an endpoint whose
 * breaker opened are brought forward to their edge interval, since a passed one lets it come back.
 */
export function onTick(monitor: Monitor, nowMs: number): void {
  expireReporters(monitor.windows, nowMs);
  expireInFlight(monitor.inFlight, nowMs);
  expireReach(monitor.reach, nowMs);
  const { outlier, rng } = monitor;
  if (monitor.shard === null) {
    for (const finding of onOutlierInterval(outlier, (e) => isSpared(monitor, e), nowMs, rng))
      enforce(monitor, finding, nowMs);
  }
  tick(monitor.coordinator, nowMs);
  endOverrides(monitor, nowMs);
  applyAllHealth(monitor, nowMs);
  collectEvents(monitor);
}

/** Brings the checks of endpoints that are out forward. Returns whether any moved. */
export function hurryChecks(monitor: Monitor): boolean {
  let moved = false;
  for (const [endpoint, breaker] of monitor.coordinator.breakers.entries()) {
    if (breaker.state === "closed" || monitor.healthyAtMs[endpoint]! >= breaker.sinceMs) continue;
    const states = monitor.checks[endpoint]!;
    for (const [i, check] of monitor.service.healthChecks.entries()) {
      const state = states[i]!;
      const next = probeSoon(state, (state.last?.atMs ?? breaker.sinceMs) + check.edgeIntervalMs);
      moved ||= next !== state;
      states[i] = next;
    }
  }
  return moved;
}
