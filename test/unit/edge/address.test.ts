import fc from "fast-check";
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
    ["http://shop.example//a//b", "shop.example", "/a/b", ""],
    ["http://shop.example./a", "shop.example", "/a", ""],
    ["http://shop.example.:80/a", "shop.example", "/a", ""],
    ["http://shop.example/a#b?c", "shop.example", "/a", ""],
    ["http://shop.example/a?b#c", "shop.example", "/a", "?b"],
    ["http://shop.example/a?#c", "shop.example", "/a", ""],
    ["http://shop.example#c/../d", "shop.example", "/", ""],
    ["http:///a", "", "/a", ""],
    ["http://127.0.0.1/a", "127.0.0.1", "/a", ""],
  ])("cuts %s", (url, host, path, query) => {
    expect(addressOf(url, true)).toMatchObject({ host, path, query });
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
    expect(addressOf(url, true).path).toBe(path);
  });

  it("leaves dots in the query alone", () => {
    expect(addressOf("http://h/a?x=/../b", true)).toMatchObject({ path: "/a", query: "?x=/../b" });
  });

  it("tells scheme and authority as they were received", () => {
    expect(addressOf("https://Shop.Example:8443/a", true)).toMatchObject({
      scheme: "https",
      authority: "Shop.Example:8443",
    });
  });

  it.each([
    ["http://h/", 0],
    ["https://h/", 0],
    ["http://h:/", 0],
    ["http://h:8080/", 8080],
    ["http://[::1]:8080/", 8080],
    ["http://[::1]/", 0],
  ])("tells the port of %s", (url, port) => {
    expect(addressOf(url, true).port).toBe(port);
  });

  it.each([
    ["credentials", "http://user:pass@h/"],
    ["a name before the host", "http://good.example@evil.example/"],
    ["percent-encoding", "http://h%2Fx/"],
    ["a space", "http://a b/"],
    ["two ports", "http://h:1:2/"],
    ["a port that is no number", "http://h:http/"],
    ["a half address", "http://[::1/"],
    ["a comma", "http://a,b/"],
    ["an empty label", "http://a..b/"],
    ["a dot before it", "http://.a/"],
    ["two dots behind it", "http://a../"],
    ["a port that there is not", "http://a:65536/"],
  ])("calls an authority with %s odd", (_, url) => {
    expect(addressOf(url, true).isOdd).toBe(true);
  });

  it.each([
    "http://h/",
    "http://a_b.example/",
    "http://a.example./",
    "http://[2001:DB8::1]:80/",
    "http:///",
    "http://10.0.0.1:8080/",
  ])("does not call that of %s odd", (url) => {
    expect(addressOf(url, true).isOdd).toBe(false);
  });

  it("gives what the platform will ask the endpoint for: matched is what is forwarded", () => {
    const piece = fc.constantFrom(..."/ab.%\\ é2fFeE?#&=", "..", "%2e", "%2F", "%5c", "%25", "%41");
    fc.assert(
      fc.property(fc.array(piece, { maxLength: 14 }), fc.boolean(), (pieces, merge) => {
        const { path, query } = addressOf(`http://h/${pieces.join("")}`, merge);
        const sent = new URL(`http://endpoint.example/base${path}${query}`);
        expect(sent.pathname).toBe(`/base${path}`);
        expect(sent.hash).toBe("");
        expect(addressOf(sent.href, merge).path).toBe(`/base${path}`);
      }),
      { seed: 41, numRuns: 3_000 },
    );
  });
});
