import fc from "fast-check";
import { RE2JS } from "re2js";
import { describe, expect, it } from "vitest";
import { compilePattern, MAX_TABLE, withBoundedWork } from "../../../../src/config/regex/compile-pattern.ts";
import { accepts, openAutomaton } from "../../../../src/core/route/automaton.ts";
import { arbitraryPattern, arbitraryText } from "./arbitrary-pattern.ts";

/** Whether all of a text matches; what is wrong with the pattern when it is refused. */
function matches(pattern: string, text: string): boolean | string {
  const compiled = compilePattern(pattern);
  if (!compiled.ok) return compiled.message;
  const { whole, prefix, afterPrefix } = compiled;
  const answer = accepts(openAutomaton(whole), text, 0);
  const byPrefix = text.startsWith(prefix) && accepts(openAutomaton(afterPrefix), text, prefix.length);
  expect(byPrefix, `${pattern} by its prefix ${prefix}`).toBe(answer);
  return answer;
}

describe("a compiled pattern", () => {
  it.each([
    ["a|ab", "ab", true],
    ["a|ab", "abc", false],
    ["", "", true],
    ["", "a", false],
    ["^/a$", "/a", true],
    ["(?i)k", "\u212a", true],
    ["(?i)straße", "STRAẞE", true],
    ["(?i)[^k]", "\u212a", false],
    ["(?i)i", "ı", false],
    ["(?i:a)b", "Ab", true],
    ["(?i:a)b", "AB", false],
    ["a(?i)b|c", "aC", false],
    ["a(?i)b|c", "C", true],
    ["(?-i)(?i)a(?-i)b", "AB", false],
    [".", "\n", false],
    ["(?s).", "\n", true],
    [".", "😀", true],
    ["..", "😀", false],
    ["[😀-😂]", "😁", true],
    ["[^a]", "😁", true],
    ["\\pL+", "äΩж", true],
    ["\\p{Greek}", "ж", false],
    ["\\P{^Greek}", "Ω", true],
    ["[[:alpha:]\\d-]+", "a-1", true],
    ["[]a]+", "]a", true],
    ["[^]a]", "]", false],
    ["\\Qa.b*\\E+", "a.b**", true],
    ["\\Qa.b", "axb", false],
    ["\\x41\\x{1F600}\\101", "A😀A", true],
    ["a{,2}", "a{,2}", true],
    ["a{2,3}?", "aaa", true],
    ["(?P<name>a)(?<other>b)", "ab", true],
    ["a\\b-\\bb", "a-b", true],
    ["a\\Bb", "ab", true],
    ["\\s", "\v", false],
    ["(?m)a$\n^b", "a\nb", true],
    ["a$\n^b", "a\nb", false],
    ["\\Aa\\z", "a", true],
    ["$a", "a", false],
    ["(|a)*", "aa", true],
    ["(a*)*", "aaa", true],
    ["(\\b|a)+", "a", true],
  ])("%s says of %j what RE2 says", (pattern, text, expected) => {
    expect(matches(pattern, text)).toBe(expected);
    expect(RE2JS.compile(pattern).matches(text)).toBe(expected);
  });

  it.each([
    ["a(?=b)", 1, "lookahead"],
    ["(?<!a)b", 0, "lookbehind"],
    ["(a)\\1", 3, "backreference"],
    ["(?P=name)", 0, "backreferences"],
    ["(?>a)", 0, "not RE2's syntax"],
    ["ab**", 3, "cannot be repeated"],
    ["a|*b", 2, "nothing that * could repeat"],
    ["(ab", 0, "never closed"],
    ["ab)", 2, "closes nothing"],
    ["x[a", 1, "never closed"],
    ["[z-a]", 1, "wrong way round"],
    ["[a-\\d]", 3, "end of a range"],
    ["[[:nope:]]", 1, "not a class"],
    ["\\p{Nope}", 0, "not a Unicode category"],
    ["\\y", 0, "not an escape"],
    ["a\\", 1, "escapes nothing"],
    ["a{1001}", 1, "more than 1000 times"],
    ["a{3,2}", 1, "wrong way round"],
    ["\\x{110000}", 0, "beyond Unicode"],
    ["(".repeat(300), 201, "deep"],
  ])("%s is refused at %i: %s", (pattern, at, message) => {
    expect(compilePattern(pattern)).toEqual({ ok: false, at, message: expect.stringContaining(message) });
  });

  it.each([
    ["repetition of repetition", "((a{1000}){1000}){1000}"],
    ["what has to remember the last 30 characters", "(.*a.{30})"],
    [
      "a table beyond the bound",
      `(${Array.from({ length: 400 }, (_, i) => `[${String.fromCodePoint(0x4e00 + 2 * i)}-${String.fromCodePoint(0x4e00 + 2 * i)}]{${(i % 9) + 1}}`).join("|")}){3}`,
    ],
  ])("%s is refused as too large, soon", (_, pattern) => {
    expect(compilePattern(pattern)).toMatchObject({ ok: false, message: expect.stringContaining("too large") });
  });

  it("agrees with RE2 on random patterns and texts", () => {
    let compared = 0;
    fc.assert(
      fc.property(arbitraryPattern, fc.array(arbitraryText, { minLength: 4, maxLength: 8 }), (pattern, texts) => {
        const oracle = RE2JS.compile(pattern);
        const compiled = compilePattern(pattern);
        // Only what is too large may be refused.
        if (!compiled.ok) {
          expect(compiled.message).toContain("too large");
          return;
        }
        for (const text of texts) {
          compared += 1;
          expect(matches(pattern, text), `${pattern} on ${JSON.stringify(text)}`).toBe(oracle.matches(text));
        }
      }),
      { seed: 21, numRuns: 1_500 },
    );
    expect(compared).toBeGreaterThan(5_000);
  }, 60_000);

  it("accepts and refuses what RE2 does, of random text", () => {
    const symbol = fc.constantFrom(..."ab[](){}|*+?.^$\\-,:1=<>!PQEpdwsxLiU", "\\d", "(?i", "[^", "{2}", "(?:");
    fc.assert(
      fc.property(fc.array(symbol, { maxLength: 9 }), (symbols) => {
        const pattern = symbols.join("");
        let isRe2 = true;
        try {
          RE2JS.compile(pattern);
        } catch {
          isRe2 = false;
        }
        expect(compilePattern(pattern).ok, pattern).toBe(isRe2);
      }),
      { seed: 22, numRuns: 8_000 },
    );
  }, 60_000);

  it.each([
    ["(a+)+$", "a".repeat(100_000), "b"],
    ["(a|a)*$", "a".repeat(100_000), "b"],
    ["(.*)*x", "y".repeat(100_000), "z"],
    ["^(([a-z])+.)+[A-Z]([a-z])+$", "a".repeat(100_000), "!"],
  ])("reads each character of 100,000 once, where backtracking would take forever: %s", (pattern, text, end) => {
    const compiled = compilePattern(pattern);
    if (!compiled.ok) throw new Error(compiled.message);
    const open = openAutomaton(compiled.whole);
    let steps = 0;
    const next = new Proxy(open.next, {
      get: (table, key) => {
        steps += 1;
        return table[key as unknown as number];
      },
    });
    accepts({ ...open, next }, text + end, 0);
    expect(steps).toBeLessThanOrEqual(text.length + 1);
  });

  it("is the same automaton for patterns that match the same", () => {
    const automata = ["a+b", "aa*b", "(?:a)+?b", "(?P<n>a|aa)*ab"].map((pattern) => compilePattern(pattern));
    for (const compiled of automata) expect(compiled).toMatchObject({ ok: true, whole: wholeOf("a+b") });
    expect(wholeOf("a+b").next.length).toBeLessThan(MAX_TABLE);
  });

  it("is the same automaton behind different prefixes", () => {
    const [one, other] = ["/area-1/items/[0-9]+", "/area-2/[i]tems/\\d+"].map((pattern) => compilePattern(pattern));
    expect(one).toMatchObject({ prefix: "/area-1/items/" });
    expect(other).toMatchObject({
      prefix: "/area-2/items/",
      afterPrefix: (one as { afterPrefix: unknown }).afterPrefix,
    });
  });
});

function wholeOf(pattern: string) {
  const compiled = compilePattern(pattern);
  if (!compiled.ok) throw new Error(compiled.message);
  return compiled.whole;
}

describe("withBoundedWork", () => {
  /** About a tenth of what a config may take, each. */
  const costly = (n: number) => `/(a+)+${n}(b|c){1,200}(d{1,50}){1,20}`;

  it("refuses what takes too much with the patterns before it, and only there", () => {
    const compiled = withBoundedWork(() => Array.from({ length: 100 }, (_, n) => compilePattern(costly(n))));
    const first = compiled.findIndex(({ ok }) => !ok);
    expect(first).toBeGreaterThan(3);
    expect(first).toBeLessThan(40);
    expect(compiled.slice(first).every((one) => !one.ok && one.message.includes("repeat less"))).toBe(true);
    expect(withBoundedWork(() => compilePattern(costly(first))).ok).toBe(true);
  });
});
