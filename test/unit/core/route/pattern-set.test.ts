import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { compilePattern } from "../../../../src/config/regex/compile-pattern.ts";
import { accepts, type OpenAutomaton, openAutomaton } from "../../../../src/core/route/automaton.ts";
import { acceptedBy, createPatternSet, createSetBudget } from "../../../../src/core/route/pattern-set.ts";

function open(pattern: string): OpenAutomaton {
  const compiled = compilePattern(pattern);
  if (!compiled.ok) throw new Error(compiled.message);
  return openAutomaton(compiled.whole);
}

const one = fc.constantFrom("a", "b", "/", ".", "[ab]", "(a|b/)", "a*", "b+", "/?", ".*");
const pattern = fc.array(one, { minLength: 1, maxLength: 4 }).map((parts) => parts.join(""));
const text = fc.string({ unit: fc.constantFrom("a", "b", "/", "c"), maxLength: 8 });

const alone = (automata: readonly OpenAutomaton[], read: string, from: number) =>
  automata.flatMap((automaton, index) => (accepts(automaton, read, from) ? [index] : []));

describe("a set of patterns", () => {
  it("accepts what each of them accepts by itself", () => {
    fc.assert(
      fc.property(
        fc.array(pattern, { minLength: 1, maxLength: 12 }),
        fc.array(text, { minLength: 1, maxLength: 20 }),
        (patterns, texts) => {
          const automata = patterns.map(open);
          const set = createPatternSet(automata, createSetBudget());
          for (const read of texts) {
            expect(acceptedBy(set, read, 0)).toEqual(alone(automata, read, 0));
            expect(acceptedBy(set, `x${read}`, 1)).toEqual(alone(automata, read, 0));
          }
        },
      ),
      { seed: 51, numRuns: 500 },
    );
  });

  it("says it cannot say for characters beyond ASCII", () => {
    expect(acceptedBy(createPatternSet([open("é")], createSetBudget()), "é", 0)).toBeNull();
  });

  it("keeps no more than it may, and then either says what is right or that it cannot say", () => {
    const automata = ["a.*b", "[ab]+", "(ab|ba)*", ".*a"].map(open);
    const budget = { states: 4, members: 10 };
    const set = createPatternSet(automata, budget);
    let unsaid = 0;
    for (const read of fc.sample(text, { seed: 52, numRuns: 200 })) {
      const said = acceptedBy(set, read, 0);
      if (said === null) unsaid += 1;
      else expect(said).toEqual(alone(automata, read, 0));
    }
    expect(unsaid).toBeGreaterThan(0);
    expect(set.states.length).toBeLessThanOrEqual(4);
    expect(budget.members).toBeGreaterThanOrEqual(0);
  });

  it("looks at no pattern again where it has been before", () => {
    const automata = Array.from({ length: 500 }, (_, i) => open(`[a-z]+/area-${i}/.*`));
    const set = createPatternSet(automata, createSetBudget());
    expect(acceptedBy(set, "de/area-77/x", 0)).toEqual([77]);
    const known = set.states.length;
    expect(acceptedBy(set, "fr/area-77/xx", 0)).toEqual([77]);
    // Only letters that were not met before lead anywhere new, and these lead to states that are known.
    expect(set.states.length).toBe(known);
  });
});
