import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { fitsTemplate, openTemplate } from "../../../../src/core/authz/path-template.ts";

describe("fitsTemplate", () => {
  it.each([
    ["/foo/{*}", "/foo/bar", true],
    ["/foo/{*}", "/foo/", false],
    ["/foo/{*}", "/foo", false],
    ["/foo/{*}", "/foo/bar/baz", false],
    ["/foo/{*}", "/foo/bar/", false],
    ["/foo/{*}/", "/foo/bar/", true],
    ["/foo/{**}", "/foo/", true],
    ["/foo/{**}", "/foo/bar/baz", true],
    ["/foo/{**}", "/foo", false],
    ["/foo/{**}/", "/foo/bar/", true],
    ["/foo/{**}/", "/foo/bar", false],
    ["/foo/{*}/bar/{**}", "/foo/buzz/bar/", true],
    ["/foo/{*}/bar/{**}", "/foo/buzz/bar/baz", true],
    ["/foo/{*}/bar/{**}", "/foo/buzz/baz/bar/", false],
    ["/{**}/path/template", "/a/b/path/template", true],
    ["/{**}/path/template", "/path/template", false],
    ["/{**}/a", "/a", false],
    ["/{*}", "/", false],
    ["/{*}/{*}", "/a/b", true],
    ["/{**}", "/", true],
    ["/files/{*}", "/files/a=b*c", true],
  ] as const)("%s on %s: %s", (template, path, expected) => {
    expect(fitsTemplate(openTemplate(template), path)).toBe(expected);
  });

  it("says what a regular expression says", () => {
    const element = fc.constantFrom("a", "b", "ab", "");
    const path = fc.array(element, { minLength: 1, maxLength: 6 }).map((elements) => `/${elements.join("/")}`);
    const literal = fc.constantFrom("a", "b", "ab");
    const template = fc
      .tuple(
        fc.array(fc.oneof(literal, fc.constant("{*}")), { maxLength: 3 }),
        fc.constantFrom<string[]>([], ["{**}"]),
        fc.array(literal, { maxLength: 2 }),
        fc.constantFrom("", "/"),
      )
      .map(([before, open, after, slash]) => `/${[...before, ...open, ...after].join("/")}${slash}`)
      .filter((text) => text.includes("{"));
    fc.assert(
      fc.property(template, path, (text, candidate) => {
        const regex = new RegExp(`^${text.replaceAll("{**}", ".*").replaceAll("{*}", "[^/]+")}$`);
        expect(fitsTemplate(openTemplate(text), candidate)).toBe(regex.test(candidate));
      }),
      { numRuns: 5_000 },
    );
  });
});
