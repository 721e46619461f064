import fc from "fast-check";
import { describe, expect, it } from "vitest";
import type { Mesh, RoutePrecedence } from "../../../../src/core/mesh.ts";
import type { RequestHead } from "../../../../src/core/request-head.ts";
import { seededRng } from "../../../../src/core/rng.ts";
import { matchRoute, pickBackend } from "../../../../src/core/route/match.ts";
import { openRoutes } from "../../../../src/core/route/table.ts";
import { arbitraryHead, arbitraryMesh } from "./arbitrary-mesh.ts";
import { naiveMatch } from "./naive.ts";
import { backend, CATCH_ALL, head, match, meshOf, named, not, route, routeOf } from "./request.ts";

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
    route("query", ["*"], { queryParams: [named("a", "1")] }),
    route("header", ["*"], { headers: [named("x-a", "1")] }),
    route("headers", ["*"], {
      headers: [named("x-a", "1"), named("x-b", "2")],
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
    const table = openRoutes(meshOf(routeOf("r", ["*"], [[match({ path: "/a" })], [match({ path: "/b" })]])));
    expect(matchRoute(table, head("h/b"))?.rule.name).toBe("rule-1");
    expect(matchRoute(table, head("h/b"))).toBe(matchRoute(table, head("h/b/c")));
  });

  it("looks at headers and query only when a rule whose path fits asks for them", () => {
    const table = openRoutes(
      meshOf(route("a", ["*"], { path: "/a", headers: [named("x", "1")] }), route("b", ["*"], { path: "/b" })),
    );
    const touchy: RequestHead = {
      ...head("h/b"),
      header: () => {
        throw new Error("looked at a header");
      },
    };
    expect(matchRoute(table, touchy)?.route.name).toBe("b");
  });

  const kinds = meshOf(
    route("long", ["*"], { path: "/shop/cart" }),
    route("text", ["*"], { start: "/shop/ca" }),
    route("regex", ["*"], { regex: "/shop/c.*[0-9]" }),
    route("longer", ["*"], { regex: "/shop/c.*[0-9][0-9]" }),
    route("exact", ["*"], { exact: "/shop/cart/77" }),
    route("folded", ["*"], { exact: "/SHOP/Cart/77", ignoreCase: true }),
    route("any", ["*"], { path: "/Shop", ignoreCase: true }),
  );

  it.each([
    ["an exact path before a regular expression", "h/shop/cart/77", "exact"],
    ["the longer of two regular expressions", "h/shop/cart/78", "longer"],
    ["a regular expression before a longer prefix", "h/shop/cart/x7", "regex"],
    ["a regular expression for all of the path only", "h/shop/cart/7x", "long"],
    ["a prefix by character where no element ends", "h/shop/cab", "text"],
    ["a prefix by element before a shorter one by character", "h/shop/cart", "long"],
    ["a path in another case", "h/shop/Cart/77", "folded"],
    ["a prefix in another case, by element", "h/sHOP/x", "any"],
    ["no prefix in another case that ends inside an element", "h/sHOPs", null],
  ])("takes %s", (_, address, expected) => {
    expect(nameOf(kinds, head(address))).toBe(expected);
  });

  it.each([
    ["a prefix", "abc", named("x", "ab", "Prefix"), true],
    ["a suffix", "abc", named("x", "bc", "Suffix"), true],
    ["a regular expression, whole", "abc", named("x", "a.c", "RegularExpression"), true],
    ["no part of a value", "abcd", named("x", "a.c", "RegularExpression"), false],
    ["presence", "", named("x", "", "Present"), true],
    ["no presence of what is not there", null, named("x", "", "Present"), false],
    ["another value than one, with another", "b", not(named("x", "a")), true],
    ["another value than one, with that one", "a", not(named("x", "a")), false],
    ["another value than one, with none", null, not(named("x", "a")), true],
    ["absence", null, not(named("x", "", "Present")), true],
  ])("can ask for %s of a header and of a query parameter", (_, value, condition, expected) => {
    const byHeader = meshOf(route("r", ["*"], { headers: [condition] }));
    const byQuery = meshOf(route("r", ["*"], { queryParams: [condition] }));
    expect(nameOf(byHeader, head("h/", { headers: value === null ? {} : { x: value } }))).toBe(expected ? "r" : null);
    expect(nameOf(byQuery, head(value === null ? "h/" : `h/?x=${value}`))).toBe(expected ? "r" : null);
  });

  it("goes by the order of the config alone where the mesh says so, and never leaves the most specific host", () => {
    const ordered = (precedence: RoutePrecedence) => ({
      ...meshOf(
        route("any", ["*"], { exact: "/elsewhere" }),
        route("first", ["a"], { start: "/a" }),
        route("exact", ["a"], { exact: "/a/b", method: "GET" }),
      ),
      precedence,
    });
    expect(nameOf(ordered("order"), head("a/a/b"))).toBe("first");
    expect(nameOf(ordered("specificity"), head("a/a/b"))).toBe("exact");
    expect(nameOf(ordered("order"), head("a/elsewhere"))).toBeNull();
    expect(nameOf(ordered("specificity"), head("a/elsewhere"))).toBe("any");
  });

  it("says which match fitted and which listener took the request", () => {
    const both = routeOf("r", ["*"], [[match({ path: "/a" }), match({ path: "/b" })]], [0, 1]);
    const secure = { ...CATCH_ALL, name: "secure", protocol: "HTTPS" as const, port: 443 };
    const plain = { ...CATCH_ALL, name: "plain", protocol: "HTTP" as const, port: 80 };
    const table = openRoutes({ ...meshOf(both), listeners: [plain, secure] });
    const found = matchRoute(table, head("h/b/c", { scheme: "https" }));
    expect(found).toEqual({ route: both, rule: both.rules[0], match: match({ path: "/b" }), listener: secure });
  });

  it("looks a value up where many rules differ in it alone, whatever the order of the rest", () => {
    const tenant = (i: number) => match({ path: "/a", headers: [named("x-tenant", `t${i}`)] });
    const rules = Array.from({ length: 100 }, (_, i) => [tenant(i)]);
    const special = [match({ path: "/a", headers: [named("x-tenant", "t7"), named("x-b", "1")] })];
    const table = openRoutes(meshOf(routeOf("r", ["*"], [...rules, special, [match({ path: "/a" })]])));
    const asked: string[] = [];
    const request = (headers: Record<string, string>): RequestHead => ({
      ...head("h/a"),
      header: (name) => {
        asked.push(name);
        return headers[name] ?? null;
      },
    });
    const ruleFor = (headers: Record<string, string>) => matchRoute(table, request(headers))?.rule.name;
    expect(ruleFor({ "x-tenant": "t42" })).toBe("rule-42");
    expect(ruleFor({ "x-tenant": "t7", "x-b": "1" })).toBe("rule-100");
    expect(ruleFor({ "x-tenant": "t7" })).toBe("rule-7");
    expect(ruleFor({ "x-tenant": "nobody" })).toBe("rule-101");
    expect(ruleFor({})).toBe("rule-101");
    // Once to look it up, and again by the one or two rules that it leads to: not by a hundred.
    expect(asked.length).toBeLessThan(20);
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
    ...routeOf("r", ["*"], [[]]).rules[0]!,
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

  it("draws what may not be used too, for its share", () => {
    const rule = { ...ruleOf(1, 1), backendRefs: [backend(-1, 1), backend(0, 1)] };
    expect(pickBackend(rule, () => 0.4)?.service).toBe(-1);
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
