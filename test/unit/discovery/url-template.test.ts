import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { fillUrlTemplate, parseUrlTemplate } from "../../../src/discovery/url-template.ts";

const KNOWN = ["service", "port"];

describe("a URL template", () => {
  it.each([
    ["a variable nobody knows", "https://{ip}", "{ip} is no variable here; there are {service}, {port}"],
    ["a brace of its own", "https://{service", "has a brace"],
    ["no scheme", "{service}.example.com", "must begin with"],
    ["a scheme that varies", "{service}://a.example", "must begin with"],
    ["credentials", "https://a:b@{service}", "must hold neither credentials"],
    ["a query", "https://{service}/?a=b", "must hold neither credentials"],
    ["a port that is none", "https://{service}:x", "is not a URL"],
  ])("is refused with %s", (_, text, fault) => {
    expect(parseUrlTemplate(text, KNOWN)).toEqual({ ok: false, fault: expect.stringContaining(fault) });
  });

  it("is filled with names, addresses and numbers", () => {
    const parsed = parseUrlTemplate("https://{service}.example.com:{port}/{service}", KNOWN);
    if (!parsed.ok) throw new Error(parsed.fault);
    const values: Record<string, string> = { service: "shop", port: "8443" };
    expect(fillUrlTemplate(parsed.template, (name) => values[name])).toBe("https://shop.example.com:8443/shop");
    expect(fillUrlTemplate(parsed.template, () => undefined)).toBeNull();
    expect(fillUrlTemplate(parsed.template, () => "99999")).toBeNull();
  });

  it("never leads to another host, or gets a user, a path or a query, whatever it is filled with", () => {
    const parsed = parseUrlTemplate("https://{service}.example.com/base", KNOWN);
    if (!parsed.ok) throw new Error(parsed.fault);
    const nasty = fc.string({ unit: fc.constantFrom(..."ab1.-_:/?#@[]\\%&= \t\n{}é") });
    fc.assert(
      fc.property(nasty, (value) => {
        const url = fillUrlTemplate(parsed.template, () => value);
        if (url === null) return;
        const { hostname, pathname, username, search, hash } = new URL(url);
        expect(hostname.endsWith(".example.com")).toBe(true);
        expect([pathname, username, search, hash]).toEqual(["/base", "", "", ""]);
      }),
      { numRuns: 3_000, seed: 3 },
    );
  });
});
