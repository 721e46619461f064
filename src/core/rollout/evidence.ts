/**
 * What a rollout has seen of its two sides, added up from the totals of the regional monitors of both services. Each
 * monitor's totals are counted from the last look on; what it had counted when the rollout began is left out.
 */
import type { RolloutAnalysis } from "../mesh.ts";
import type { Sides } from "./judge.ts";
import type { Side } from "./side.ts";
import {
  addTally,
  checkTally,
  checkTotals,
  columnsOf,
  createTally,
  NO_TALLY,
  requestsIn,
  since,
  type TallyColumns,
  type Totals,
} from "./totals.ts";

/** Plain data, so that it can be stored. */
export interface Evidence {
  /** Of the step in force. */
  readonly canary: TallyColumns;
  readonly stable: TallyColumns;
  /** Of the stable side in the last step in which it was seen often enough to be compared with. */
  readonly stableBefore: TallyColumns;
  /** Totals of each monitor at the last look, by its name; null: it is there and was not looked at yet. */
  readonly marks: Readonly<Record<string, Totals | null>>;
  /** Sides whose monitors were listed once: those that appear later have counted nothing from before. */
  readonly listed: readonly Side[];
}

/** Nothing seen, nothing known. */
export const NO_EVIDENCE: Evidence = {
  canary: NO_TALLY,
  stable: NO_TALLY,
  stableBefore: NO_TALLY,
  marks: {},
  listed: [],
};

/** One look at the monitors of a side. */
export interface Look {
  readonly side: Side;
  /** Names of those that are there; null: nobody could say. */
  readonly monitors: readonly string[] | null;
  /** Of those that answered. */
  readonly totals: ReadonlyMap<string, Totals>;
}

/** Takes in a look. Linear in monitors and sketch buckets. */
export function onLook(evidence: Evidence, { side, monitors, totals }: Look): Evidence {
  const marks = { ...evidence.marks };
  const isListed = evidence.listed.includes(side);
  for (const monitor of monitors ?? []) if (!isListed && marks[monitor] === undefined) marks[monitor] = null;
  const tally = createTally(evidence[side]);
  for (const [monitor, now] of totals) {
    const then = marks[monitor];
    if (then === undefined && isListed) addTally(tally, now);
    else if (then != null) addTally(tally, since(now, then));
    marks[monitor] = now;
  }
  const listed = isListed || monitors === null ? evidence.listed : [...evidence.listed, side];
  return { ...evidence, marks, listed, [side]: columnsOf(tally) };
}

/** The next step begins: what was seen of the canary is over, what was seen of the stable side may be needed. */
export function onNextStep(evidence: Evidence, { minRequests }: RolloutAnalysis): Evidence {
  const stableBefore = requestsIn(evidence.stable) >= minRequests ? evidence.stable : evidence.stableBefore;
  return { ...evidence, stableBefore, canary: NO_TALLY, stable: NO_TALLY };
}

/**
 * The sides to judge. The stable side is as it is in this step, with the former one added while that is too little: at 100 %
 * there is none of it left.
 */
export function sidesIn(evidence: Evidence, { minRequests }: RolloutAnalysis, percent: number): Sides {
  const stable = createTally(evidence.stable);
  if (requestsIn(stable) < minRequests) addTally(stable, evidence.stableBefore);
  return { canary: createTally(evidence.canary), stable, isAlone: percent >= 100 };
}

/** Evidence that was stored; none for what is not understood. Never throws. */
export function checkEvidence(value: unknown): Evidence {
  if (typeof value !== "object" || value === null) return NO_EVIDENCE;
  const { canary, stable, stableBefore, marks, listed } = value as Record<keyof Evidence, unknown>;
  const tallies = [canary, stable, stableBefore].map(checkTally);
  if (tallies.includes(null) || typeof marks !== "object" || marks === null || !Array.isArray(listed))
    return NO_EVIDENCE;
  return {
    canary: tallies[0]!,
    stable: tallies[1]!,
    stableBefore: tallies[2]!,
    marks: Object.fromEntries(Object.entries(marks).map(([monitor, mark]) => [monitor, checkTotals(mark)])),
    listed: listed.filter((side): side is Side => side === "canary" || side === "stable"),
  };
}
