import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { parseDictionary, writeItem, writeList } from "../../../src/verify/structured-field.ts";

/** As it is written again, member by member. */
function rewritten(text: string): Record<string, string> | null {
  const members = parseDictionary(text);
  if (members === null) return null;
  return Object.fromEntries(
    [...members].map(([key, member]) => [key, member.kind === "list" ? writeList(member) : writeItem(member)]),
  );
}

describe("a dictionary of a structured field", () => {
  it.each([
    ["", {}],
    ["a=1", { a: "1" }],
    ["a=1,  b=:aGk=: , c", { a: "1", b: ":aGk=:", c: "?1" }],
    [
      'sig1=(  "@path"   "x";bs );created=1;keyid="k\\"e\\\\y"',
      { sig1: '("@path" "x";bs);created=1;keyid="k\\"e\\\\y"' },
    ],
    ["a=1, a=2", { a: "2" }],
    ["a=tok/en;b=?0;c", { a: "tok/en;b=?0;c" }],
    ["a=()", { a: "()" }],
  ])("%j is read and written again as %j", (text, expected) => {
    expect(rewritten(text)).toEqual(expected);
  });

  it("is read alike when it is written again, whatever was read", () => {
    const piece = fc.constantFrom(
      "a",
      "b1",
      "=",
      "(",
      ")",
      ";",
      ",",
      " ",
      '"',
      "\\",
      ":",
      "aGk=",
      "?1",
      "12",
      "-",
      "*",
      "\t",
      "@",
    );
    fc.assert(
      fc.property(fc.array(piece, { maxLength: 24 }), (pieces) => {
        const once = rewritten(pieces.join(""));
        if (once === null) return;
        const text = Object.entries(once).map(([key, value]) => `${key}=${value}`);
        expect(rewritten(text.join(", "))).toEqual(once);
      }),
      { numRuns: 5_000, seed: 7 },
    );
  });

  it.each(["a=", "A=1", "a=1,", "a=(1", 'a=("x""y")', 'a="\u00e9"', 'a="', "a=:a b:", "a=1 b=2", "a=1.", ",a", "a=1;"])(
    "%j is none",
    (text) => {
      expect(rewritten(text)).toBe(null);
    },
  );
});
