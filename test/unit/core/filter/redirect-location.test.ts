import { describe, expect, it } from "vitest";
import { type RedirectedFrom, redirectLocation } from "../../../../src/core/filter/redirect-location.ts";
import type { Redirect } from "../../../../src/core/mesh.ts";

const nothing: Redirect = {
  type: "redirect",
  scheme: null,
  hostname: null,
  path: null,
  port: null,
  statusCode: 302,
  stripQuery: false,
};
const from: RedirectedFrom = {
  scheme: "http",
  host: "a.example",
  port: 80,
  path: "/x/y",
  query: "?q=1",
  matched: { type: "PathPrefix", value: "/x" },
};

describe("redirectLocation", () => {
  // Listener's scheme and port; the redirect's scheme and port; what the Location begins with.
  it.each([
    ["http", 80, null, null, "http://b.example/"],
    ["http", 80, null, 80, "http://b.example/"],
    ["http", 80, null, 8080, "http://b.example:8080/"],
    ["http", 80, "https", null, "https://b.example/"],
    ["http", 80, "https", 443, "https://b.example/"],
    ["http", 80, "https", 8443, "https://b.example:8443/"],
    ["http", 8080, null, null, "http://b.example:8080/"],
    ["http", 8080, null, 80, "http://b.example/"],
    ["http", 8080, "https", null, "https://b.example/"],
    ["https", 443, null, null, "https://b.example/"],
    ["https", 443, null, 443, "https://b.example/"],
    ["https", 443, null, 8443, "https://b.example:8443/"],
    ["https", 443, "http", null, "http://b.example/"],
    ["https", 443, "http", 80, "http://b.example/"],
    ["https", 443, "http", 8080, "http://b.example:8080/"],
    ["https", 443, null, 80, "https://b.example:80/"],
    ["http", 0, null, null, "http://b.example/"],
  ] as const)(
    "from %s port %d, with scheme %s and port %s, leads to %s",
    (scheme, port, newScheme, newPort, expected) => {
      const redirect = { ...nothing, hostname: "b.example", scheme: newScheme, port: newPort };
      expect(redirectLocation(redirect, { ...from, scheme, port, path: "/", query: "" })).toBe(expected);
    },
  );

  it("keeps host, path and query of which nothing is said", () => {
    expect(redirectLocation({ ...nothing, scheme: "https" }, from)).toBe("https://a.example/x/y?q=1");
    expect(redirectLocation({ ...nothing, stripQuery: true }, from)).toBe("http://a.example/x/y");
  });

  it("changes the path as a rewrite does", () => {
    const path = { type: "ReplacePrefixMatch", value: "/z" } as const;
    expect(redirectLocation({ ...nothing, path }, from)).toBe("http://a.example/z/y?q=1");
  });

  it("is printable ASCII whatever the request holds", () => {
    const odd = { ...from, path: "/x/é\r\nSet-Cookie: a", query: "?\ud800" };
    expect(redirectLocation(nothing, odd)).toBe("http://a.example/x/%C3%A9%0D%0ASet-Cookie:%20a?%EF%BF%BD");
  });
});
