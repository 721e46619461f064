/**
 * A rollout as a state machine: which step is in force since when, and what operators, time and judgements make of it.
 *
 *     idle ─start▸ running ⇄ paused          running: each step in turn, at its weight
 *                   │ │ │                    promoted: all to the canary, until a config says otherwise
 *        last step passed │ └─a limit broken▸ rolled-back
 *              promoted ◂─┘ └───abort▸ aborted       both: all to the stable side
 *
 * A paused rollout keeps its weight and stops its clock; a broken limit rolls it back all the same. Any state that has
 * ended may be started again.
 */
import type { RolloutPlan } from "../mesh.ts";
import type { Judgement } from "./judge.ts";

export type RolloutPhase = "idle" | "running" | "paused" | "promoted" | "rolled-back" | "aborted";

export interface RolloutState {
  readonly phase: RolloutPhase;
  /** Index of the step in force, or of the last one that was. */
  readonly step: number;
  /** When the step began, epoch. */
  readonly sinceMs: number;
  /** The step's clock: what had passed when it was last stopped, and when it was last started, epoch. */
  readonly bakedMs: number;
  readonly startedAtMs: number;
  /** Of the word in force; 0: none was ever given. */
  readonly revision: number;
  /** Why it is as it is, for people. */
  readonly why: string;
}

export const ACTIONS = ["start", "pause", "resume", "promote", "abort"] as const;
export type RolloutAction = (typeof ACTIONS)[number];

/** A rollout that nobody has started. `revision`: of the last word given under its name, 0 for none. */
export function idleRollout(revision: number, nowMs: number): RolloutState {
  return { phase: "idle", step: 0, sinceMs: nowMs, bakedMs: 0, startedAtMs: nowMs, revision, why: "" };
}

/** Whether it has a weight that is judged. */
export function isActive({ phase }: RolloutState): boolean {
  return phase === "running" || phase === "paused";
}

/** Share of the requests for the canary, 0..100. */
export function percentOf(state: RolloutState, plan: RolloutPlan): number {
  if (state.phase === "promoted") return 100;
  return isActive(state) ? stepOf(state, plan).percent : 0;
}

/** The step in force. A plan that has become shorter ends with its last one. */
export function stepOf(state: RolloutState, { steps }: RolloutPlan): RolloutPlan["steps"][number] {
  return steps[Math.min(state.step, steps.length - 1)]!;
}

/** For how long the step has been in force, pauses left out. */
export function bakedMs(state: RolloutState, nowMs: number): number {
  return state.bakedMs + (state.phase === "running" ? Math.max(0, nowMs - state.startedAtMs) : 0);
}

/**
 * What a judgement and the time make of a rollout. The state itself when nothing changes.
 *
 * - `judgement`: of the traffic of the step in force.
 */
export function advance(state: RolloutState, plan: RolloutPlan, judgement: Judgement, nowMs: number): RolloutState {
  if (!isActive(state)) return state;
  if (judgement.verdict === "fail") return change(state, { phase: "rolled-back", why: broken(judgement) }, nowMs);
  const baked = bakedMs(state, nowMs);
  const { bakeMs } = stepOf(state, plan);
  if (state.phase === "paused" || baked < bakeMs) return state;
  if (judgement.verdict === "pass") return next(state, plan, "every limit was kept", nowMs);
  const { rollBackAfterMs } = plan.analysis;
  if (rollBackAfterMs === null || baked < bakeMs + rollBackAfterMs) return state;
  return change(state, { phase: "rolled-back", why: `undecided for too long: ${undecided(judgement)}` }, nowMs);
}

export type Operated =
  | { readonly ok: true; readonly state: RolloutState }
  | { readonly ok: false; readonly detail: string };

/** What an operator's word makes of a rollout, or why it cannot be followed. */
export function operate(state: RolloutState, plan: RolloutPlan, action: RolloutAction, nowMs: number): Operated {
  const { phase } = state;
  switch (action) {
    case "start":
      if (isActive(state)) return { ok: false, detail: `it is ${phase}` };
      return { ok: true, state: change(state, { phase: "running", step: 0, why: "" }, nowMs) };
    case "pause":
      if (phase !== "running") return { ok: false, detail: `only a running rollout can be paused; it is ${phase}` };
      return { ok: true, state: { ...state, phase: "paused", bakedMs: bakedMs(state, nowMs) } };
    case "resume":
      if (phase !== "paused") return { ok: false, detail: `only a paused rollout can be resumed; it is ${phase}` };
      return { ok: true, state: { ...state, phase: "running", startedAtMs: nowMs } };
    case "promote":
      if (!isActive(state)) return { ok: false, detail: `only a rollout under way can be promoted; it is ${phase}` };
      return { ok: true, state: next(state, plan, "told to go on", nowMs) };
    case "abort":
      if (!isActive(state) && phase !== "promoted")
        return { ok: false, detail: `nothing is under way; it is ${phase}` };
      return { ok: true, state: change(state, { phase: "aborted", why: "told to stop" }, nowMs) };
  }
}

/** The step after this one; promoted after the last. */
function next(state: RolloutState, { steps }: RolloutPlan, why: string, nowMs: number): RolloutState {
  const step = state.step + 1;
  if (step >= steps.length) return change(state, { phase: "promoted", why }, nowMs);
  return change(state, { phase: "running", step, why }, nowMs);
}

type Change = Pick<RolloutState, "phase" | "why"> & { readonly step?: number };

/** Another weight is in force from now on, and its clock begins. */
function change(state: RolloutState, to: Change, nowMs: number): RolloutState {
  const revision = Math.max(state.revision + 1, Math.floor(nowMs));
  return { ...state, ...to, revision, sinceMs: nowMs, bakedMs: 0, startedAtMs: nowMs };
}

function broken({ checks }: Judgement): string {
  return checks
    .filter(({ verdict }) => verdict === "fail")
    .map(shown)
    .join("; ");
}

function undecided({ checks }: Judgement): string {
  return checks
    .filter(({ verdict }) => verdict === "wait")
    .map(shown)
    .join("; ");
}

function shown({ limit, seen, allowed }: Judgement["checks"][number]): string {
  const text = (value: number) => Number(value.toPrecision(3)).toString();
  return `${limit} ${text(seen)}, allowed ${allowed === null ? "unknown" : text(allowed)}`;
}
