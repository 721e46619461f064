import { describe, expect, it } from "vitest";
import type { RouteFilters } from "../../../../src/core/mesh.ts";
import { addressOf } from "../../../../src/edge/address.ts";
import { planOf } from "../../../../src/edge/filter/chain.ts";

const NONE: RouteFilters = {
  fault: null,
  cors: null,
  answer: null,
  requestHeaders: null,
  rewrite: null,
  mirrors: [],
  responseHeaders: null,
  extensions: [],
};
const address = addressOf("https://shop.example:8443/a/b?q", true);
const matched = { type: "PathPrefix", value: "/a" } as const;
const to = (value: string) => ({ type: "ReplacePrefixMatch", value }) as const;
const mirror = (service: number) => ({ service, policy: 0, fraction: 1, maxBodyBytes: 0 });
const headers = (name: string) => ({ set: [], add: [], remove: [name] });

describe("planOf", () => {
  it("leaves a request as it is where nothing is said of it", () => {
    const plan = planOf({ rule: NONE, backend: null }, address, matched);
    expect(plan).toEqual({ target: address, modifiers: null, mirrors: [], credentials: null, ruleCredentials: null });
    expect(plan.target).toBe(address);
  });

  it("rewrites host and path, and keeps the query", () => {
    const rule = { ...NONE, rewrite: { hostname: "one.example", path: to("/x") } };
    const { target } = planOf({ rule, backend: null }, address, matched);
    expect([target.authority, target.host, target.path, target.query]).toEqual([
      "one.example",
      "one.example",
      "/x/b",
      "?q",
    ]);
  });

  it("takes the backend's rewrite in place of the rule's", () => {
    const rule = { ...NONE, rewrite: { hostname: "one.example", path: to("/x") } };
    const backend = { ...NONE, rewrite: { hostname: null, path: to("/y") } };
    expect(planOf({ rule, backend }, address, matched).target).toMatchObject({ host: "shop.example", path: "/y/b" });
  });

  it("puts the rule's headers and mirrors before the backend's", () => {
    const rule = { ...NONE, requestHeaders: headers("rule"), mirrors: [mirror(1)] };
    const backend = { ...NONE, requestHeaders: headers("backend"), mirrors: [mirror(2)] };
    const { modifiers, mirrors } = planOf({ rule, backend }, address, matched);
    expect(modifiers).toEqual([headers("rule"), headers("backend")]);
    expect(mirrors.map(({ service }) => service)).toEqual([1, 2]);
  });
});
