/** Small numbers for names, bounded: what does not fit has the number 0, which stands for "other". */

export const OTHER = "other";

/** Mutable. */
export interface Names {
  readonly codes: Map<string, number>;
  /** By number; the first is OTHER. */
  readonly words: string[];
  readonly max: number;
}

/** `max`: of numbers, that of OTHER included; at least 1. */
export function createNames(max: number): Names {
  return { codes: new Map([[OTHER, 0]]), words: [OTHER], max };
}

/** The number of a name, 0 where there are too many already. Allocates for a name that is new. */
export function codeOf(names: Names, name: string): number {
  const known = names.codes.get(name);
  if (known !== undefined) return known;
  if (names.words.length >= names.max) return 0;
  const code = names.words.length;
  names.codes.set(name, code);
  names.words.push(name);
  return code;
}

/** Forgets all names. Numbers given before are void then. */
export function clearNames(names: Names): void {
  names.codes.clear();
  names.codes.set(OTHER, 0);
  names.words.length = 1;
}
