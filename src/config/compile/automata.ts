import type { Automaton } from "../../core/mesh.ts";
import { type CompiledPattern, compilePattern } from "../regex/compile-pattern.ts";

/** The distinct automata of a mesh, in the order of their first use. */
export class AutomatonTable {
  readonly all: Automaton[] = [];
  readonly #indexOf = new Map<string, number>();

  /** The index of the automaton for whole texts. */
  add(pattern: string): number {
    return this.#add(checked(pattern).whole);
  }

  /** The same for what follows the text with which every match begins. Patterns that differ there only share one. */
  addAfterPrefix(pattern: string): { readonly automaton: number; readonly prefix: string } {
    const { prefix, afterPrefix } = checked(pattern);
    return { automaton: this.#add(afterPrefix), prefix };
  }

  #add(automaton: Automaton): number {
    const key = JSON.stringify(automaton);
    const index = this.#indexOf.get(key) ?? this.all.push(automaton) - 1;
    this.#indexOf.set(key, index);
    return index;
  }
}

function checked(pattern: string): Extract<CompiledPattern, { ok: true }> {
  const compiled = compilePattern(pattern);
  if (!compiled.ok) throw new Error(`not checked before: /${pattern}/ ${compiled.message}`);
  return compiled;
}
