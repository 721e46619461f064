/** How the coordinator opens, half-opens and closes breakers, and how it says why. */

import { readDecayed } from "../load/decayed-sum.ts";
import type { BreakerCode, LeaseScope, ProbeLease, ProbeResult } from "../protocol.ts";
import { advance, type Breaker, mayLend, onCheckSuccess, onLend, onProbe, trip } from "./breaker.ts";
import { type Coordinator, isServing, RATE_TAU_MS } from "./coordinator-state.ts";
import { mayEject } from "./ejection-ceiling.ts";
import { clearFailures } from "./failure-window.ts";
import { pushEvent } from "./health-event.ts";
import { forgiveFailures } from "./outcomes.ts";
import { clearRegionalSuspicion, clearSuspicion, noteEjection } from "./suspicion.ts";

/** Milliseconds between two explanations of why the same endpoint is not ejected. */
const REFUSAL_EVERY_MS = 10_000;

/** Requests per second over all regions, as of the last second. */
export function totalDemandRps(c: Coordinator, nowMs: number): number {
  let sum = 0;
  for (let r = 0; r < c.regions.length; r++) sum += readDecayed(c.demand, r, nowMs);
  return sum / (RATE_TAU_MS / 1_000);
}

/** Opens an endpoint's breaker if the ceilings allow. False when it stays in; the event says why. */
export function eject(c: Coordinator, endpoint: number, cause: string, nowMs: number): boolean {
  if (c.breakers[endpoint]!.state !== "closed") return true;
  const { maxEjectionPercent, minEjectionHosts } = c.service.outlierDetection;
  const answer = mayEject({
    endpoint,
    clouds: c.clouds,
    out: c.breakers.map((breaker) => breaker.state !== "closed"),
    capacityRps: c.capacity.knownRps,
    demandRps: totalDemandRps(c, nowMs),
    maxEjectionPercent,
    minEjectionHosts,
  });
  if (!answer.allowed) {
    if (nowMs - c.refusalAtMs[endpoint]! >= REFUSAL_EVERY_MS) {
      c.refusalAtMs[endpoint] = nowMs;
      const event = { type: "not-ejected", atMs: nowMs, endpoint: c.ids[endpoint]!, region: null } as const;
      pushEvent(c.events, { ...event, cause, why: answer.why });
    }
    return false;
  }
  setBreaker(c, endpoint, trip(c.breakers[endpoint]!, nowMs, c.breakerParams, c.rng()), cause, nowMs);
  noteEjection(c.suspicion, endpoint, nowMs);
  return true;
}

/**
 * Puts the breaker of an object above in the place of our own: closed, or open for so long. A half-open one is taken for
 * open with its time over, as its probes are not ours.
 *
 * - `forMs`: ≥ 0; cut at the longest ejection.
 */
export function followBreaker(c: Coordinator, endpoint: number, code: BreakerCode, forMs: number, nowMs: number): void {
  const { generation, ejections, sinceMs, state } = c.breakers[endpoint]!;
  const cause = "as the object above has it";
  if (code === 0) {
    if (state !== "closed") {
      setBreaker(c, endpoint, { state: "closed", generation: generation + 1, ejections, sinceMs: nowMs }, cause, nowMs);
    }
    return;
  }
  const { maxEjectionTimeMs, maxEjectionTimeJitterMs } = c.breakerParams;
  const untilMs = nowMs + Math.min(forMs, maxEjectionTimeMs + maxEjectionTimeJitterMs);
  const open = { state: "open", ejections: Math.max(1, ejections), untilMs } as const;
  // The same generation while it stays open: nothing has happened that anybody would have to be told.
  if (state === "closed") {
    setBreaker(c, endpoint, { ...open, generation: generation + 1, sinceMs: nowMs }, cause, nowMs);
  } else if (code === 1 || state !== "half-open") {
    c.breakers[endpoint] = { ...open, generation, sinceMs };
  }
}

/** Opens the breaker of one region's path to an endpoint. No ceiling: the other regions keep it. */
export function ejectPath(c: Coordinator, region: number, endpoint: number, cause: string, nowMs: number): void {
  const cell = region * c.size + endpoint;
  setPathBreaker(c, cell, trip(c.pathBreakers[cell]!, nowMs, c.breakerParams, c.rng()), cause, nowMs);
  clearRegionalSuspicion(c.suspicion, region, endpoint);
}

/** Lets time pass for every breaker. */
export function advanceBreakers(c: Coordinator, nowMs: number): void {
  for (let e = 0; e < c.size; e++) setBreaker(c, e, advance(c.breakers[e]!, nowMs), "", nowMs);
  for (let cell = 0; cell < c.pathBreakers.length; cell++) {
    setPathBreaker(c, cell, advance(c.pathBreakers[cell]!, nowMs), "", nowMs);
  }
}

/** The leases a reporter of this region gets with its reply; each counts as lent. */
export function lend(c: Coordinator, region: number, nowMs: number): ProbeLease[] {
  const leases: ProbeLease[] = [];
  for (let e = 0; e < c.size; e++) {
    if (!isServing(c.health[e]!) || !isCheckedSinceEjection(c, e, nowMs)) continue;
    const cell = region * c.size + e;
    if (mayLend(c.breakers[e]!, nowMs, c.breakerParams)) {
      c.breakers[e] = onLend(c.breakers[e]!, nowMs, c.breakerParams);
      leases.push(lease(c, e, c.breakers[e]!, sharedScope(c)));
    } else if (c.breakers[e]!.state === "closed" && mayLend(c.pathBreakers[cell]!, nowMs, c.breakerParams)) {
      c.pathBreakers[cell] = onLend(c.pathBreakers[cell]!, nowMs, c.breakerParams);
      leases.push(lease(c, e, c.pathBreakers[cell]!, "region"));
    }
  }
  return leases;
}

function lease(c: Coordinator, endpoint: number, breaker: Breaker, scope: LeaseScope): ProbeLease {
  return { id: c.ids[endpoint]!, generation: breaker.generation, scope, ttlMs: c.breakerParams.probeTtlMs };
}

/** Alone, a region's verdict is its own; over several it is everybody's. */
function sharedScope(c: Coordinator): LeaseScope {
  return c.regions.length > 1 ? "global" : "region";
}

/**
 * Where active checks are configured, a user's request is only spent on an endpoint that has passed one since it was
 * ejected; or that would have failed enough of them by now, if checks only tell of changes.
 */
function isCheckedSinceEjection(c: Coordinator, endpoint: number, nowMs: number): boolean {
  const { healthChecks } = c.service;
  const breaker = c.breakers[endpoint]!;
  if (healthChecks.length === 0 || breaker.state === "closed") return true;
  if (c.healthyAtMs[endpoint]! >= breaker.sinceMs) return true;
  let longestMs = 0;
  for (const check of healthChecks) longestMs = Math.max(longestMs, check.intervalMs * check.unhealthyThreshold);
  return nowMs - breaker.sinceMs >= longestMs;
}

/** Takes in the answer of a lent probe. Late, unknown and surplus answers change nothing. */
export function answerProbe(
  c: Coordinator,
  region: number,
  endpoint: number,
  result: ProbeResult,
  nowMs: number,
): void {
  const probe = { ok: result.ok, generation: result.generation, nowMs };
  const cause = result.ok ? "probes succeeded" : "a probe failed";
  if (result.scope === sharedScope(c)) {
    setBreaker(c, endpoint, onProbe(c.breakers[endpoint]!, probe, c.breakerParams, c.rng()), cause, nowMs);
  } else if (c.regions.length > 1) {
    const cell = region * c.size + endpoint;
    setPathBreaker(c, cell, onProbe(c.pathBreakers[cell]!, probe, c.breakerParams, c.rng()), cause, nowMs);
  }
}

/** An active check succeeded: where configured so, the endpoint may be probed before its time is over. */
export function onHealthy(c: Coordinator, endpoint: number, nowMs: number): void {
  if (!c.service.outlierDetection.successfulActiveHealthCheckUneject) return;
  const next = onCheckSuccess(c.breakers[endpoint]!, nowMs, c.breakerParams);
  setBreaker(c, endpoint, next, "an active check succeeded", nowMs);
}

function setBreaker(c: Coordinator, endpoint: number, next: Breaker, cause: string, nowMs: number): void {
  const before = c.breakers[endpoint]!;
  if (next === before) return;
  c.breakers[endpoint] = next;
  if (next.generation !== before.generation || next.state !== before.state) tell(c, endpoint, null, next, cause, nowMs);
  if (next.state !== "closed" || before.state === "closed") return;
  clearSuspicion(c.suspicion, endpoint);
  forgiveFailures(c.outcomes, endpoint);
  c.silenceScore[endpoint] = 0;
  if (c.failures !== null) clearFailures(c.failures, endpoint);
  for (let r = 0; r < c.regions.length; r++) {
    const cell = r * c.size + endpoint;
    const path = c.pathBreakers[cell]!;
    if (path.state === "closed") continue;
    // Good probes of everybody's breaker say that the endpoint is well; a path that is still cut will trip again.
    setPathBreaker(c, cell, { ...path, state: "closed", sinceMs: nowMs }, "the endpoint is in again", nowMs);
  }
}

function setPathBreaker(c: Coordinator, cell: number, next: Breaker, cause: string, nowMs: number): void {
  const before = c.pathBreakers[cell]!;
  if (next === before) return;
  c.pathBreakers[cell] = next;
  const region = Math.floor(cell / c.size);
  if (next.generation !== before.generation || next.state !== before.state) {
    tell(c, cell % c.size, region, next, cause, nowMs);
  }
  if (next.state === "closed" && before.state !== "closed") clearRegionalSuspicion(c.suspicion, region, cell % c.size);
}

function tell(
  c: Coordinator,
  endpoint: number,
  region: number | null,
  breaker: Breaker,
  cause: string,
  nowMs: number,
): void {
  const about = { atMs: nowMs, endpoint: c.ids[endpoint]!, region: region === null ? null : c.regions[region]! };
  switch (breaker.state) {
    case "open": {
      const { ejections } = breaker;
      pushEvent(c.events, { ...about, type: "opened", cause, forMs: breaker.untilMs - nowMs, ejections });
      break;
    }
    case "half-open":
      pushEvent(c.events, { ...about, type: "half-open" });
      break;
    case "closed":
      pushEvent(c.events, { ...about, type: "closed", cause });
      break;
  }
}
