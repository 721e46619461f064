/** Regular expressions at work: one step a character, on any input. */
import type { Automaton } from "../mesh.ts";

export interface OpenAutomaton {
  /** Class of each ASCII character: most text has no others. */
  readonly ascii: Uint16Array;
  readonly bounds: readonly number[];
  readonly classOf: readonly number[];
  readonly classes: number;
  readonly next: Uint16Array;
  readonly accepts: Uint8Array;
}

/** Arranges an automaton for `accepts`. Linear in its table; to be done once for each mesh. */
export function openAutomaton(automaton: Automaton): OpenAutomaton {
  const { bounds, classOf, classes } = automaton;
  const ascii = new Uint16Array(128);
  for (let unit = 0, at = 0; unit < 128; unit += 1) {
    while (bounds[at]! < unit) at += 1;
    ascii[unit] = classOf[at]!;
  }
  return {
    ascii,
    bounds,
    classOf,
    classes,
    next: Uint16Array.from(automaton.next),
    accepts: Uint8Array.from(automaton.accepts),
  };
}

/** Whether all of `text` from `from` on matches. Never throws, never allocates; linear in the text, whatever the pattern. */
export function accepts(automaton: OpenAutomaton, text: string, from: number): boolean {
  const { ascii, classes, next } = automaton;
  let state = 1;
  for (let i = from; i < text.length; i += 1) {
    const unit = text.charCodeAt(i);
    state = next[state * classes + (unit < 128 ? ascii[unit]! : classAbove(automaton, unit))]!;
    if (state === 0) return false;
  }
  return automaton.accepts[state] === 1;
}

/** The state behind one code unit; 0 when nothing can match any more. Never throws. */
export function step(automaton: OpenAutomaton, state: number, unit: number): number {
  const { ascii, classes, next } = automaton;
  return next[state * classes + (unit < 128 ? ascii[unit]! : classAbove(automaton, unit))]!;
}

/** Binary search for the interval that holds `unit`. */
function classAbove({ bounds, classOf }: OpenAutomaton, unit: number): number {
  let low = 0;
  let high = bounds.length - 1;
  while (low < high) {
    const middle = (low + high) >> 1;
    if (bounds[middle]! < unit) low = middle + 1;
    else high = middle;
  }
  return classOf[low]!;
}
