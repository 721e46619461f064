import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { isAmbiguous, mayClimb, readingsOf } from "../../../../src/core/authz/path-readings.ts";
import { normalPath } from "../../../../src/core/route/normal-path.ts";

describe("readingsOf", () => {
  it.each([
    ["matrix parameters", "/admin;x=1/users", "/admin/users"],
    ["an encoded slash", "/admin%2Fusers", "/admin/users"],
    ["an encoded backslash", "/admin%5Cusers", "/admin/users"],
    ["a slash encoded twice", "/admin%252Fusers", "/admin/users"],
    ["a letter encoded twice", "/%2561dmin", "/admin"],
    ["an encoded semicolon", "/admin%3Bx/users", "/admin/users"],
    ["both at once", "/;x%2Fadmin", "/admin"],
    ["one separator that is decoded and one that is not", "/;%5Cx%2Fadmin", "/admin"],
    ["a path that ends early", "/admin%00.jpg", "/admin"],
    ["nothing but parameters", "/;x", "/"],
    ["an encoded question mark", "/admin%3Fx", "/admin"],
    ["an encoded number sign", "/admin/%23x", "/admin/"],
    ["a slash in two bytes", "/admin%c0%afusers", "/admin/users"],
    ["bytes that are no slash for others", "/;%C0%AFx/admin", "/admin"],
    ["a letter in four bytes", "/%f0%80%81%a1dmin", "/admin"],
    ["parameters that an end is in", "/%3Bx%00%2Fadmin", "/admin"],
    ["an end that parameters are behind", "/admin%00;x/y", "/admin"],
    ["the end in two bytes", "/admin%c0%80.jpg", "/admin"],
    ["a backslash in two bytes", "/admin%c1%9cx", "/admin/x"],
  ])("takes in %s", (_, path, reading) => {
    const normal = normalPath(path, true);
    expect(isAmbiguous(normal)).toBe(true);
    expect(mayClimb(normal)).toBe(false);
    expect(readingsOf(normal)).toContain(reading);
    expect(readingsOf(normal)[0]).toBe(normal);
  });

  it.each(["/", "/a/b", "/a%20b", "/caf%C3%A9", "/a=b&c", "/a:b@c"])("has one reading of %s", (path) => {
    expect(isAmbiguous(path)).toBe(false);
    expect(readingsOf(path)).toEqual([path]);
  });

  it("takes in slashes in a row where they are kept", () => {
    expect(isAmbiguous("//admin")).toBe(true);
    expect(readingsOf("//admin")).toEqual(["//admin", "/admin"]);
  });

  it("gives paths in normal form, few of them, whatever it is given", () => {
    const piece = fc.constantFrom(
      "/",
      "a",
      ";",
      "%2F",
      "%252F",
      "%25252F",
      "%5c",
      "%3b",
      "..",
      ".",
      "%00",
      "%",
      "%2",
      "%c0%af",
      "%3f",
    );
    fc.assert(
      fc.property(fc.array(piece, { maxLength: 12 }), (pieces) => {
        const path = normalPath(`/${pieces.join("")}`, true);
        const readings = readingsOf(path);
        expect(readings.length).toBeLessThanOrEqual(66);
        for (const reading of readings) expect(normalPath(reading, true)).toBe(reading);
      }),
      { numRuns: 3_000 },
    );
  });
});

describe("mayClimb", () => {
  it.each([
    "/public/..;/admin",
    "/public%2F..%2Fadmin",
    "/public%5C..%5Cadmin",
    "/public%252F..%252Fadmin",
    "/public/%252E%252E/admin",
    "/public/%252e/admin",
    "/public%2F..;x%2Fadmin",
    "/admin%255C=/%252E%252E",
    "/x%00/..;",
    "/public%c0%af..%c0%afadmin",
    "/public/%e0%80%ae%e0%80%ae/admin",
    "/a..%2F..",
  ])("sees that %s does in some reading", (path) => {
    const normal = normalPath(path, true);
    expect(isAmbiguous(normal)).toBe(true);
    expect(mayClimb(normal)).toBe(true);
  });

  it.each(["/a;b/c", "/a%2Fb", "/..a%2Fb..", "/a...%2F...", "//a", "/100%25", "/a%3Fb=..", "/v1;x=..y"])(
    "sees that %s does in none",
    (path) => {
      expect(isAmbiguous(path)).toBe(true);
      expect(mayClimb(path)).toBe(false);
    },
  );

  it("is true of what has more readings than can be looked at, or is too long for it", () => {
    expect(mayClimb("/a;b%2Fc%5Cd%3Be%252Ff%255Cg%253Bh%00i%C0%AFj")).toBe(true);
    expect(mayClimb(`/${"a;".repeat(1_100)}`)).toBe(true);
    expect(readingsOf(`/${"a;".repeat(1_100)}`)).toHaveLength(1);
  });
});
