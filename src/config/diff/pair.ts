/** Which thing of before is which of after, where names may be made up from positions. */

export interface Pairing<T> {
  readonly pairs: readonly (readonly [before: T, after: T])[];
  readonly added: readonly T[];
  readonly removed: readonly T[];
}

/**
 * Pairs things by their names; those whose names are positions ("route-7") by what they are, so that one more at the top is
 * one change and not a change of all. What is left of those is paired by position.
 *
 * - `isNumbered`: whether the name is a position.
 * - `keysOf`: what tells them apart, from the most to the least telling. Called for numbered ones only.
 *
 * Order is that of `after`, then of `before`. Linear.
 */
export function pair<T extends { readonly name: string }>(
  before: readonly T[],
  after: readonly T[],
  isNumbered: (name: string) => boolean,
  keysOf: (item: T, side: "before" | "after") => readonly string[],
): Pairing<T> {
  const partner = new Map<T, T>();
  const taken = new Set<T>();
  const match = (keyOf: (item: T, side: "before" | "after") => string | undefined) => {
    const free = new Map<string, T[]>();
    for (const item of before) {
      const key = taken.has(item) ? undefined : keyOf(item, "before");
      if (key !== undefined) (free.get(key) ?? free.set(key, []).get(key)!).push(item);
    }
    for (const item of after) {
      const key = partner.has(item) ? undefined : keyOf(item, "after");
      const found = key === undefined ? undefined : free.get(key)?.shift();
      if (found === undefined) continue;
      partner.set(item, found);
      taken.add(found);
    }
  };
  match(({ name }) => (isNumbered(name) ? undefined : name));
  const keys = new Map<T, readonly string[]>();
  const keyAt = (index: number) => (item: T, side: "before" | "after") => {
    if (!isNumbered(item.name)) return undefined;
    const known = keys.get(item) ?? keysOf(item, side);
    keys.set(item, known);
    return known[index];
  };
  match(keyAt(0));
  match(keyAt(1));
  match(({ name }) => (isNumbered(name) ? name : undefined));
  return {
    pairs: after.flatMap((item) => (partner.has(item) ? [[partner.get(item)!, item] as const] : [])),
    added: after.filter((item) => !partner.has(item)),
    removed: before.filter((item) => !taken.has(item)),
  };
}
