/** The proxies' regular expressions, all of them RE2's, as Heddle takes them. */
import { compilePattern } from "../../config/regex/compile-pattern.ts";
import { accepts, openAutomaton } from "../../core/route/automaton.ts";

/** Why a pattern cannot be used, or null. Never throws. */
export function patternFault(pattern: string): string | null {
  const compiled = compilePattern(pattern);
  return compiled.ok ? null : `the pattern ${pattern} is not carried over: ${compiled.message}`;
}

/** Whether all of `text` matches; a pattern that cannot be used matches nothing. Never throws. */
export function patternFits(pattern: string, text: string): boolean {
  const compiled = compilePattern(pattern);
  return compiled.ok && accepts(openAutomaton(compiled.whole), text, 0);
}
