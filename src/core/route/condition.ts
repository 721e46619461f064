/** What a match asks of a header or a query parameter. */
import type { NamedMatch } from "../mesh.ts";
import { accepts, type OpenAutomaton } from "./automaton.ts";

export interface Condition {
  readonly name: string;
  readonly type: NamedMatch["match"]["type"];
  /** "" for Present. */
  readonly value: string;
  /** Null but for RegularExpression. */
  readonly automaton: OpenAutomaton | null;
  readonly invert: boolean;
}

/** Arranges a match for `holds`. */
export function openCondition({ name, match, invert }: NamedMatch, automata: readonly OpenAutomaton[]): Condition {
  return {
    name,
    type: match.type,
    value: "value" in match ? match.value : "",
    automaton: match.type === "RegularExpression" ? automata[match.automaton]! : null,
    invert: invert === true,
  };
}

/** Whether the condition holds for a value; null when there is none. Never throws, never allocates. */
export function holds(condition: Condition, value: string | null): boolean {
  return (value !== null && fits(condition, value)) !== condition.invert;
}

function fits({ type, value: wanted, automaton }: Condition, value: string): boolean {
  switch (type) {
    case "Exact":
      return value === wanted;
    case "Prefix":
      return value.startsWith(wanted);
    case "Suffix":
      return value.endsWith(wanted);
    case "RegularExpression":
      return automaton !== null && accepts(automaton, value, 0);
    case "Present":
      return true;
  }
}
