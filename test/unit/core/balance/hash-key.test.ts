import { describe, expect, it } from "vitest";
import { type HashSource, hashKeyOf, hashPoint } from "../../../../src/core/balance/hash-key.ts";
import type { HashOn, HashSettings } from "../../../../src/core/mesh.ts";

const source = (given: Partial<HashSource> & { headers?: Record<string, string> } = {}): HashSource => ({
  header: (name) => given.headers?.[name] ?? null,
  query: "",
  clientIp: "",
  path: "/",
  ...given,
});
const keyOn = (on: readonly HashOn[], from: HashSource) => hashKeyOf({ on } as HashSettings, from);

describe("hashKeyOf", () => {
  it.each([
    ["a header", { type: "header", name: "x-user" }, source({ headers: { "x-user": "ann" } }), "ann"],
    ["a header that is not there", { type: "header", name: "x-user" }, source(), ""],
    [
      "a cookie among others",
      { type: "cookie", name: "sid" },
      source({ headers: { cookie: "a=1; sid=42; b=2" } }),
      "42",
    ],
    ["a quoted cookie", { type: "cookie", name: "sid" }, source({ headers: { cookie: 'sid="4=2"' } }), "4=2"],
    [
      "no cookie whose name only ends alike",
      { type: "cookie", name: "id" },
      source({ headers: { cookie: "sid=42" } }),
      "",
    ],
    ["a cookie the caller parsed", { type: "cookie", name: "sid" }, source({ cookie: (name) => `${name}!` }), "sid!"],
    ["a query parameter", { type: "query", name: "user" }, source({ query: "?a=1&user=ann&user=bob" }), "ann"],
    ["a decoded parameter", { type: "query", name: "us er" }, source({ query: "?us+er=%41nn" }), "Ann"],
    ["a parameter that cannot be decoded, as it is", { type: "query", name: "u" }, source({ query: "?u=%zz" }), "%zz"],
    ["the client's address", { type: "clientIp" }, source({ clientIp: "2001:db8::7" }), "2001:db8:0:0::/64"],
    ["the path", { type: "path" }, source({ path: "/a/b" }), "/a/b"],
  ] as const)("takes %s", (_, on, from, expected) => {
    expect(keyOn([on], from)).toBe(expected);
  });

  it("takes the first that the request has", () => {
    const on = [{ type: "header", name: "x-user" }, { type: "query", name: "u" }, { type: "path" }] as const;
    expect(keyOn(on, source({ headers: { "x-user": "" }, query: "?u=7" }))).toBe("7");
    expect(keyOn(on, source({ path: "/p" }))).toBe("/p");
  });

  it("has no key when nothing is configured or found", () => {
    expect(keyOn([], source({ path: "/p" }))).toBe("");
    expect(keyOn([{ type: "clientIp" }], source())).toBe("");
  });
});

describe("hashPoint", () => {
  it("spreads keys over [0, 1) and keeps each where it is", () => {
    const points = Array.from({ length: 4_000 }, (_, n) => hashPoint(`key-${n}`));
    expect(points).toEqual(points.map((_, n) => hashPoint(`key-${n}`)));
    const below = points.filter((point) => point < 0.3).length / points.length;
    // Five sigma of 4,000 draws at 0.3 are 0.036.
    expect(Math.abs(below - 0.3)).toBeLessThan(0.036);
    expect(Math.min(...points)).toBeGreaterThanOrEqual(0);
    expect(Math.max(...points)).toBeLessThan(1);
  });
});
