/**
 * Many regular expressions tried on one text at once, so that the cost of a match does not grow with their number: the
 * states in which they are after the same characters are a state of the set, and where a character leads is worked out
 * when it is first met and kept. A text that goes known ways costs one step a character.
 *
 * Why not one automaton made by the compiler: for patterns that all go on it would need states by the product of theirs.
 * What is kept is bounded; beyond the bound every pattern is tried by itself.
 *
 * Source: the lazy automata of RE2::Set, Cox, "Regular Expression Matching in the Wild", 2010.
 */
import { type OpenAutomaton, step } from "./automaton.ts";

/** What all sets of a table may keep together: 128 numbers for each state and two for each member, 9 MB when used up. */
export interface SetBudget {
  states: number;
  members: number;
}

export function createSetBudget(): SetBudget {
  return { states: 10_000, members: 500_000 };
}

export interface PatternSet {
  readonly automata: readonly OpenAutomaton[];
  readonly states: SetState[];
  readonly indexOf: Map<string, number>;
  readonly budget: SetBudget;
}

interface SetState {
  /** Pattern, its state, pattern, its state …: those that can still match. */
  readonly members: Int32Array;
  /** By ASCII character, the state behind it; UNKNOWN until it is met. */
  readonly next: Int32Array;
  /** The patterns that match what was read, ascending. */
  readonly accepted: readonly number[];
}

const UNKNOWN = -1;
const START = 0;

/** A set of automata, all of which begin anew. Never throws. */
export function createPatternSet(automata: readonly OpenAutomaton[], budget: SetBudget): PatternSet {
  const set: PatternSet = { automata, states: [], indexOf: new Map(), budget };
  stateFor(
    set,
    automata.flatMap((_, pattern) => [pattern, 1]),
  );
  return set;
}

/**
 * The patterns, ascending by index, that match all of `text` from `from` on; null when the set cannot say: for characters
 * beyond ASCII, and for ways that there was no more room to keep. Never throws.
 */
export function acceptedBy(set: PatternSet, text: string, from: number): readonly number[] | null {
  let state = set.states[START];
  for (let i = from; i < text.length && state !== undefined; i += 1) {
    const unit = text.charCodeAt(i);
    if (unit > 127) return null;
    const known = state.next[unit]!;
    state = set.states[known === UNKNOWN ? follow(set, state, unit) : known];
    if (state?.members.length === 0) break;
  }
  return state === undefined ? null : state.accepted;
}

/** The state behind a character; UNKNOWN still when there is no room for it. */
function follow(set: PatternSet, state: SetState, unit: number): number {
  const { members } = state;
  const reached: number[] = [];
  for (let i = 0; i < members.length; i += 2) {
    const to = step(set.automata[members[i]!]!, members[i + 1]!, unit);
    if (to !== 0) reached.push(members[i]!, to);
  }
  const to = stateFor(set, reached);
  state.next[unit] = to;
  return to;
}

function stateFor({ automata, states, indexOf, budget }: PatternSet, members: readonly number[]): number {
  const key = members.join();
  const known = indexOf.get(key);
  if (known !== undefined) return known;
  if (budget.states < 1 || budget.members < members.length) return UNKNOWN;
  budget.states -= 1;
  budget.members -= members.length;
  const accepted = members.filter((pattern, i) => i % 2 === 0 && automata[pattern]!.accepts[members[i + 1]!] === 1);
  const next = new Int32Array(128).fill(UNKNOWN);
  const made = states.push({ members: Int32Array.from(members), next, accepted }) - 1;
  indexOf.set(key, made);
  return made;
}
