/** Regular expressions in a config: each has to be one, and all of them together have to fit into an isolate. */
import type { Automaton } from "../../core/mesh.ts";
import { compilePattern } from "../regex/compile-pattern.ts";
import { type Finding, isRecord } from "./finding.ts";

/**
 * Entries of all tables of a mesh together: as 16-bit numbers 4 MB of an isolate's 128, as JSON about as much of the 8
 * that a mesh may have.
 */
export const MAX_TABLES = 2_000_000;

/** A pattern with the flag that makes case not matter. */
export function folded(pattern: string, ignoreCase: boolean): string {
  return ignoreCase ? `${FOLD}${pattern}` : pattern;
}

const FOLD = "(?i)";

/** What is wrong with a pattern, below the field `value` that holds it. Never throws. */
export function* patternFindings(pattern: string, ignoreCase: boolean): Iterable<Finding> {
  const compiled = compilePattern(folded(pattern, ignoreCase));
  if (compiled.ok) return;
  const { message } = compiled;
  const at = Math.max(0, compiled.at - (ignoreCase ? FOLD.length : 0));
  yield { path: ["value"], message: at === 0 ? message : `at character ${at + 1}, ${shown(pattern, at)}: ${message}` };
}

/** The part of the pattern that a fault is about. */
function shown(pattern: string, at: number): string {
  return pattern.slice(at, at + 12) === "" ? "the end" : JSON.stringify(pattern.slice(at, at + 12));
}

interface Placed {
  readonly path: readonly (string | number)[];
  readonly rule: Record<string, unknown>;
}

/** The first pattern with which all are too large together. Equal automata count once, as they are stored. */
export function* automataFindings(rules: Iterable<Placed>): Iterable<Finding> {
  const seen = new Set<string>();
  let entries = 0;
  for (const { path, rule } of rules) {
    for (const [field, automaton] of fieldsWithAutomata(rule)) {
      const key = JSON.stringify(automaton);
      if (seen.has(key)) continue;
      seen.add(key);
      entries += automaton.next.length;
      if (entries <= MAX_TABLES) continue;
      const message = `the regular expressions up to here need tables of ${entries} entries, and ${MAX_TABLES} is the limit: use fewer, shorter ones or PathPrefix`;
      yield { path: [...path, field], message };
      return;
    }
  }
}

function* fieldsWithAutomata({ matches, bounds }: Placed["rule"]): Iterable<readonly [field: string, Automaton]> {
  for (const automaton of automataOf(matches)) yield ["matches", automaton];
  // The patterns of the defaults are small.
  for (const path of listOf(isRecord(bounds) ? bounds.deniedPaths : [])) {
    const compiled = isPattern(path) ? compilePattern(folded(path.value, true)) : null;
    if (compiled?.ok) yield ["bounds", compiled.whole];
  }
}

/** What compile/matches.ts will ask for. */
function* automataOf(matches: unknown): Iterable<Automaton> {
  for (const match of listOf(matches)) {
    if (!isRecord(match)) continue;
    if (isPattern(match.path)) {
      const compiled = compilePattern(folded(match.path.value, match.path.ignoreCase === true));
      if (compiled.ok) yield compiled.afterPrefix;
    }
    for (const part of [...listOf(match.headers), ...listOf(match.queryParams)]) {
      const compiled = isPattern(part) ? compilePattern(part.value) : null;
      if (compiled?.ok) yield compiled.whole;
    }
  }
}

function isPattern(part: unknown): part is { readonly value: string; readonly ignoreCase?: unknown } {
  return isRecord(part) && part.type === "RegularExpression" && typeof part.value === "string";
}

function listOf(value: unknown): readonly unknown[] {
  return Array.isArray(value) ? value : [];
}
