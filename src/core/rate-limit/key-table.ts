/**
 * The keys of one limit and where their counts are kept: never more than so many keys, however many callers make up.
 *
 * A key that is not in the table counts as what is in slot 0, the floor. When the table is full a newcomer takes the place of
 * another key, and the floor is raised to at least what that one had used. So no key ever counts less than it has used, and
 * nobody gets his units back by pushing himself out with other keys, with however many. What this costs is paid while a flood
 * lasts by those who are new: they begin with what the least used of some keys had used. As floor and counts wear off with
 * time alike, so does that.
 *
 * Source: the Space-Saving algorithm of Metwally, Agrawal and El Abbadi, "Efficient Computation of Frequent and Top-k Elements
 * in Data Streams", ICDT 2005, whose newcomers begin with the least count, with one floor in place of one for each.
 */

import { ownText } from "../own-text.ts";

/** The slot of all keys that are not in the table. */
export const FLOOR = 0;
/** Keys of a limit that are told apart, unless it needs much memory for each. */
export const MAX_KEYS = 10_000;
/** How many are looked at for the one that has used least. */
const LOOKED_AT = 16;

/** Mutable; owned by one counter. */
export interface KeyTable {
  readonly maxKeys: number;
  readonly slots: Map<string, number>;
  /** By slot; that of the floor is no key. */
  readonly keys: string[];
  hand: number;
}

/** An empty one. `maxKeys`: 1 or more. */
export function createKeyTable(maxKeys: number): KeyTable {
  return { maxKeys, slots: new Map(), keys: [""], hand: 0 };
}

/** The slot of a key; FLOOR when it has none. Never throws. */
export function slotOf(table: KeyTable, key: string): number {
  return table.slots.get(key) ?? FLOOR;
}

/**
 * The slot that a key without one may have. It has the counts of another key when that one is still in `table.keys` there:
 * then the floor has to be raised before they are written over. `give` does the rest.
 *
 * - `used`: how much the key of a slot has used; the least goes.
 *
 * Never throws. Constant time.
 */
export function slotFor(table: KeyTable, used: (slot: number) => number): number {
  const { keys, maxKeys } = table;
  if (keys.length <= maxKeys) return keys.length;
  let best = 0;
  let least = Number.POSITIVE_INFINITY;
  for (let looked = 0; looked < LOOKED_AT; looked += 1) {
    table.hand = (table.hand % maxKeys) + 1;
    const amount = used(table.hand);
    if (amount < least) {
      best = table.hand;
      least = amount;
    }
  }
  return best === 0 ? table.hand : best;
}

/** Whether a slot is another key's. */
export function isTaken(table: KeyTable, slot: number): boolean {
  return slot < table.keys.length;
}

/** Gives a slot of `slotFor` to a key. Never throws. */
export function give(table: KeyTable, slot: number, key: string): void {
  if (isTaken(table, slot)) table.slots.delete(table.keys[slot]!);
  const own = ownText(key);
  table.keys[slot] = own;
  table.slots.set(own, slot);
}
