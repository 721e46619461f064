/** How an objective stands: its budget, how fast it burns, and until when it lasts. */
import { BURN_WINDOWS_MS, burnRate, type Events, type Judged, judgeBurn } from "./burn.ts";
import type { Objective } from "./objective.ts";

/** The present rate is that of an hour: five minutes are too few events, six hours too long ago. */
const PRESENT_MS = 3_600_000;

export interface ObjectiveStatus extends Objective, Judged {
  /** In the window, as far as it is known. */
  readonly total: number;
  readonly bad: number;
  /** Share of good events; null without any. */
  readonly goodRatio: number | null;
  /** 1: nothing is spent; 0: all of it; below 0: more than there was. */
  readonly budgetRemainingRatio: number;
  /** Null without events. */
  readonly burnRates: readonly { readonly windowMs: number; readonly rate: number | null }[];
  /** Time until nothing is left at the present rate; 0 when nothing is, null when it would never be. */
  readonly exhaustedInMs: number | null;
}

/**
 * The status of an objective. Without events nothing is spent.
 *
 * - `eventsIn`: what happened in the last so many ms.
 */
export function statusOf(objective: Objective, eventsIn: (ms: number) => Events): ObjectiveStatus {
  const { target, windowMs } = objective;
  const { total, bad } = eventsIn(windowMs);
  const spent = burnRate({ total, bad }, target) ?? 0;
  return {
    ...objective,
    ...judgeBurn(target, windowMs, eventsIn),
    total,
    bad,
    goodRatio: total > 0 ? 1 - bad / total : null,
    budgetRemainingRatio: 1 - spent,
    burnRates: BURN_WINDOWS_MS.filter((ms) => ms <= windowMs).map((ms) => ({
      windowMs: ms,
      rate: burnRate(eventsIn(ms), target),
    })),
    exhaustedInMs: exhaustedIn(1 - spent, burnRate(eventsIn(PRESENT_MS), target), windowMs),
  };
}

/** A rate of 1 or less never spends more than there is: what it spends has left the window before. */
function exhaustedIn(remaining: number, rate: number | null, windowMs: number): number | null {
  if (remaining <= 0) return 0;
  return rate === null || rate <= 1 ? null : (remaining * windowMs) / rate;
}
