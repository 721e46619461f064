import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { normalPath } from "../../../../src/core/route/normal-path.ts";

describe("the normal form of a path", () => {
  it.each([
    ["/a/b-c_d~e/f.g", "/a/b-c_d~e/f.g"],
    ["/a;v=1/b,c/@x:y/$z!", "/a;v=1/b,c/@x:y/$z!"],
    ["/public/../admin", "/admin"],
    ["/public/%2e%2E/admin", "/admin"],
    ["/public/.%2e/admin", "/admin"],
    ["/./a/./b", "/a/b"],
    ["/a/.", "/a/"],
    ["/a/..", "/"],
    ["/../../etc", "/etc"],
    ["/.well-known/x", "/.well-known/x"],
    ["/a/...", "/a/..."],
    ["/public\\..\\admin", "/admin"],
    ["/a%5Cb", "/a%5Cb"],
    ["/a%5c..%5cb", "/a%5C..%5Cb"],
    ["/a%2fb", "/a%2Fb"],
    ["/a%2F..%2Fb", "/a%2F..%2Fb"],
    ["/%41%64min", "/Admin"],
    ["/%7Euser", "/~user"],
    ["/caf%c3%a9", "/caf%C3%A9"],
    ["/café", "/caf%C3%A9"],
    ["/a b<c>", "/a%20b%3Cc%3E"],
    ["/a%", "/a%25"],
    ["/a%4", "/a%254"],
    ["/%%341dmin", "/%2541dmin"],
    ["/%2541", "/%2541"],
    ["/%252e%252e/a", "/%252e%252e/a"],
    ["//a///b//", "/a/b/"],
    ["/a//../b", "/a/b"],
    ["/", "/"],
    ["*", "*"],
  ])("of %s is %s", (path, expected) => {
    expect(normalPath(path, true)).toBe(expected);
  });

  it("keeps slashes in a row where it is asked to", () => {
    expect(normalPath("//a///b/./c", false)).toBe("//a///b/c");
  });

  const piece = fc.constantFrom(...'/ab.%\\ é2fFeEcC45"<>`{}^|~', "..", "%2e", "%2F", "%5c", "%25", "%41", "😀");
  const path = fc.array(piece, { maxLength: 14 }).map((pieces) => `/${pieces.join("")}`);

  it("has itself as its normal form, whatever the path", () => {
    fc.assert(
      fc.property(path, fc.boolean(), (text, merge) => {
        const normal = normalPath(text, merge);
        expect(normalPath(normal, merge)).toBe(normal);
      }),
      { seed: 31, numRuns: 5_000 },
    );
  });

  it("is what a URL parser makes of it: what is matched is what is forwarded", () => {
    fc.assert(
      fc.property(path, fc.boolean(), (text, merge) => {
        const normal = normalPath(text, merge);
        expect(new URL(`http://a${normal}`).pathname).toBe(normal);
      }),
      { seed: 32, numRuns: 5_000 },
    );
  });

  it("decodes to what the path decodes to once a URL parser has read it, as far as that is decided", () => {
    fc.assert(
      fc.property(path, (start) => {
        const text = `${start}/z`;
        fc.pre(!/%(?![0-9a-fA-F]{2})/.test(text));
        const parsed = new URL(`http://a${text.replaceAll(/[?#]/g, "")}`).pathname;
        const decoded = (one: string) =>
          one
            .replaceAll(/%(?!25|2[fF]|5[cC])([0-9A-Fa-f]{2})/g, (_, hex) =>
              String.fromCharCode(Number.parseInt(hex, 16)),
            )
            .toLowerCase();
        expect(decoded(normalPath(text, false))).toBe(decoded(parsed));
      }),
      { seed: 33, numRuns: 5_000 },
    );
  });

  it("holds nothing that may not stand in a path", () => {
    fc.assert(
      fc.property(fc.string({ unit: "grapheme", maxLength: 12 }), (text) => {
        expect(normalPath(`/${text}`, true)).toMatch(/^\/([A-Za-z0-9._~!$&'()*+,;=:@|[\]/-]|%[0-9A-F]{2})*$/);
      }),
      { seed: 34, numRuns: 5_000 },
    );
  });
});
