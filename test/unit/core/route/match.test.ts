import fc from "fast-check";
import { describe, expect, it } from "vitest";
import type { Mesh, RouteMatch } from "../../../../src/core/mesh.ts";
import type { RequestHead } from "../../../../src/core/request-head.ts";
import { seededRng } from "../../../../src/core/rng.ts";
import { matchRoute, pickBackend } from "../../../../src/core/route/match.ts";
import { queryValue } from "../../../../src/core/route/query-value.ts";
import { openRoutes } from "../../../../src/core/route/table.ts";
import { backend, head, match, meshOf, route } from "./request.ts";

const nameOf = (mesh: Mesh, request: RequestHead) => matchRoute(openRoutes(mesh), request)?.route.name ?? null;

describe("matchRoute", () => {
  const hosts = meshOf(
    route("any", ["*"], {}),
    route("wild", ["*.example.com"], {}),
    route("wilder", ["*.shop.example.com"], {}),
    route("exact", ["www.example.com", "shop.example.com"], {}),
  );

  it.each([
    ["an exact name before a wildcard", "www.example.com/", "exact"],
    ["one of several names", "shop.example.com/", "exact"],
    ["a wildcard for one label", "a.example.com/", "wild"],
    ["a wildcard for several labels", "a.b.example.com/", "wild"],
    ["the longest wildcard", "a.shop.example.com/", "wilder"],
    ["no wildcard for the name itself", "example.com/", "any"],
    ["no wildcard for a name that ends alike", "notexample.com/", "any"],
    ["any host", "other.org/", "any"],
    ["any host for no host", "/", "any"],
  ])("takes %s", (_, address, expected) => {
    expect(nameOf(hosts, head(address))).toBe(expected);
  });

  const paths = meshOf(
    route("root", ["*"], { path: "/" }),
    route("shop", ["*"], { path: "/shop/" }),
    route("cart", ["*"], { path: "/shop/cart" }),
    route("exact", ["*"], { exact: "/shop/cart" }),
    route("slash", ["*"], { exact: "/shop/" }),
    route("shopping", ["*"], { path: "/shopping/list" }),
  );

  it.each([
    ["an exact path before a prefix", "h/shop/cart", "exact"],
    ["the longest prefix", "h/shop/cart/1", "cart"],
    ["a prefix with a trailing slash for the path without one", "h/shop", "shop"],
    ["an exact path with its slash", "h/shop/", "slash"],
    ["a prefix only by whole elements", "h/shop/carts", "shop"],
    ["no prefix that ends inside an element", "h/shopping", "root"],
    ["a prefix longer by characters in another branch", "h/shopping/list/2", "shopping"],
    ["a path that goes on where nothing does", "h/shop/cart/1/2/3", "cart"],
    ["percent-encoding as it is", "h/shop%2Fcart", "root"],
    ["the root for the empty path", "h", "root"],
  ])("takes %s", (_, address, expected) => {
    expect(nameOf(paths, head(address))).toBe(expected);
  });

  const details = meshOf(
    route("plain", ["*"], {}),
    route("query", ["*"], { queryParams: [{ name: "a", value: "1" }] }),
    route("header", ["*"], { headers: [{ name: "x-a", value: "1" }] }),
    route("headers", ["*"], {
      headers: [
        { name: "x-a", value: "1" },
        { name: "x-b", value: "2" },
      ],
    }),
    route("method", ["*"], { method: "PUT" }),
    route("later", ["*"], { method: "PUT" }),
  );

  it.each([
    ["nothing in particular", head("h/"), "plain"],
    ["a query parameter", head("h/?b=2&a=1"), "query"],
    ["a query parameter of another value", head("h/?a=2"), "plain"],
    ["a header before a query parameter", head("h/?a=1", { headers: { "x-a": "1" } }), "header"],
    ["the most headers", head("h/", { headers: { "x-a": "1", "x-b": "2" } }), "headers"],
    ["a method before headers", head("h/", { method: "PUT", headers: { "x-a": "1", "x-b": "2" } }), "method"],
    ["another method", head("h/", { method: "POST" }), "plain"],
  ])("decides between matches of one path by %s", (_, request, expected) => {
    expect(nameOf(details, request)).toBe(expected);
  });

  it("falls back to a shorter prefix, then to a less specific host", () => {
    const mesh = meshOf(
      route("post", ["a.example.com"], { path: "/x/y", method: "POST" }),
      route("put", ["a.example.com"], { path: "/x", method: "PUT" }),
      route("wild", ["*.example.com"], { path: "/x", method: "PATCH" }),
      route("any", ["*"], { exact: "/x/y", method: "GET" }),
    );
    const of = (method: string) => nameOf(mesh, head("a.example.com/x/y", { method }));
    expect(["POST", "PUT", "PATCH", "GET", "HEAD"].map(of)).toEqual(["post", "put", "wild", "any", null]);
  });

  it("finds nothing without routes", () => {
    expect(matchRoute(openRoutes(meshOf()), head("h/"))).toBeNull();
  });

  it("hands out the rule that fits, the same object each time", () => {
    const rules = ["a", "b"].map((name) => ({ name, matches: [match({ path: `/${name}` })], backendRefs: [] }));
    const table = openRoutes(meshOf({ name: "r", hostnames: ["*"], rules }));
    expect(matchRoute(table, head("h/b"))?.rule.name).toBe("b");
    expect(matchRoute(table, head("h/b"))).toBe(matchRoute(table, head("h/b/c")));
  });

  it("looks at headers and query only when a rule whose path fits asks for them", () => {
    const table = openRoutes(
      meshOf(
        route("a", ["*"], { path: "/a", headers: [{ name: "x", value: "1" }] }),
        route("b", ["*"], { path: "/b" }),
      ),
    );
    const touchy: RequestHead = {
      ...head("h/b"),
      header: () => {
        throw new Error("looked at a header");
      },
    };
    expect(matchRoute(table, touchy)?.route.name).toBe("b");
  });

  it("agrees with scanning all rules and sorting by precedence", () => {
    fc.assert(
      fc.property(arbitraryMesh, fc.array(arbitraryHead, { minLength: 1, maxLength: 10 }), (mesh, heads) => {
        const table = openRoutes(mesh);
        for (const request of heads) expect(matchRoute(table, request)).toEqual(naiveMatch(mesh, request));
      }),
      { seed: 7, numRuns: 1_000 },
    );
  });
});

describe("pickBackend", () => {
  const ruleOf = (...weights: number[]) => ({
    name: "rule",
    matches: [],
    backendRefs: weights.map((weight, service) => backend(service, weight)),
  });

  it.each([
    ["without backends", []],
    ["when the only weight is 0", [0]],
    ["when all weights are 0", [0, 0]],
  ])("gives none %s", (_, weights) => {
    expect(pickBackend(ruleOf(...weights), () => 0.5)).toBeNull();
  });

  it("takes the only backend without asking for chance", () => {
    const noChance = () => {
      throw new Error("asked for chance");
    };
    expect(pickBackend(ruleOf(3), noChance)?.service).toBe(0);
  });

  it("draws by weight and never one of weight 0", () => {
    const rng = seededRng(11);
    const rule = ruleOf(1, 0, 3);
    const draws = 40_000;
    const counts = [0, 0, 0];
    for (let i = 0; i < draws; i++) counts[pickBackend(rule, rng)!.service]! += 1;
    // Binomial with p = 1/4: four standard deviations are 4·√(40000·0.25·0.75) ≈ 346.
    expect(Math.abs(counts[0]! - draws / 4)).toBeLessThan(346);
    expect(counts[1]).toBe(0);
  });

  it("takes the last backend of positive weight when rounding leaves a rest", () => {
    expect(pickBackend(ruleOf(1, 2, 0), () => 1)?.service).toBe(1);
  });
});

// ---- a second implementation, as plain as the words of the Gateway API -------------------------------------------------

function naiveMatch(mesh: Mesh, request: RequestHead) {
  const candidates = mesh.routes.flatMap((route) =>
    route.rules.flatMap((rule) =>
      rule.matches.flatMap((match) =>
        route.hostnames
          .filter((hostname) => hostFits(hostname, request.host) && fits(match, request))
          .map((hostname) => ({ hostname, match, route, rule })),
      ),
    ),
  );
  const precedence = ({ hostname, match }: (typeof candidates)[number]) => [
    hostname.includes("*") ? 0 : 1,
    hostname.length,
    match.path.type === "Exact" ? 1 : 0,
    match.path.value.replace(/\/$/, "").length,
    match.method === undefined ? 0 : 1,
    match.headers.length,
    match.queryParams.length,
  ];
  candidates.sort((a, b) => {
    const [left, right] = [precedence(a), precedence(b)];
    const differing = left.findIndex((value, index) => value !== right[index]);
    return differing === -1 ? 0 : right[differing]! - left[differing]!;
  });
  const best = candidates[0];
  return best === undefined ? null : { route: best.route, rule: best.rule, match: best.match };
}

function hostFits(hostname: string, host: string): boolean {
  if (hostname === "*" || hostname === host) return true;
  return hostname.startsWith("*.") && host.endsWith(hostname.slice(1)) && host.length > hostname.length - 1;
}

function fits({ path, method, headers, queryParams }: RouteMatch, request: RequestHead): boolean {
  const prefix = path.value.replace(/\/$/, "");
  const pathFits =
    path.type === "Exact"
      ? request.path === path.value
      : request.path === prefix || request.path.startsWith(`${prefix}/`);
  return (
    pathFits &&
    (method === undefined || method === request.method) &&
    headers.every(({ name, value }) => request.header(name) === value) &&
    queryParams.every(({ name, value }) => queryValue(request.query, name) === value)
  );
}

// Few letters, so that paths, hosts and values collide often.
const host = fc.constantFrom("a", "b.a", "c.b.a", "d.c.b.a", "xb.a");
const element = fc.constantFrom("a", "b", "ab", "abc", "ac");
const path = fc
  .tuple(fc.array(element, { maxLength: 4 }), fc.constantFrom("", "/"))
  .map(([elements, end]) => `/${elements.join("/")}${elements.length === 0 ? "" : end}`);
const value = fc.constantFrom("1", "2");
const named = (...names: string[]) =>
  fc
    .uniqueArray(fc.constantFrom(...names), { maxLength: 2 })
    .chain((picked) => fc.tuple(...picked.map((name) => fc.record({ name: fc.constant(name), value }))));
const method = fc.constantFrom("GET", "PUT");
const arbitraryMatch = fc.record(
  {
    path: fc.record({ type: fc.constantFrom("Exact" as const, "PathPrefix" as const), value: path }),
    method,
    headers: named("x-a", "x-b"),
    queryParams: named("q", "r"),
  },
  { requiredKeys: ["path", "headers", "queryParams"] },
);
const arbitraryMesh = fc
  .array(
    fc.record({
      hostnames: fc.uniqueArray(fc.oneof(host, fc.constantFrom("*", "*.a", "*.b.a", "*.c.b.a")), {
        minLength: 1,
        maxLength: 3,
      }),
      rules: fc.array(fc.array(arbitraryMatch, { minLength: 1, maxLength: 3 }), { minLength: 1, maxLength: 3 }),
    }),
    { maxLength: 6 },
  )
  .map((routes) =>
    meshOf(
      ...routes.map(({ hostnames, rules }, index) => ({
        name: `route-${index}`,
        hostnames,
        rules: rules.map((matches, rule) => ({
          name: `rule-${rule}`,
          matches: matches as RouteMatch[],
          backendRefs: [],
        })),
      })),
    ),
  );
const arbitraryHead = fc
  .record({
    host,
    path,
    method,
    query: fc.constantFrom("", "?q=1", "?q=2&r=1", "?r=1&q=1&q=2"),
    headers: fc.dictionary(fc.constantFrom("x-a", "x-b"), value),
  })
  .map(({ headers, ...rest }): RequestHead => ({ ...rest, header: (name) => headers[name] ?? null }));
