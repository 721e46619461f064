/**
 * What outcomes say about one policy, the subject: cell by cell, against rivals that met the same requests.
 *
 * Two policies are compared on the seeds that both were played with: in an overload the seeds differ by more than the
 * policies do. Of several seeds the mean counts, also of the quantiles.
 */
import type { FleetName } from "./fleet.ts";
import type { Outcome } from "./run.ts";

/** Success that is lower by so much is as good, 0..1. */
export const TOLERANCE = 0.001;
/** A tail that is longer by so much is as good, as a ratio. */
export const P99_TOLERANCE = 1.1;

export type Measures = Pick<Outcome, "success" | "withinSlo" | "p50Ms" | "p99Ms" | "retriesPerRequest" | "shed">;

/** One scenario at one load: every policy's outcomes. */
export interface Cell {
  readonly fleet: FleetName;
  readonly scenario: string;
  readonly utilisationPercent: number;
  /** By policy, in the order of the outcomes. */
  readonly policies: ReadonlyMap<string, readonly Outcome[]>;
}

/** Of the subject against a group of rivals. */
export interface Verdict {
  /** The rival with the highest success, of several the one with the shortest tail. */
  readonly best: string;
  /** The subject's success minus that one's: below 0 it lost. −1..1. */
  readonly behind: number;
  /** Of the rivals whose success is as good as the best of all, the one with the shortest tail; the subject where there are none. */
  readonly quickest: string;
  /** The subject's p99 / that one's; below 1 its own is shorter. */
  readonly p99Ratio: number;
}

/** The cells of outcomes, in their order. */
export function cellsOf(outcomes: readonly Outcome[]): Cell[] {
  const cells = new Map<string, { readonly first: Outcome; readonly policies: Map<string, Outcome[]> }>();
  for (const outcome of outcomes) {
    const { fleet, scenario, utilisationPercent, policy } = outcome;
    const key = `${fleet}/${scenario}/${utilisationPercent}`;
    const cell = cells.get(key) ?? { first: outcome, policies: new Map() };
    cells.set(key, cell);
    cell.policies.set(policy, [...(cell.policies.get(policy) ?? []), outcome]);
  }
  return [...cells.values()].map(({ first, policies }) => {
    const { fleet, scenario, utilisationPercent } = first;
    return { fleet, scenario, utilisationPercent, policies };
  });
}

/** Means over seeds; over those in `seeds` when given. Null when there is no outcome. */
export function meanOf(outcomes: readonly Outcome[], seeds?: ReadonlySet<number>): Measures | null {
  const counted = outcomes.filter(({ seed }) => seeds?.has(seed) ?? true);
  if (counted.length === 0) return null;
  const mean = (read: (outcome: Outcome) => number) =>
    counted.reduce((sum, outcome) => sum + read(outcome), 0) / counted.length;
  return {
    success: mean(({ success }) => success),
    withinSlo: mean(({ withinSlo }) => withinSlo),
    p50Ms: mean(({ p50Ms }) => p50Ms),
    p99Ms: mean(({ p99Ms }) => p99Ms),
    retriesPerRequest: mean(({ retriesPerRequest }) => retriesPerRequest),
    shed: mean(({ shed }) => shed),
  };
}

/** The subject against those of `rivals` that were played here. Null when there is none, or the subject was not. */
export function judge({ policies }: Cell, subject: string, rivals: readonly string[]): Verdict | null {
  const own = policies.get(subject) ?? [];
  const compared = rivals.flatMap((rival) => {
    const theirs = policies.get(rival) ?? [];
    const seeds = new Set(own.map(({ seed }) => seed).filter((seed) => theirs.some((other) => other.seed === seed)));
    const mine = meanOf(own, seeds);
    const its = meanOf(theirs, seeds);
    if (rival === subject || mine === null || its === null) return [];
    return [{ rival, behind: mine.success - its.success, p99Ratio: mine.p99Ms / its.p99Ms }];
  });
  if (compared.length === 0) return null;
  const best = compared.reduce((a, b) =>
    b.behind < a.behind || (b.behind === a.behind && b.p99Ratio > a.p99Ratio) ? b : a,
  );
  const bar = Math.min(0, best.behind) + TOLERANCE;
  const asGood = compared.filter(({ behind }) => behind <= bar);
  const alone = { rival: subject, p99Ratio: 1 };
  const quickest = asGood.length === 0 ? alone : asGood.reduce((a, b) => (b.p99Ratio > a.p99Ratio ? b : a));
  return { best: best.rival, behind: best.behind, quickest: quickest.rival, p99Ratio: quickest.p99Ratio };
}

/** Whether the verdict is what a default has to reach. */
export function isGood({ behind, p99Ratio }: Verdict): boolean {
  return behind >= -TOLERANCE && p99Ratio <= P99_TOLERANCE;
}
