/** What an isolate thinks of each endpoint, and why. Reads only. */

import { isBarred, isServing } from "../health/coordinator-state.ts";
import type { BreakerCode, HealthCode } from "../protocol.ts";
import { FORGET_MS } from "./settle.ts";
import type { ServiceState } from "./state.ts";

export interface CandidateView {
  readonly id: string;
  readonly endpoint: number;
  readonly priority: number;
  readonly available: boolean;
  /** Why it is not available, or what is held against it; "" for nothing. */
  readonly reason: string;
  /** By the snapshot; the isolate's own breaker is `ownOutForMs`. */
  readonly breaker: "closed" | "open" | "half-open";
  readonly health: "unknown" | "healthy" | "unhealthy" | "not ready" | "drained" | "disabled";
  /** How much longer the isolate's own breaker keeps it out, or doubts it, ms; 0 not at all. */
  readonly ownOutForMs: number;
  readonly coolingForMs: number;
  readonly weight: number;
  readonly latencyMs: number;
  readonly failureRatio: number;
  readonly inFlight: number;
  readonly ownInFlight: number;
  /** The policy's cost, lower is better; null where it has none. */
  readonly cost: number | null;
  /** Probability that the next request goes here, 0..1; null where the policy cannot say. */
  readonly probability: number | null;
}

const BREAKERS = ["closed", "open", "half-open"] as const;
const HEALTH = ["unknown", "healthy", "unhealthy", "not ready", "drained", "disabled"] as const;

/**
 * One view per endpoint, in the order of the config. Availability is as of the last request: time that has passed since
 * shows in `ownOutForMs`. Quadratic in the endpoints for policies that compute shares.
 */
export function explainService(state: ServiceState, nowMs: number): CandidateView[] {
  return state.service.endpoints.map((endpoint, e) => {
    const { columns, own, levels } = state;
    const level = levels.all[levels.levelOf[e]!];
    const inUse = level !== undefined && level.percent > 0;
    const view = inUse ? state.policy.explain?.(columns, level.candidates, e, nowMs) : undefined;
    const share = view?.share;
    return {
      id: endpoint.id,
      endpoint: e,
      priority: endpoint.priority,
      available: state.available[e] === 1,
      reason: reasonOf(state, e, nowMs),
      breaker: BREAKERS[state.shared.breaker[e] as BreakerCode] ?? "closed",
      health: HEALTH[state.shared.health[e] as HealthCode] ?? "unknown",
      ownOutForMs: Math.max(0, own.outUntilMs[e]! - nowMs),
      coolingForMs: Math.max(0, columns.adaptive.coolUntilMs[e]! - nowMs),
      weight: columns.weight[e]!,
      latencyMs: columns.latencyMs[e]!,
      failureRatio: columns.failureRatio[e]!,
      inFlight: columns.inFlight[e]!,
      ownInFlight: columns.ownInFlight[e]!,
      cost: view?.cost ?? null,
      probability: inUse ? (share === undefined ? null : (share * level.percent) / 100) : 0,
    };
  });
}

function reasonOf(state: ServiceState, e: number, nowMs: number): string {
  const { shared, own, columns } = state;
  const health = shared.health[e]!;
  if (isBarred(health)) return `${HEALTH[health]} by an operator`;
  const believed = nowMs - state.snapshotAtMs <= FORGET_MS;
  if (believed && !isServing(health)) return `${HEALTH[health]} by active checks`;
  if (believed && shared.breaker[e] === 1) return "the shared breaker is open";
  if (believed && shared.breaker[e] === 2) return "the shared breaker is half-open: lent probes only";
  if (state.available[e] === 0) return `${own.consecutive[e]} failures in a row seen here`;
  if (nowMs < columns.adaptive.coolUntilMs[e]!) return "cooling down after a failure seen here";
  if (columns.adaptive.overdueSinceMs[e]! < nowMs) return "a request sent from here is overdue";
  return "";
}
