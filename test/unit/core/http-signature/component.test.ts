import { describe, expect, it } from "vitest";
import {
  COMPONENT,
  componentFault,
  componentValue,
  identifierOf,
} from "../../../../src/core/http-signature/component.ts";

const request = {
  method: "POST",
  scheme: "https",
  authority: "example.com:8443",
  path: "/a%20b",
  query: "?q=1&baz=%E4%BD%A0&sp=a+b%27&dup=1&dup=2&empty&bad=%zz",
  field: (name: string) => ({ "x-list": " a,  b ", "x-empty": "" })[name] ?? null,
};

describe("a component of a signature", () => {
  it.each([
    ["@method", "POST"],
    ["@authority", "example.com:8443"],
    ["@scheme", "https"],
    ["@target-uri", `https://example.com:8443/a%20b${request.query}`],
    ["@path", "/a%20b"],
    ["@query", request.query],
    ['@query-param;name="q"', "1"],
    ['@query-param;name="baz"', "%E4%BD%A0"],
    ['@query-param;name="sp"', "a%20b%27"],
    ['@query-param;name="empty"', ""],
    ['@query-param;name="bad"', "%25zz"],
    ['@query-param;name="dup"', null],
    ['@query-param;name="none"', null],
    ["@status", null],
    ["x-list", "a,  b"],
    ["x-empty", ""],
    ["x-none", null],
  ])("%s is %j", (component, value) => {
    expect(componentValue(component, request)).toBe(value);
  });

  it("has a query of a question mark alone where there is none", () => {
    expect(componentValue("@query", { ...request, query: "" })).toBe("?");
  });

  it("is named as RFC 9421 names it", () => {
    expect(["@path", "x-list", '@query-param;name="q"'].map(identifierOf)).toEqual([
      '"@path"',
      '"x-list"',
      '"@query-param";name="q"',
    ]);
  });

  it.each(["X-Upper", "@Path", "a b", '@query-param;name="a"b"', "@query-param;name=q", ""])("%j is none", (text) => {
    expect(COMPONENT.test(text)).toBe(false);
  });

  it.each(["@status", "@request-target", "@query-param", "cf-ray", "x-forwarded-for", "host", "signature"])(
    "%s is not signed",
    (text) => {
      expect(componentFault(text)).not.toBe(null);
    },
  );
});
