/**
 * The subset construction: a deterministic automaton whose states are sets of states of the nondeterministic one. What a
 * text does to it is one step a unit, whatever the pattern.
 *
 * Assertions depend on both sides of a place, so a state also remembers what was read last, and what may be passed freely
 * is found out once for each kind of unit that may come next.
 */
import { type Alphabet, EDGE, NEWLINE, OTHER, type Side, WORD_CHARACTER } from "./alphabet.ts";
import { type Nfa, TOO_LARGE } from "./nfa.ts";
import { type Assertion, PatternFault } from "./syntax.ts";

/** Before it is minimal. State 0 is the one from which nothing matches, 1 the start. */
export interface Table {
  readonly states: number;
  readonly classes: number;
  /** `next[state * classes + class]`. */
  readonly next: readonly number[];
  readonly accepts: readonly boolean[];
}

/** States before minimizing, and steps of work: a fraction of a second. Then a pattern counts as too large. */
const MAX_STATES = 8_000;
const MAX_WORK = 3_000_000;

/** Steps of work that are left to patterns together. */
export interface Work {
  left: number;
}

/** Throws a PatternFault when there would be too many states. `work`: what it costs is taken from it. */
export function determinize(nfa: Nfa, alphabet: Alphabet, work: Work): Table {
  const budget = { left: Math.min(MAX_WORK, work.left) };
  const before = budget.left;
  try {
    return tableOf(nfa, alphabet, budget);
  } finally {
    work.left -= before - budget.left;
  }
}

function tableOf(nfa: Nfa, alphabet: Alphabet, budget: Work): Table {
  const { classes } = alphabet;
  const states: State[] = [];
  const indexOf = new Map<string, number>();
  const stateFor = (members: number[], before: Side): number => {
    members.sort((a, b) => a - b);
    const side = nfa.hasAssertions && members.length > 0 ? before : OTHER;
    const key = `${side}:${members.join()}`;
    const known = indexOf.get(key);
    if (known !== undefined) return known;
    if (states.length >= MAX_STATES) throw new PatternFault(0, TOO_LARGE);
    indexOf.set(key, states.length);
    return states.push({ members, before: side }) - 1;
  };
  stateFor([], OTHER);
  stateFor([nfa.start], EDGE);
  const next: number[] = [];
  const accepts: boolean[] = [];
  for (let at = 0; at < states.length; at += 1) {
    const state = states[at]!;
    accepts.push(passFreely(nfa, state, EDGE, budget).has(nfa.end));
    const targets = targetsOf(nfa, alphabet, state, budget);
    for (let unit = 0; unit < classes; unit += 1) {
      const members = targets[unit];
      next.push(members === undefined ? 0 : stateFor([...members], alphabet.sideOf[unit]!));
    }
  }
  return { states: states.length, classes, next, accepts };
}

interface State {
  readonly members: readonly number[];
  readonly before: Side;
}

/** By class: what reading a unit of it leads to, where it leads anywhere. */
function targetsOf(nfa: Nfa, alphabet: Alphabet, state: State, budget: Work): Set<number>[] {
  const targets: Set<number>[] = new Array(alphabet.classes);
  budget.left -= alphabet.classes;
  const sides: Side[] = nfa.hasAssertions ? [WORD_CHARACTER, OTHER, NEWLINE] : [OTHER];
  for (const side of sides) {
    for (const member of passFreely(nfa, state, side, budget)) {
      for (const { to, set } of nfa.reading[member]!) {
        const classes = alphabet.classesOfSet[set]!;
        budget.left -= classes.length;
        for (const unit of classes) {
          if (nfa.hasAssertions && alphabet.sideOf[unit] !== side) continue;
          targets[unit] ??= new Set();
          targets[unit]!.add(to);
        }
      }
    }
  }
  if (budget.left < 0) throw new PatternFault(0, TOO_LARGE);
  return targets;
}

/** The members, and what is reached from them without reading when `after` comes next. */
function passFreely(nfa: Nfa, { members, before }: State, after: Side, budget: Work): Set<number> {
  const reached = new Set(members);
  for (const member of reached) {
    for (const { to, assertion } of nfa.free[member]!) {
      if (assertion === null || holds(assertion, before, after)) reached.add(to);
    }
  }
  budget.left -= reached.size;
  if (budget.left < 0) throw new PatternFault(0, TOO_LARGE);
  return reached;
}

function holds(assertion: Assertion, before: Side, after: Side): boolean {
  switch (assertion) {
    case "start":
      return before === EDGE;
    case "end":
      return after === EDGE;
    case "lineStart":
      return before === EDGE || before === NEWLINE;
    case "lineEnd":
      return after === EDGE || after === NEWLINE;
    case "word":
      return (before === WORD_CHARACTER) !== (after === WORD_CHARACTER);
    case "notWord":
      return (before === WORD_CHARACTER) === (after === WORD_CHARACTER);
  }
}
