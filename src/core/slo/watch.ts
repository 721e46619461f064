/**
 * What is news about an objective. Worse is told at once; better only when it has been for a while, so that a rate that
 * wavers about its limit makes one alarm and not twenty.
 */
import type { SloState } from "./burn.ts";
import type { ObjectiveStatus } from "./status.ts";

/** Better for so long, ms, is better. */
const CALM_MS = 120_000;
const ORDER: readonly SloState[] = ["ok", "ticket", "page"];

/** What was told last. */
export interface Watched {
  readonly state: SloState;
  readonly isExhausted: boolean;
  /** Since when it has been better than what was told; null: it has not. */
  readonly betterSinceMs: number | null;
}

export const UNWATCHED: Watched = { state: "ok", isExhausted: false, betterSinceMs: null };

export interface SloNews {
  readonly watched: Watched;
  /** What was told before and is told now; null: it is the same. */
  readonly change: { readonly from: Watched; readonly to: Watched } | null;
}

/** The next state after a status. An alarm outweighs a spent budget, which is told beside it. */
export function onStatus(
  watched: Watched,
  status: Pick<ObjectiveStatus, "state" | "budgetRemainingRatio">,
  nowMs: number,
): SloNews {
  const state = status.state;
  const isExhausted = status.budgetRemainingRatio <= 0;
  const isWorse = ORDER.indexOf(state) > ORDER.indexOf(watched.state) || (isExhausted && !watched.isExhausted);
  const isSame = state === watched.state && isExhausted === watched.isExhausted;
  if (isSame)
    return { watched: watched.betterSinceMs === null ? watched : { ...watched, betterSinceMs: null }, change: null };
  if (!isWorse) {
    // There is some budget again, while the alarm goes on: nobody has to know.
    if (state === watched.state && state !== "ok") {
      return { watched: { state, isExhausted, betterSinceMs: null }, change: null };
    }
    const betterSinceMs = watched.betterSinceMs ?? nowMs;
    if (nowMs - betterSinceMs < CALM_MS) return { watched: { ...watched, betterSinceMs }, change: null };
  }
  const to: Watched = { state, isExhausted, betterSinceMs: null };
  return { watched: to, change: { from: watched, to } };
}
