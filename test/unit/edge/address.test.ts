import { describe, expect, it } from "vitest";
import { addressOf } from "../../../src/edge/address.ts";

describe("addressOf", () => {
  it.each([
    ["http://shop.example/items", "shop.example", "/items", ""],
    ["http://shop.example/items?a=1&b=/x", "shop.example", "/items", "?a=1&b=/x"],
    ["https://Shop.Example:8443/", "shop.example", "/", ""],
    ["http://shop.example", "shop.example", "/", ""],
    ["http://shop.example?q=1", "shop.example", "/", "?q=1"],
    ["http://shop.example/a?", "shop.example", "/a", ""],
    ["http://[2001:DB8::1]:9000/x", "[2001:db8::1]", "/x", ""],
    ["http://[2001:db8::1]/x", "[2001:db8::1]", "/x", ""],
    ["http://shop.example/a%2Fb", "shop.example", "/a%2Fb", ""],
    ["http://shop.example//a//b", "shop.example", "//a//b", ""],
  ])("cuts %s", (url, host, path, query) => {
    expect(addressOf(url)).toMatchObject({ host, path, query });
  });

  it.each([
    ["dot segments", "http://h/public/../admin", "/admin"],
    ["encoded dot segments", "http://h/public/%2e%2E/admin", "/admin"],
    ["a half-encoded one", "http://h/public/.%2e/admin", "/admin"],
    ["single dots", "http://h/./a/./b", "/a/b"],
    ["backslashes", "http://h/public\\..\\admin", "/admin"],
    ["more steps up than there are", "http://h/../../etc", "/etc"],
    ["a file that only starts with a dot", "http://h/.well-known/x", "/.well-known/x"],
  ])("brings %s into the form in which they are forwarded", (_, url, path) => {
    expect(addressOf(url).path).toBe(path);
  });

  it("leaves dots in the query alone", () => {
    expect(addressOf("http://h/a?x=/../b")).toMatchObject({ path: "/a", query: "?x=/../b" });
  });

  it("tells scheme and authority as they were received", () => {
    expect(addressOf("https://Shop.Example:8443/a")).toMatchObject({ scheme: "https", authority: "Shop.Example:8443" });
  });
});
