/** Code units in classes: units of one class lead to the same states everywhere, so that tables need a column a class. */
import { WORD } from "./classes.ts";
import type { CodeUnits, Nfa } from "./nfa.ts";

/** What a boundary between two characters depends on: what is on either side of it. */
export type Side = typeof EDGE | typeof WORD_CHARACTER | typeof OTHER | typeof NEWLINE;
/** The beginning or the end of the text. */
export const EDGE = 0;
export const WORD_CHARACTER = 1;
export const OTHER = 2;
export const NEWLINE = 3;

export interface Alphabet {
  /** Ascending upper bounds of the intervals, the last 65535, and the class of each. */
  readonly bounds: readonly number[];
  readonly classOf: readonly number[];
  readonly classes: number;
  /** By set of the automaton: the classes in it. */
  readonly classesOfSet: readonly (readonly number[])[];
  /** By class. */
  readonly sideOf: readonly Side[];
}

/** The coarsest classes that tell the sets of `nfa` apart and, when it asserts anything, words and newlines. */
export function alphabetOf({ sets, hasAssertions }: Nfa): Alphabet {
  const told: CodeUnits[] = hasAssertions ? [...sets, WORD, [10, 10]] : [...sets];
  const bounds = [...new Set([...told.flatMap(boundsOf), 0xffff])].sort((a, b) => a - b);
  const indexOf = new Map(bounds.map((bound, index) => [bound, index]));
  const membersOf = bounds.map(() => [] as number[]);
  for (const [set, units] of told.entries()) {
    for (let i = 0; i < units.length; i += 2) {
      const from = units[i] === 0 ? 0 : indexOf.get(units[i]! - 1)! + 1;
      for (let at = from; at <= indexOf.get(units[i + 1]!)!; at += 1) membersOf[at]!.push(set);
    }
  }
  const classBySets = new Map<string, number>();
  const classesOfSet = sets.map(() => [] as number[]);
  const sideOf: Side[] = [];
  const classOf = membersOf.map((members) => {
    const key = members.join();
    const known = classBySets.get(key);
    if (known !== undefined) return known;
    const made = classBySets.size;
    classBySets.set(key, made);
    for (const set of members) if (set < sets.length) classesOfSet[set]!.push(made);
    sideOf.push(members.includes(sets.length + 1) ? NEWLINE : members.includes(sets.length) ? WORD_CHARACTER : OTHER);
    return made;
  });
  return { bounds, classOf, classes: classBySets.size, classesOfSet, sideOf };
}

/** Where an interval ends because the set begins or ends. */
function boundsOf(units: CodeUnits): number[] {
  return units.map((unit, index) => (index % 2 === 0 ? unit - 1 : unit)).filter((unit) => unit >= 0);
}
