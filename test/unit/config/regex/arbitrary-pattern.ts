/** Random patterns of RE2's syntax, and texts that have a chance to match them. */
import fc from "fast-check";

const single = fc.constantFrom("a", "b", "A", "K", "k", "é", "1", "_", "-", " ", "😀", "\\.", "\\/", "\\x41", "\\n");
const setPart = fc.constantFrom(
  "a",
  "b-d",
  "A-C",
  "0-9",
  "\\d",
  "\\W",
  "[:alpha:]",
  "[:^digit:]",
  "é",
  "😀-😂",
  "\\-",
  "_",
  "\\p{Greek}",
);
const bracket = fc
  .tuple(fc.constantFrom("", "^"), fc.array(setPart, { minLength: 1, maxLength: 3 }))
  .map(([negated, parts]) => `[${negated}${parts.join("")}]`);
const set = fc.oneof(
  bracket,
  fc.constantFrom(".", "\\d", "\\D", "\\w", "\\W", "\\s", "\\S", "\\p{Greek}", "\\P{^Greek}", "\\Qa.\\E"),
);
const assertion = fc.constantFrom("^", "$", "\\b", "\\B", "\\A", "\\z");
const repetition = fc.constantFrom("", "", "", "*", "+", "?", "*?", "+?", "??", "{2}", "{1,3}", "{2,}", "{0,2}?");
const opening = fc.constantFrom("(", "(?:", "(?i:", "(?s:", "(?m:", "(?i-s:", "(?-i:", "(?U:");
const flags = fc.constantFrom("(?i)", "(?s)", "(?m)", "(?-i)");

export const arbitraryPattern: fc.Arbitrary<string> = fc.letrec<{ choice: string; sequence: string; piece: string }>(
  (tie) => ({
    piece: fc.oneof(
      { maxDepth: 2 },
      { weight: 6, arbitrary: fc.tuple(single, repetition).map(([one, times]) => one + times) },
      { weight: 4, arbitrary: fc.tuple(set, repetition).map(([one, times]) => one + times) },
      { weight: 2, arbitrary: assertion },
      { weight: 1, arbitrary: flags },
      {
        weight: 3,
        arbitrary: fc
          .tuple(opening, tie("choice"), repetition)
          .map(([open, inner, times]) => `${open}${inner})${times}`),
      },
    ),
    sequence: fc.array(tie("piece"), { maxLength: 3 }).map((pieces) => pieces.join("")),
    choice: fc.array(tie("sequence"), { minLength: 1, maxLength: 3 }).map((branches) => branches.join("|")),
  }),
).choice;

export const arbitraryText: fc.Arbitrary<string> = fc
  .array(
    fc.constantFrom(
      "a",
      "a",
      "b",
      "c",
      "A",
      "K",
      "k",
      "\u212a",
      "é",
      "É",
      "1",
      "_",
      "-",
      " ",
      "\n",
      "😀",
      "😁",
      ".",
      "/",
      "ſ",
    ),
    {
      maxLength: 6,
    },
  )
  .map((chars) => chars.join(""));
