import fc from "fast-check";
import { expect, it } from "vitest";
import { queryValue } from "../../../../src/core/route/query-value.ts";

it.each([
  ["the value", "?a=1", "a", "1"],
  ["nothing of an empty query", "", "a", null],
  ["nothing of a lone question mark", "?", "a", null],
  ["nothing for another name", "?ab=1&b=2", "a", null],
  ["a later parameter", "?ab=1&b=2&a=3", "a", "3"],
  ["the first of several", "?a=1&a=2", "a", "1"],
  ["an empty value", "?a=", "a", ""],
  ["a parameter without a value", "?a&b=1", "a", ""],
  ["a value with an equals sign", "?a=b=c", "a", "b=c"],
  ["a decoded value", "?a=x%20y+z", "a", "x y z"],
  ["a parameter by its decoded name", "?%61%5B0%5D=1", "a[0]", "1"],
  ["a parameter by a name that looks encoded", "?%2561=1&%61=2", "%61", "1"],
  ["a value whose encoding is broken", "?a=100%", "a", "100%"],
  ["past empty parameters", "?&&a=1", "a", "1"],
  ["nothing for the empty name", "?=1", "", null],
  ["a query without its question mark", "a=1", "a", "1"],
])("gives %s", (_, query, name, expected) => {
  expect(queryValue(query, name)).toBe(expected);
});

it("agrees with URLSearchParams on every query that it can encode", () => {
  const word = fc.string({ maxLength: 4, unit: fc.constantFrom("a", "b", "%", "+", " ", "=", "&", "é", "?") });
  fc.assert(
    fc.property(
      fc.array(fc.tuple(word.filter(Boolean), word), { maxLength: 4 }),
      word.filter(Boolean),
      (pairs, name) => {
        const params = new URLSearchParams(pairs);
        expect(queryValue(`?${params}`, name)).toBe(params.get(name));
      },
    ),
    { seed: 3 },
  );
});
