/** A regular expression as an automaton: parsed, made deterministic, made minimal, and refused when that is too large. */
import type { Automaton } from "../../core/mesh.ts";
import { alphabetOf } from "./alphabet.ts";
import { determinize, type Table, type Work } from "./determinize.ts";
import { minimize } from "./minimize.ts";
import { nfaOf, TOO_LARGE } from "./nfa.ts";
import { parsePattern } from "./parse.ts";
import { PatternFault } from "./syntax.ts";

/** Entries of one automaton's table: 400 KB. A pattern for a UUID needs about 100, \pL+ about 13,000. */
export const MAX_TABLE = 200_000;

export type CompiledPattern =
  | { readonly ok: true; readonly whole: Automaton; readonly prefix: string; readonly afterPrefix: Automaton }
  /** `at`: 0-based, in UTF-16 units. */
  | { readonly ok: false; readonly at: number; readonly message: string };

/** Patterns are asked for when a config is checked and again when it is compiled. */
const recent = new Map<string, CompiledPattern>();
const RECENT = 4_096;
/** Entries of all tables that are remembered: some 30 MB. */
const RECENT_ENTRIES = 2_000_000;
let recentEntries = 0;

/**
 * Steps of work for all patterns of a config: ten of the worst, thousands of those that people write. 40 KB of short patterns
 * could keep an isolate busy for minutes.
 */
const MAX_WORK_OF_ALL = 30_000_000;
const TOO_MUCH_WORK =
  "takes more to compile, with the regular expressions before it, than a config may: repeat less, or use PathPrefix";
let work: Work = { left: Number.POSITIVE_INFINITY };

/** What `read` gives, in which patterns have MAX_WORK_OF_ALL together; those for which none is left are faults. */
export function withBoundedWork<T>(read: () => T): T {
  const before = work;
  work = { left: MAX_WORK_OF_ALL };
  try {
    return read();
  } finally {
    work = before;
  }
}

/**
 * Compiles a pattern of RE2's syntax. It matches whole texts only, as Envoy's safe_regex. Never throws.
 *
 * `prefix` is what every text that matches begins with, and `afterPrefix` is for what follows it. Patterns that match the
 * same texts give equal automata.
 */
export function compilePattern(pattern: string): CompiledPattern {
  const known = recent.get(pattern);
  if (known !== undefined) return known;
  if (work.left <= 0) return { ok: false, at: 0, message: TOO_MUCH_WORK };
  const compiled = compileAnew(pattern);
  // What failed for want of work may be fine elsewhere.
  if (!compiled.ok && work.left <= 0) return { ok: false, at: 0, message: TOO_MUCH_WORK };
  recent.set(pattern, compiled);
  recentEntries += entriesOf(compiled);
  for (const [oldest, kept] of recent) {
    if (recent.size <= RECENT && recentEntries <= RECENT_ENTRIES) break;
    recent.delete(oldest);
    recentEntries -= entriesOf(kept);
  }
  return compiled;
}

function entriesOf(compiled: CompiledPattern): number {
  if (!compiled.ok) return 0;
  const { whole, afterPrefix } = compiled;
  return whole.next.length + (afterPrefix === whole ? 0 : afterPrefix.next.length);
}

function compileAnew(pattern: string): CompiledPattern {
  try {
    const nfa = nfaOf(parsePattern(pattern));
    const alphabet = alphabetOf(nfa);
    const table = minimize(determinize(nfa, alphabet, work));
    const whole = automatonOf(table, alphabet, 1);
    if (whole.next.length > MAX_TABLE) throw new PatternFault(0, TOO_LARGE);
    const { prefix, state } = commonPrefix(whole);
    const afterPrefix = state === 1 ? whole : automatonOf(tableOf(whole), whole, state);
    return { ok: true, whole, prefix, afterPrefix };
  } catch (error) {
    if (error instanceof PatternFault) return { ok: false, at: error.at, message: error.message };
    throw error;
  }
}

/** What is read before anything can differ, and the state behind it. */
function commonPrefix(automaton: Automaton): { readonly prefix: string; readonly state: number } {
  const { accepts, next, classes } = automaton;
  let prefix = "";
  let state = 1;
  while (accepts[state] === 0) {
    const row = next.slice(state * classes, (state + 1) * classes);
    const live = row.findIndex((to) => to !== 0);
    const only = live < 0 || row.some((to, unit) => to !== 0 && unit !== live) ? null : onlyUnit(automaton, live);
    if (only === null) break;
    prefix += String.fromCharCode(only);
    state = row[live]!;
  }
  return { prefix, state };
}

function onlyUnit({ bounds, classOf }: Automaton, unit: number): number | null {
  const index = classOf.indexOf(unit);
  if (classOf.lastIndexOf(unit) !== index) return null;
  const from = index === 0 ? 0 : bounds[index - 1]! + 1;
  return bounds[index] === from ? from : null;
}

interface Intervals {
  readonly bounds: readonly number[];
  readonly classOf: readonly number[];
}

/** The part of a minimal table that can be reached from `start`, with classes that nothing tells apart made one. */
function automatonOf({ next, accepts, classes }: Table, { bounds, classOf }: Intervals, start: number): Automaton {
  const numbers = new Map([
    [0, 0],
    [start, 1],
  ]);
  const reached = [0, start];
  // Units are followed in their own order, so that the numbers depend on what matches alone.
  const inOrder = [...new Set(classOf)];
  for (let at = 1; at < reached.length; at += 1) {
    for (const unit of inOrder) {
      const to = next[reached[at]! * classes + unit]!;
      if (!numbers.has(to)) numbers.set(to, reached.push(to) - 1);
    }
  }
  const columnOf = new Map<string, number>();
  const columns: number[][] = [];
  const merged = classOf.map((unit) => {
    const column = reached.map((state) => numbers.get(next[state * classes + unit]!)!);
    const key = column.join();
    const known = columnOf.get(key);
    if (known !== undefined) return known;
    columnOf.set(key, columns.length);
    return columns.push(column) - 1;
  });
  const ends = merged.flatMap((unit, index) => (unit === merged[index + 1] ? [] : [index]));
  return {
    bounds: ends.map((index) => bounds[index]!),
    classOf: ends.map((index) => merged[index]!),
    classes: columns.length,
    next: reached.flatMap((_, state) => columns.map((column) => column[state]!)),
    accepts: reached.map((state) => Number(accepts[state])),
  };
}

function tableOf({ next, accepts, classes }: Automaton): Table {
  return { states: accepts.length, classes, next, accepts: accepts.map((accepting) => accepting === 1) };
}
