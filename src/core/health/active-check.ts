/**
 * The verdict of one health check on one endpoint, from its probes: up after `healthyThreshold` successes in a row, down
 * after `unhealthyThreshold` failures in a row.
 *
 * Two rules are taken from each side: the very first success is enough to be up (Envoy), and every kind of failure
 * counts towards the threshold (HAProxy; Envoy takes a host down at its first unexpected status, which users report as
 * a bug). While results disagree with the verdict the next probe comes after the edge interval.
 *
 * Source: Envoy core/v3/health_check.proto; HAProxy configuration manual, rise, fall, fastinter.
 */
import type { HealthCheck } from "../mesh.ts";
import type { HealthCode } from "../protocol.ts";
import type { Rng } from "../rng.ts";

export type Verdict = "unknown" | "up" | "down";

/** What a probe found. `detail` is for people: the status, or why there was no answer. */
export interface ProbeOutcome {
  readonly ok: boolean;
  /** It was never sent, for want of a key that is ours to have: it says nothing of the endpoint. Then not `ok` either. */
  readonly unsent?: true;
  readonly detail: string;
  readonly latencyMs: number;
  readonly atMs: number;
}

export interface CheckState {
  readonly verdict: Verdict;
  /** Results in a row that contradict the verdict; 0 when the last one agreed. */
  readonly against: number;
  /** When the next probe is to be sent. */
  readonly dueMs: number;
  /** Null before the first. */
  readonly last: ProbeOutcome | null;
}

/** Never probed; the first probe is due within a tenth of the interval, so that objects do not start in step. */
export function createCheck(check: HealthCheck, nowMs: number, rng: Rng): CheckState {
  return { verdict: "unknown", against: 0, dueMs: nowMs + 0.1 * check.intervalMs * rng(), last: null };
}

/**
 * The state after a probe. The same input and chance give the same output. Never throws.
 *
 * - `outcome.unsent`: the verdict stays what it is.
 * - `outcome.atMs`: when the probe ended; the next is counted from there, so that slow probes do not pile up.
 * - `rng`: for the jitter, which only ever adds.
 */
export function onProbe(state: CheckState, outcome: ProbeOutcome, check: HealthCheck, rng: Rng): CheckState {
  if (outcome.unsent) {
    const againMs = outcome.atMs + check.intervalMs * (1 + (rng() * check.jitterPercent) / 100);
    return { ...state, dueMs: againMs, last: outcome };
  }
  const agrees = outcome.ok ? state.verdict === "up" : state.verdict === "down";
  const against = agrees ? 0 : againstAfter(state, outcome);
  const changed = outcome.ok
    ? state.verdict === "unknown" || against >= check.healthyThreshold
    : against >= check.unhealthyThreshold;
  const verdict: Verdict = agrees || !changed ? state.verdict : outcome.ok ? "up" : "down";
  const settled = agrees || changed;
  const intervalMs = settled ? check.intervalMs : check.edgeIntervalMs;
  const dueMs = outcome.atMs + intervalMs * (1 + (rng() * check.jitterPercent) / 100);
  return { verdict, against: settled ? 0 : against, dueMs, last: outcome };
}

/** Unknown with failures: a success ends the run at once, so the run there is of failures only. */
function againstAfter(state: CheckState, outcome: ProbeOutcome): number {
  return state.verdict === "unknown" && outcome.ok ? 0 : state.against + 1;
}

/** Brings the next probe forward: something happened to the endpoint that the check should see. Never later than before. */
export function probeSoon(state: CheckState, dueMs: number): CheckState {
  return dueMs < state.dueMs ? { ...state, dueMs } : state;
}

/**
 * What all checks of one endpoint say together. Any liveness check that is down: unhealthy. Else any readiness check that
 * is down: not ready. All up: healthy. Else, and without checks: unknown. Never throws.
 */
export function healthOf(checks: readonly HealthCheck[], states: readonly CheckState[]): HealthCode {
  let unready = false;
  let known = checks.length > 0;
  for (const [i, check] of checks.entries()) {
    const verdict = states[i]?.verdict ?? "unknown";
    if (verdict === "down" && check.kind === "liveness") return 2;
    if (verdict === "down") unready = true;
    if (verdict === "unknown") known = false;
  }
  return unready ? 3 : known ? 1 : 0;
}
