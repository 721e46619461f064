/** Regular expressions in a config: each has to be one, and all of them together have to fit into an isolate. */
import { compilePattern } from "../regex/compile-pattern.ts";
import { type Finding, isRecord } from "./finding.ts";

/**
 * Entries of all tables of a mesh together: as 16-bit numbers 4 MB of an isolate's 128, as JSON about as much of the 8
 * that a mesh may have.
 */
export const MAX_TABLES = 2_000_000;

/** What is wrong with a pattern, below the field `value` that holds it. Never throws. */
export function* patternFindings(pattern: string): Iterable<Finding> {
  const compiled = compilePattern(pattern);
  if (compiled.ok) return;
  const { at, message } = compiled;
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
    for (const pattern of patternsOf(rule.matches)) {
      const compiled = compilePattern(pattern);
      if (!compiled.ok) continue;
      const { next, classOf } = compiled.afterPrefix;
      const key = `${next.join()};${classOf.join()};${compiled.afterPrefix.bounds.join()}`;
      if (seen.has(key)) continue;
      seen.add(key);
      entries += next.length;
      if (entries <= MAX_TABLES) continue;
      const message = `the regular expressions up to here need tables of ${entries} entries, and ${MAX_TABLES} is the limit: use fewer, shorter ones or PathPrefix`;
      yield { path: [...path, "matches"], message };
      return;
    }
  }
}

function* patternsOf(matches: unknown): Iterable<string> {
  for (const match of Array.isArray(matches) ? matches : []) {
    if (!isRecord(match)) continue;
    for (const part of [match.path, ...listOf(match.headers), ...listOf(match.queryParams)]) {
      if (isRecord(part) && part.type === "RegularExpression" && typeof part.value === "string") yield part.value;
    }
  }
}

function listOf(value: unknown): readonly unknown[] {
  return Array.isArray(value) ? value : [];
}
