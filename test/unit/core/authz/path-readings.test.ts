import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { isAmbiguous, readingsOf } from "../../../../src/core/authz/path-readings.ts";
import { normalPath } from "../../../../src/core/route/normal-path.ts";

describe("readingsOf", () => {
  it.each([
    ["matrix parameters", "/admin;x=1/users", "/admin/users"],
    ["a parameter after dots", "/public/..;/admin", "/admin"],
    ["an encoded slash", "/public%2F..%2Fadmin", "/admin"],
    ["an encoded backslash", "/public%5C..%5Cadmin", "/admin"],
    ["a slash encoded twice", "/public%252F..%252Fadmin", "/admin"],
    ["dots encoded twice", "/public/%252E%252E/admin", "/admin"],
    ["an encoded semicolon", "/admin%3Bx/users", "/admin/users"],
    ["both at once", "/public%2F..;x%2Fadmin", "/admin"],
    ["a path that ends early", "/admin%00.jpg", "/admin"],
    ["nothing but parameters", "/;x", "/"],
    ["an encoded question mark", "/admin%3Fx", "/admin"],
    ["an encoded number sign", "/admin/%23x", "/admin/"],
    ["a slash in two bytes", "/public%c0%af..%c0%afadmin", "/admin"],
    ["dots in three bytes", "/public/%e0%80%ae%e0%80%ae/admin", "/admin"],
    ["a letter in four bytes", "/%f0%80%81%a1dmin", "/admin"],
    ["the end in two bytes", "/admin%c0%80.jpg", "/admin"],
    ["a backslash in two bytes", "/x%c1%9c..%c1%9cadmin", "/admin"],
  ])("takes in %s", (_, path, reading) => {
    const normal = normalPath(path, true);
    expect(isAmbiguous(normal)).toBe(true);
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
        expect(readings.length).toBeLessThanOrEqual(8);
        for (const reading of readings) expect(normalPath(reading, true)).toBe(reading);
      }),
      { numRuns: 3_000 },
    );
  });
});
