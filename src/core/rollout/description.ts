/** What a rollout says of itself, for operators. */
import { quantile } from "../load/sketch.ts";
import type { RolloutPlan } from "../mesh.ts";
import type { Evidence } from "./evidence.ts";
import { failureRatio, type Judgement } from "./judge.ts";
import { bakedMs, percentOf, type RolloutPhase, type RolloutState, stepOf } from "./rollout.ts";
import { createTally, requestsIn, type TallyColumns } from "./totals.ts";

export interface RolloutDescription {
  readonly name: string;
  readonly phase: RolloutPhase;
  /** Index of the step in force, and how many there are. */
  readonly step: number;
  readonly steps: number;
  /** Of the requests, to the canary. */
  readonly percent: number;
  readonly sinceMs: number;
  readonly bakedMs: number;
  readonly bakeMs: number;
  readonly revision: number;
  readonly why: string;
  readonly stable: SideDescription;
  readonly canary: SideDescription;
  /** Of the step in force, or of the last one; null before the first look. */
  readonly judgement: Judgement | null;
  /** Monitors that have not heard the weight in force. */
  readonly unheard: readonly string[];
  /** Newest first. */
  readonly history: readonly RolloutEvent[];
}

export interface SideDescription {
  readonly service: string;
  /** In the step in force. */
  readonly requests: number;
  readonly failureRatio: number;
  readonly p99Ms: number;
}

/** A change of phase or step. */
export interface RolloutEvent {
  readonly atMs: number;
  readonly phase: RolloutPhase;
  readonly step: number;
  readonly percent: number;
  readonly why: string;
  /** The operator who said so; "" for the rollout itself. */
  readonly by: string;
}

/** Describes a rollout. A read. */
export function describeRollout(input: {
  readonly plan: RolloutPlan;
  readonly services: { readonly stable: string; readonly canary: string };
  readonly state: RolloutState;
  readonly evidence: Evidence;
  readonly judgement: Judgement | null;
  readonly unheard: readonly string[];
  readonly history: readonly RolloutEvent[];
  readonly nowMs: number;
}): RolloutDescription {
  const { plan, services, state, evidence, judgement, unheard, history, nowMs } = input;
  return {
    name: plan.name,
    phase: state.phase,
    step: state.step,
    steps: plan.steps.length,
    percent: percentOf(state, plan),
    sinceMs: state.sinceMs,
    bakedMs: bakedMs(state, nowMs),
    bakeMs: stepOf(state, plan).bakeMs,
    revision: state.revision,
    why: state.why,
    stable: describeSide(services.stable, evidence.stable),
    canary: describeSide(services.canary, evidence.canary),
    judgement,
    unheard,
    history,
  };
}

function describeSide(service: string, columns: TallyColumns): SideDescription {
  const tally = createTally(columns);
  return {
    service,
    requests: requestsIn(tally),
    failureRatio: failureRatio(tally),
    p99Ms: quantile(tally.latency, 0.99),
  };
}
