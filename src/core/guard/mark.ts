/**
 * What a guard remembers of one monitor, so that its counts can be told apart into before and after a change. Counts only
 * grow within a life of the monitor: what was counted since the mark is their difference, and nothing has to be written
 * while the life goes on. Another life has counted from nothing; the former one's counts are carried.
 */

import {
  addTally,
  checkTally,
  checkTotals,
  columnsOf,
  createTally,
  NO_TALLY,
  since,
  type TallyColumns,
  type Totals,
} from "../rollout/totals.ts";
import type { Look } from "./look.ts";

/** Plain data, so that it can be stored. */
export interface Mark {
  /** In the minutes before the change; null: the monitor was first asked too late to say. */
  readonly before: TallyColumns | null;
  /** Counts from which on they are after the change; null: the next look sets it. */
  readonly from: Totals | null;
  /** Counted after the change by former lives. */
  readonly carried: TallyColumns;
}

/**
 * The mark after a look.
 *
 * - `mark`: undefined for a monitor that was never asked.
 * - `last`: its totals at the look before, as far as that is remembered.
 * - `isBefore`: the look is so close to the change that what was counted until now was before it.
 *
 * The mark itself when it need not be stored again.
 */
export function onLook(mark: Mark | undefined, last: Totals | null, { now, past }: Look, isBefore: boolean): Mark {
  if (mark === undefined) {
    const lately = past === null || past.life !== now.life ? now : since(now, past);
    const { good, failed, latency } = lately;
    return { before: isBefore ? { good, failed, latency } : null, from: now, carried: NO_TALLY };
  }
  if (mark.from === null) return { ...mark, from: now };
  if (mark.from.life === now.life) return mark;
  const carried = createTally(mark.carried);
  if (last !== null && last.life === mark.from.life) addTally(carried, since(last, mark.from));
  return { ...mark, carried: columnsOf(carried), from: { life: now.life, ...NO_TALLY } };
}

/** What was counted after the change. */
export function counted({ carried, from }: Mark, now: Totals): TallyColumns {
  const tally = createTally(carried);
  if (from !== null) addTally(tally, since(now, from));
  return columnsOf(tally);
}

/** The mark for a change on top of one that is still being watched: compared with the same time before. */
export function onNextChange(mark: Mark): Mark {
  return { before: mark.before, from: null, carried: NO_TALLY };
}

/** A mark that was stored; null for what is none. Never throws. */
export function checkMark(value: unknown): Mark | null {
  if (typeof value !== "object" || value === null) return null;
  const { before, from, carried } = value as Record<keyof Mark, unknown>;
  const kept = checkTally(carried);
  const tally = before === null ? null : checkTally(before);
  const totals = from === null ? null : checkTotals(from);
  if (kept === null || (before !== null && tally === null) || (from !== null && totals === null)) return null;
  return { before: tally, from: totals, carried: kept };
}
