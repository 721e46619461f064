/**
 * Error budgets and how fast they burn.
 *
 * A target of 99.9 % leaves 0.1 % of the events of a window as budget. A burn rate of 1 spends it all in just that window, 14.4
 * spends 2 % of 30 days in an hour. One rate over one window is either slow to notice or wakes people for nothing, so that two
 * windows have to agree: the long one says that it matters, the short one that it still goes on, and ends the alarm soon after.
 *
 * Source: Beyer et al., "The Site Reliability Workbook", O'Reilly 2018, chapter 5, table 5-8: pages for 2 % in 1 h and 5 % in
 * 6 h, tickets for 10 % in 3 d; the ticket for 10 % in 1 d is from the same chapter's table 5-2.
 */

/** What counts for an objective in some time. */
export interface Events {
  readonly total: number;
  readonly bad: number;
}

export type SloState = "ok" | "ticket" | "page";

const MINUTE_MS = 60_000;
const HOUR_MS = 60 * MINUTE_MS;
const DAY_MS = 24 * HOUR_MS;

/** Windows that burn rates are told of. */
export const BURN_WINDOWS_MS = [
  5 * MINUTE_MS,
  30 * MINUTE_MS,
  HOUR_MS,
  2 * HOUR_MS,
  6 * HOUR_MS,
  DAY_MS,
  3 * DAY_MS,
] as const;

interface Alarm {
  readonly state: Exclude<SloState, "ok">;
  /** Share of the budget that is spent in the long window. */
  readonly share: number;
  readonly longMs: number;
  readonly shortMs: number;
}

/** From the worst. */
const ALARMS: readonly Alarm[] = [
  { state: "page", share: 0.02, longMs: HOUR_MS, shortMs: 5 * MINUTE_MS },
  { state: "page", share: 0.05, longMs: 6 * HOUR_MS, shortMs: 30 * MINUTE_MS },
  { state: "ticket", share: 0.1, longMs: DAY_MS, shortMs: 2 * HOUR_MS },
  { state: "ticket", share: 0.1, longMs: 3 * DAY_MS, shortMs: 6 * HOUR_MS },
];

/**
 * No alarm waits for more than what half of all requests failing burns: with a target of 90 % a rate of 14.4 cannot be, since
 * all of them failing is 10.
 */
const HALF = 0.5;
/** Fewer bad events in the long window are chance: a single failure in a quiet night pages nobody. */
const MIN_BAD = 5;

/** How many times faster than it may the budget is spent; null without events. `target`: below 1. */
export function burnRate({ total, bad }: Events, target: number): number | null {
  return total > 0 ? bad / total / (1 - target) : null;
}

/** The rate at which a share of the budget of `windowMs` is spent in `longMs`; at least 1, below which the budget lasts. */
export function alarmRate(share: number, longMs: number, windowMs: number, target: number): number {
  return Math.min(Math.max(1, (share * windowMs) / longMs), HALF / (1 - target));
}

export interface Judged {
  readonly state: SloState;
  /** The alarm behind it; null for ok. */
  readonly because: { readonly longMs: number; readonly shortMs: number; readonly rate: number } | null;
}

/**
 * Whether the budget burns fast enough for somebody to act, and how soon. Alarms with windows longer than the objective's own
 * are left out.
 *
 * - `eventsIn`: what happened in the last so many ms.
 */
export function judgeBurn(target: number, windowMs: number, eventsIn: (ms: number) => Events): Judged {
  for (const { state, share, longMs, shortMs } of ALARMS) {
    if (longMs > windowMs) continue;
    const rate = alarmRate(share, longMs, windowMs, target);
    const long = eventsIn(longMs);
    if (long.bad < MIN_BAD || (burnRate(long, target) ?? 0) < rate) continue;
    if ((burnRate(eventsIn(shortMs), target) ?? 0) >= rate) return { state, because: { longMs, shortMs, rate } };
  }
  return { state: "ok", because: null };
}
