import { describe, expect, it } from "vitest";
import { compilePattern } from "../../../../src/config/regex/compile-pattern.ts";
import { accepts, type OpenAutomaton, openAutomaton, step } from "../../../../src/core/route/automaton.ts";

function open(pattern: string): OpenAutomaton {
  const compiled = compilePattern(pattern);
  if (!compiled.ok) throw new Error(compiled.message);
  return openAutomaton(compiled.whole);
}

describe("an automaton", () => {
  it.each([
    ["a+", "aaa", 0, true],
    ["a+", "", 0, false],
    ["a+", "xxa", 2, true],
    ["a+", "aab", 0, false],
    ["", "a", 1, true],
    ["[^a]", "\uffff", 0, true],
    ["[à-ÿ]+", "éèê", 0, true],
    ["[à-ÿ]+", "éłê", 0, false],
    ["[a\u0080]+", "a\u0080a", 0, true],
    ["\x7f", "\x7f", 0, true],
  ])("for %s reads %j from %i: %s", (pattern, text, from, expected) => {
    expect(accepts(open(pattern), text, from)).toBe(expected);
  });

  it("stays where nothing matches", () => {
    const automaton = open("a");
    const dead = step(automaton, 1, 0x62);
    expect(dead).toBe(0);
    expect(step(automaton, dead, 0x61)).toBe(0);
  });
});
