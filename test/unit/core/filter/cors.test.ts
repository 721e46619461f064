import { describe, expect, it } from "vitest";
import { isOriginAllowed, originHeaders, preflightHeaders, preflightOf } from "../../../../src/core/filter/cors.ts";
import type { CorsPolicy } from "../../../../src/core/mesh.ts";

const policy: CorsPolicy = {
  allowOrigins: ["https://www.foo.com", "https://*.bar.com", "http://*", "https://*:8443", "app://*.baz"],
  allowMethods: ["GET", "PUT"],
  allowHeaders: [],
  exposeHeaders: [],
  allowCredentials: false,
  maxAgeSeconds: 5,
};

describe("isOriginAllowed", () => {
  it.each([
    ["https://www.foo.com", true],
    ["HTTPS://WWW.foo.com", true],
    ["https://www.foo.com:443", true],
    ["https://www.foo.com:444", false],
    ["http://www.foo.com:81", false],
    ["http://anything", true],
    ["http://anything:80", true],
    ["https://a.bar.com", true],
    ["https://a.b.bar.com", true],
    ["https://bar.com", false],
    ["https://.bar.com", false],
    ["https://evilbar.com", false],
    ["https://a.bar.com.evil", false],
    ["https://evil@a.bar.com", false],
    ["https://evil/.bar.com", false],
    ["https://x:8443", true],
    ["https://x:18443", false],
    ["app://one.baz", true],
    ["null", false],
    ["", false],
  ])("of %s is %s", (origin, expected) => {
    expect(isOriginAllowed(policy, origin)).toBe(expected);
  });

  it("of no list is false, of * always true", () => {
    expect(isOriginAllowed({ ...policy, allowOrigins: [] }, "https://a")).toBe(false);
    expect(isOriginAllowed({ ...policy, allowOrigins: ["*"] }, "null")).toBe(true);
  });
});

describe("preflightOf", () => {
  const header = (headers: Record<string, string>) => (name: string) => headers[name] ?? null;
  const both = { origin: "https://a", "access-control-request-method": "PUT" };

  it("knows a preflight by its method and two headers", () => {
    expect(preflightOf("OPTIONS", header(both))).toEqual({
      origin: "https://a",
      requestedMethod: "PUT",
      requestedHeaders: null,
    });
  });

  it.each([
    ["another method", "GET", both],
    ["no origin", "OPTIONS", { "access-control-request-method": "PUT" }],
    ["no requested method", "OPTIONS", { origin: "https://a" }],
  ])("takes no request with %s for one", (_, method, headers) => {
    expect(preflightOf(method, header(headers))).toBeNull();
  });
});

describe("the headers", () => {
  const preflight = { origin: "https://www.foo.com", requestedMethod: "PATCH", requestedHeaders: "x-a, x-b" };
  const told = (changes: Partial<CorsPolicy>) =>
    Object.fromEntries(preflightHeaders({ ...policy, ...changes }, preflight));

  it("list the configured methods and headers, and leave out what is not", () => {
    expect(told({ allowHeaders: ["x-one"] })).toMatchObject({
      "access-control-allow-methods": "GET, PUT",
      "access-control-allow-headers": "x-one",
    });
    expect(told({ allowMethods: [] })).not.toHaveProperty("access-control-allow-methods");
    expect(told({})).not.toHaveProperty("access-control-allow-headers");
  });

  it("name what was asked for in place of a wildcard", () => {
    expect(told({ allowMethods: ["*"], allowHeaders: ["*"] })).toMatchObject({
      "access-control-allow-methods": "PATCH",
      "access-control-allow-headers": "x-a, x-b",
    });
  });

  it("never hold a wildcard beside credentials", () => {
    const all = { allowOrigins: ["*"], allowMethods: ["*"], allowHeaders: ["*"], exposeHeaders: ["*"] };
    expect(Object.values(told({ ...all, allowCredentials: true }))).not.toContain("*");
    expect(originHeaders({ ...policy, ...all, allowCredentials: true }, "https://any")).toEqual([
      ["access-control-allow-origin", "https://any"],
      ["access-control-allow-credentials", "true"],
    ]);
  });

  it("are the same for all where all are allowed without credentials", () => {
    const open = { ...policy, allowOrigins: ["*"], exposeHeaders: ["*"] };
    for (const origin of [null, "https://a"]) {
      expect(originHeaders(open, origin)).toEqual([
        ["access-control-allow-origin", "*"],
        ["access-control-expose-headers", "*"],
      ]);
    }
  });

  it("are none for an origin that is not allowed, or none at all", () => {
    expect(originHeaders(policy, "https://evil")).toEqual([]);
    expect(originHeaders(policy, null)).toEqual([]);
    expect(preflightHeaders(policy, { ...preflight, origin: "https://evil" }).map(([name]) => name)).toEqual(["vary"]);
  });
});
