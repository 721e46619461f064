/** What an isolate thinks of each endpoint, and why. Reads only. */

import type { Level } from "../balance/candidates.ts";
import type { PolicyView } from "../balance/policy.ts";
import { isBarred, isServing } from "../health/coordinator-state.ts";
import type { PolicyName } from "../mesh.ts";
import type { BreakerCode, HealthCode } from "../protocol.ts";
import type { Rng } from "../rng.ts";
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
  /** Probability that the request goes here, 0..1. */
  readonly probability: number;
}

const AFFINITY: readonly PolicyName[] = ["ring-hash", "maglev", "rendezvous"];
const BREAKERS = ["closed", "open", "half-open"] as const;
const HEALTH = ["unknown", "healthy", "unhealthy", "not ready", "drained", "disabled"] as const;

export interface ExplainRequest {
  readonly nowMs: number;
  readonly rng: Rng;
  /** Text to hash for affinity policies; "" when the request has none. */
  readonly hashKey: string;
}

/**
 * One view per endpoint, in the order of the config. Availability is as of the last request: time that has passed since
 * shows in `ownOutForMs`. Quadratic in the endpoints.
 */
export function explainService(state: ServiceState, request: ExplainRequest): CandidateView[] {
  const { nowMs } = request;
  const { columns, own, levels } = state;
  const views = state.service.endpoints.map((_, e) => viewOf(state, e, nowMs));
  const keyed = levels.all.map((level) => keyedPick(state, level, request));
  return state.service.endpoints.map((endpoint, e) => {
    const at = levels.levelOf[e]!;
    const level = levels.all[at];
    const inUse = level !== undefined && level.percent > 0;
    const share = !inUse ? 0 : keyed[at] === null ? shareOf(state, level, e, views) : keyed[at] === e ? 1 : 0;
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
      cost: views[e]?.cost ?? null,
      probability: inUse ? (share * level.percent) / 100 : 0,
    };
  });
}

function viewOf(state: ServiceState, e: number, nowMs: number): PolicyView | undefined {
  const level = state.levels.all[state.levels.levelOf[e]!];
  return level === undefined ? undefined : state.policy.explain?.(state.columns, level.candidates, e, nowMs);
}

/** With a hash key, an affinity policy has one answer, and asking for it changes nothing; null for other policies. */
function keyedPick(state: ServiceState, level: Level, request: ExplainRequest): number | null {
  if (request.hashKey === "" || !AFFINITY.includes(state.service.loadBalancing.policy)) return null;
  return state.policy.pick(state.columns, level.candidates, request);
}

/** What the policy says, else what the cheaper of two distinct draws by weight gives: a tie goes to the first drawn. */
function shareOf(state: ServiceState, level: Level, e: number, views: readonly (PolicyView | undefined)[]): number {
  const known = views[e]?.share;
  if (known !== undefined) return known;
  const { index, count } = level.candidates;
  const { weight } = state.columns;
  if (count === 1) return 1;
  let total = 0;
  for (let at = 0; at < count; at++) total += weight[index[at]!]!;
  const cost = views[e]?.cost ?? 0;
  let share = 0;
  for (let at = 0; at < count; at++) {
    const other = index[at]!;
    if (other === e) continue;
    const theirs = views[other]?.cost ?? 0;
    const first = (weight[e]! * weight[other]!) / (total * (total - weight[e]!));
    const second = (weight[e]! * weight[other]!) / (total * (total - weight[other]!));
    if (cost <= theirs) share += first;
    if (cost < theirs) share += second;
  }
  return share;
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
