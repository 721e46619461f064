import { describe, expect, it } from "vitest";
import { parseConfig } from "../../../../src/config/decode.ts";
import { MAX_TABLES } from "../../../../src/config/schema/patterns.ts";
import { refuses, rule } from "./faulty.ts";

const MATCH = "routes[0].rules[0].matches[0]";

describe("matches", () => {
  refuses([
    [
      "a regular expression with lookahead, where it is in the pattern",
      rule("matches: [{ path: { type: RegularExpression, value: '/a(?=b)' } }]"),
      `${MATCH}.path.value`,
      7,
      'at character 3, "(?=b)": lookahead (?= is not RE2\'s syntax',
    ],
    [
      "a regular expression that never ends",
      rule("matches: [{ headers: [{ name: a, type: RegularExpression, value: '[a-' }] }]"),
      `${MATCH}.headers[0].value`,
      7,
      "at character 4, the end: the brackets are never closed",
    ],
    [
      "a regular expression that is too large",
      rule("matches: [{ queryParams: [{ name: a, type: RegularExpression, value: '.*a.{30}' }] }]"),
      `${MATCH}.queryParams[0].value`,
      7,
      "is too large for an automaton",
    ],
    [
      "a value that will not be looked at",
      rule("matches: [{ headers: [{ name: a, type: Present, value: b }] }]"),
      `${MATCH}.headers[0].value`,
      7,
      "Present takes any value",
    ],
    [
      "a prefix that no header can have",
      rule('matches: [{ headers: [{ name: a, type: Prefix, value: "b\\n" }] }]'),
      `${MATCH}.headers[0].value`,
      7,
      "is not a header value",
    ],
    [
      "a path that no request has",
      rule("matches: [{ path: { type: StringPrefix, value: /a//b } }]"),
      `${MATCH}.path.value`,
      7,
      "once it is in its normal form",
    ],
  ]);

  it.each([
    [
      "a header that is not empty and not one value",
      "headers: [{ name: a, type: Present }, { name: A, value: b, invert: true }]",
    ],
    ["an encoded slash", "path: { type: Exact, value: /a%2Fb }"],
    ["a pattern that would stall a backtracking engine", "path: { type: RegularExpression, value: '(a+)+$' }"],
    ["paths whatever their case", "path: { type: RegularExpression, value: /a, ignoreCase: true }"],
  ])("can ask for %s", (_, match) => {
    expect(parseConfig(rule(`matches: [{ ${match} }]`))).toMatchObject({ ok: true });
  });

  it("bounds the tables of all regular expressions together, and counts equal ones once", () => {
    // 48 times 62 letters are 2976 states, each with a column a letter.
    const letters = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789";
    const pattern = (i: number) => `/[01]?(${letters}){48}${i}`;
    const config = (patterns: readonly string[]) =>
      rule(
        `matches: [${patterns.map((value) => `{ path: { type: RegularExpression, value: '${value}' } }`).join(", ")}]`,
      );
    expect(parseConfig(config(Array.from({ length: 20 }, () => pattern(1))))).toMatchObject({ ok: true });
    const result = parseConfig(config(Array.from({ length: 12 }, (_, i) => pattern(i))));
    expect(result).toMatchObject({
      ok: false,
      faults: [{ path: "routes[0].rules[0].matches", message: expect.stringContaining(`${MAX_TABLES} is the limit`) }],
    });
  });
});
