/**
 * What a Durable Object knows of one service: reports go in, verdicts, routing probabilities and budgets come out. Pure;
 * time and chance are arguments. With one region it is a regional object's, with several the root object's (or the
 * simulator's). README.md explains the model, the files it is made of say each part.
 */

import { addDecayed } from "../load/decayed-sum.ts";
import { decaySketch, mergeColumns, quantile } from "../load/sketch.ts";
import type { HealthCode, ProbeLease, ReportDelta } from "../protocol.ts";
import { observeAnomaly } from "./anomaly/detect.ts";
import { watchAnomalies } from "./anomaly/watch.ts";
import { type Coordinator, isServing } from "./coordinator-state.ts";
import { advanceBreakers, answerProbe, eject, ejectPath, lend, onHealthy } from "./ejecting.ts";
import { addFailures, failuresInWindow } from "./failure-window.ts";
import { type HealthEvent, pushEvent } from "./health-event.ts";
import { observeLatency } from "./latency.ts";
import { countOutcomes } from "./outcomes.ts";
import { countRetries } from "./retry-budget.ts";
import { stepRouting } from "./routing-model.ts";
import { noteSilence, watchSilence } from "./silence.ts";
import { suspect } from "./suspicion.ts";

export { describeAnomaly, type EndpointAnomaly } from "./anomaly/watch.ts";
export { type Coordinator, createCoordinator } from "./coordinator-state.ts";
export { followBreaker } from "./ejecting.ts";
export type { HealthEvent } from "./health-event.ts";
export { inheritEndpoint, inheritService } from "./inherit.ts";
export { projectRegion, type RegionView } from "./projection.ts";
export { decodeStoredEndpoint, loadEndpoint, type StoredEndpoint, saveEndpoint } from "./stored-endpoint.ts";

/** Milliseconds: answers the hedge delay is computed from are forgotten over about this long. */
const ANSWERS_TAU_MS = 30_000;
/** How often they are decayed and read: a percentile of half a minute does not change faster. */
const ANSWERS_EVERY_MS = 1_000;
/** Answers needed before a percentile of them means something: 20 beyond the 95th. */
const ANSWERS_MIN = 400;

/**
 * Takes in one report. Endpoints that the mesh does not have are ignored (a peer may run an older or newer mesh).
 *
 * - `region`: index into the coordinator's regions.
 * - `delta`: checked before; counts are finite and ≥ 0. Duplicates must have been dropped: what comes in counts.
 *
 * Linear in the listed endpoints × regions; runs the control step when it is due.
 */
export function mergeReport(c: Coordinator, region: number, delta: ReportDelta, nowMs: number): void {
  if (c.firstReportAtMs < 0) c.firstReportAtMs = nowMs;
  addDecayed(c.demand, region, delta.requests, nowMs);
  countRetries(c.retries, delta.requests, delta.retriesWanted, nowMs);
  for (let i = 0; i < delta.ids.length; i++) {
    const endpoint = c.indexOf.get(delta.ids[i]!);
    if (endpoint !== undefined) mergeEndpoint(c, region, endpoint, delta, i, nowMs);
  }
  for (const probe of delta.probes) {
    const endpoint = c.indexOf.get(probe.id);
    if (endpoint !== undefined) answerProbe(c, region, endpoint, probe, nowMs);
  }
  tick(c, nowMs);
}

function mergeEndpoint(
  c: Coordinator,
  region: number,
  endpoint: number,
  delta: ReportDelta,
  i: number,
  nowMs: number,
): void {
  const ok = delta.ok[i]!;
  const latency = {
    ok,
    sumMs: delta.latencySumMs[i]!,
    minMs: delta.latencyMinMs[i]!,
    overdue: delta.overdue[i]!,
    overdueAgeMs: delta.overdueAgeMs[i]!,
  };
  observeLatency(c.latency, region, endpoint, latency, nowMs);
  if (ok > 0) addDecayed(c.delivered, endpoint, ok, nowMs);
  if (delta.throttled[i]! > 0) addDecayed(c.throttled, endpoint, delta.throttled[i]!, nowMs);
  const sketch = delta.sketches[i];
  if (sketch !== undefined) mergeColumns(c.answers, sketch);

  // An endpoint that queues but delivers is loaded, not dead: its timeouts, and the 502-504 of what stands before it,
  // are for the capacity model. Counting them as death opens breakers under load, and the rest follows.
  const hard = delta.connectFailures[i]! + delta.resets[i]! + delta.responses5xx[i]! - delta.gateway5xx[i]!;
  const soft = delta.timeouts[i]! + delta.gateway5xx[i]!;
  if (soft > 0) addDecayed(c.timedOut, endpoint, soft, nowMs);
  const ended = ok + hard + soft + delta.throttled[i]!;
  if (ended > 0) {
    c.stall.finishedAtMs = nowMs;
    c.answersMet[region * c.size + endpoint]! += ended;
  }
  const failed = c.capacity.congested[endpoint] === 1 ? hard : hard + soft;
  if (ok + failed === 0) return;
  const batch = { ok, failed, sumMs: latency.sumMs };
  if (c.anomaly !== null) observeAnomaly(c.anomaly, region, endpoint, batch, nowMs);
  noteSilence(c, endpoint, delta, i);
  countOutcomes(c.outcomes, region, endpoint, batch, nowMs);
  if (!c.service.circuitBreaker.enabled || c.breakers[endpoint]!.state !== "closed") return;
  if (c.failures !== null) watchWindow(c, endpoint, failed, nowMs);
  else watchScore(c, region, endpoint, batch, nowMs);
}

/** Failover mode time-window: out after so many failures within the window, whatever succeeded in between. */
function watchWindow(c: Coordinator, endpoint: number, failed: number, nowMs: number): void {
  if (c.failures === null || failed === 0) return;
  const { failures, windowMs } = c.service.failover;
  addFailures(c.failures, endpoint, failed, nowMs);
  const count = failuresInWindow(c.failures, endpoint, nowMs);
  if (count >= failures) eject(c, endpoint, `${count} failures within ${windowMs} ms`, nowMs);
}

function watchScore(
  c: Coordinator,
  region: number,
  endpoint: number,
  batch: { readonly ok: number; readonly failed: number },
  nowMs: number,
): void {
  const suspected = suspect(c.suspicion, region, endpoint, batch, nowMs);
  if (suspected === "endpoint") {
    const score = c.suspicion.everywhere[endpoint]!.toFixed(1);
    eject(c, endpoint, `failure score ${score}, no region contradicts`, nowMs);
  } else if (suspected === "path") {
    ejectPath(c, region, endpoint, `failure score of the region, other regions reach the endpoint`, nowMs);
  }
}

/** Lets time pass: breakers half-open, and the control step runs when it is due (every 250 ms). */
export function tick(c: Coordinator, nowMs: number): void {
  advanceBreakers(c, nowMs);
  watchSilence(c, nowMs);
  watchAnomalies(c, nowMs);
  stepRouting(c, nowMs);
  const sinceMs = nowMs - c.answersDecayedAtMs;
  if (sinceMs < ANSWERS_EVERY_MS) return;
  c.answersDecayedAtMs = nowMs;
  decaySketch(c.answers, Math.exp(-sinceMs / ANSWERS_TAU_MS));
  c.hedgeDelayMs = c.answers.total < ANSWERS_MIN ? 0 : quantile(c.answers, c.service.hedgePercentile / 100);
}

/**
 * Lends the probes that are due to one reporter of a region: one per endpoint and interval. Changes state: each counts.
 */
export function lendProbes(c: Coordinator, region: number, nowMs: number): ProbeLease[] {
  advanceBreakers(c, nowMs);
  return lend(c, region, nowMs);
}

/**
 * What active checks found or an operator said. Codes 2-5 take the endpoint out of routing until another one comes.
 * Tell every success of a check, not only changes: with checks configured, probes are only lent after one.
 */
export function setHealth(c: Coordinator, endpoint: number, code: HealthCode, nowMs: number): void {
  const from = c.health[endpoint] as HealthCode;
  if (code === 1) {
    c.healthyAtMs[endpoint] = nowMs;
    onHealthy(c, endpoint, nowMs);
  }
  if (from === code) return;
  c.health[endpoint] = code;
  pushEvent(c.events, { type: "health", atMs: nowMs, endpoint: c.ids[endpoint]!, region: null, from, to: code });
  if (isServing(from) !== isServing(code)) c.steppedAtMs = Number.NEGATIVE_INFINITY;
  tick(c, nowMs);
}

/**
 * What an operator makes of an endpoint's weight: its preference and, below 1, what it is loaded with at most.
 *
 * - `factor`: > 0; 1 takes it back.
 */
export function setFactor(c: Coordinator, endpoint: number, factor: number, nowMs: number): void {
  if (c.factors[endpoint] === factor) return;
  c.factors[endpoint] = factor;
  c.steppedAtMs = Number.NEGATIVE_INFINITY;
  tick(c, nowMs);
}

/** Asks for an ejection on other grounds (outlier detection). False when a ceiling forbids it; the event says why. */
export function ejectOutlier(c: Coordinator, endpoint: number, cause: string, nowMs: number): boolean {
  const ejected = eject(c, endpoint, cause, nowMs);
  tick(c, nowMs);
  return ejected;
}

/** Transitions since the last call, oldest first; at most 256 are kept. */
export function drainEvents(c: Coordinator): HealthEvent[] {
  return c.events.splice(0);
}
