/** Repeated trials as one row each, and what the comparison comes to. */
import type { TrialResult } from "./judge.ts";

/** Medians over the repeats of one contender under one fault. */
export interface FailoverCell {
  readonly contender: string;
  readonly fault: string;
  readonly repeats: number;
  readonly sent: number;
  /** From the fault on, to the end of the trial; and the fewest and most of the repeats. */
  readonly failed: number;
  readonly failedLow: number;
  readonly failedHigh: number;
  readonly p99Ms: number;
  readonly p99AfterMs: number;
  readonly share: number;
  readonly shiftSeconds: number | null;
  readonly backSeconds: number | null;
  readonly firstSecond: number;
  readonly attemptsPerRequest: number;
  /** Latest the client sent a request, ms, in any of the repeats. */
  readonly maxLateMs: number;
}

/** Beyond this the machine was too busy for the client to send when it should. */
export const MAX_LATE_MS = 100;

/** One cell for each contender and fault, in the order they first appear. */
export function summarize(results: readonly TrialResult[]): FailoverCell[] {
  const groups = Map.groupBy(results, ({ contender, fault }) => `${fault} ${contender}`);
  return [...groups.values()].map((trials) => {
    const middle = (of: (trial: TrialResult) => number) => {
      const sorted = trials.map(of).sort((a, b) => a - b);
      return sorted[(sorted.length - 1) >> 1]!;
    };
    // "Never" is later than any time.
    const moment = (of: (trial: TrialResult) => number | null) => {
      const value = middle((trial) => of(trial) ?? Number.POSITIVE_INFINITY);
      return Number.isFinite(value) ? value : null;
    };
    const failed = trials.map(({ failedDuring, failedAfter }) => failedDuring + failedAfter);
    const { contender, fault } = trials[0]!;
    return {
      contender,
      fault,
      repeats: trials.length,
      sent: middle(({ sent }) => sent),
      failed: middle(({ failedDuring, failedAfter }) => failedDuring + failedAfter),
      failedLow: Math.min(...failed),
      failedHigh: Math.max(...failed),
      p99Ms: middle(({ p99Ms }) => p99Ms),
      p99AfterMs: middle(({ p99AfterMs }) => p99AfterMs),
      share: middle(({ share }) => share),
      shiftSeconds: moment(({ shiftSeconds }) => shiftSeconds),
      backSeconds: moment(({ backSeconds }) => backSeconds),
      firstSecond: middle(({ firstSecond }) => firstSecond),
      attemptsPerRequest: middle(({ attemptsPerRequest }) => attemptsPerRequest),
      maxLateMs: Math.max(...trials.map(({ maxLateMs }) => maxLateMs)),
    };
  });
}

export interface Standing {
  readonly fault: string;
  readonly value: number | null;
  /** Best of the others, and whose it is. Null when there are no others. */
  readonly best: { readonly value: number | null; readonly contender: string } | null;
  /** First, tied with the first, or behind. */
  readonly place: "first" | "tied" | "behind";
}

/**
 * Where a contender stands under each fault. Lower is better; null is worse than any number.
 *
 * - `tolerance`: a difference of at most so much is a tie.
 */
export function standings(
  cells: readonly FailoverCell[],
  contender: string,
  of: (cell: FailoverCell) => number | null,
  tolerance: number,
): Standing[] {
  const number = (cell: FailoverCell) => of(cell) ?? Number.POSITIVE_INFINITY;
  return cells
    .filter((cell) => cell.contender === contender)
    .map((own) => {
      const others = cells.filter((cell) => cell.fault === own.fault && cell.contender !== contender);
      const best = others.sort((a, b) => number(a) - number(b))[0];
      const value = of(own);
      if (best === undefined) return { fault: own.fault, value, best: null, place: "first" };
      const isTied = number(own) === number(best) || Math.abs(number(own) - number(best)) <= tolerance;
      const place = isTied ? "tied" : number(own) < number(best) ? "first" : "behind";
      return { fault: own.fault, value, best: { value: of(best), contender: best.contender }, place };
    });
}
