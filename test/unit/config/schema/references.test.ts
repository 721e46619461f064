import { describe, expect, it } from "vitest";
import { parseConfig } from "../../../../src/config/decode.ts";
import { refuses, route, rule, shop } from "./faulty.ts";

describe("references", () => {
  refuses([
    [
      "a fallback to nowhere",
      shop("fallback: [{ service: cart }]").replace(
        "shop:",
        "carts: &c { endpoints: [{ id: a, url: 'http://a' }] }\n  shop:",
      ),
      "services.shop.fallback[0].service",
      5,
      "there is no service cart",
      "carts",
    ],
    [
      "a fallback to itself",
      shop("fallback: [{ service: shop }]"),
      "services.shop.fallback[0].service",
      4,
      "cannot fall back to itself",
    ],
    [
      "a route named twice",
      `${route("name: a", "rules: [{}]")}\n  - { name: a, rules: [{}] }`,
      "routes[1].name",
      8,
      "route 0 is named a already",
    ],
    [
      "a route with the name of one that has none",
      `${route("rules: [{}]")}\n  - { name: route-0, rules: [{}] }`,
      "routes[1].name",
      7,
      "route 0 is named route-0 already",
    ],
    [
      "a rule named twice",
      route("rules: [{ name: a }, { name: a }]"),
      "routes[0].rules[1].name",
      6,
      "rule 0 is named a already",
    ],
    [
      "a service that does not exist",
      rule("backendRefs: [{ service: shpo }]"),
      "routes[0].rules[0].backendRefs[0].service",
      7,
      "there is no service shpo",
      "shop",
    ],
    [
      "a service that nothing resembles",
      rule("backendRefs: [{ service: warehouse }]"),
      "routes[0].rules[0].backendRefs[0].service",
      7,
      "there is no service warehouse",
    ],
    [
      "a service by a name of every object",
      rule("backendRefs: [{ service: constructor }]"),
      "routes[0].rules[0].backendRefs[0].service",
      7,
      "there is no service constructor",
    ],
    [
      "an attempt longer than the request of its service",
      rule("backendRefs: [{ service: cart }, { service: shop }]", "timeouts: { backendRequest: 6s }"),
      "routes[0].rules[0].timeouts.backendRequest",
      8,
      "6s is more than 5s",
    ],
    [
      "an attempt longer than its own request",
      rule("backendRefs: [{ service: cart }]", "timeouts: { request: 1s, backendRequest: 6s }"),
      "routes[0].rules[0].timeouts.backendRequest",
      8,
      "6s is more than 1s",
    ],
    [
      "a hedge of nothing that may be repeated",
      rule("backendRefs: [{ service: shop }]", "retry: { methods: [], idempotencyKey: false }", "hedge: {}"),
      "routes[0].rules[0].hedge",
      9,
      "nothing may be hedged",
    ],
  ]);
});

describe("several faults that belong together", () => {
  it("are all reported for a service name that cannot be one", () => {
    const text = shop().replace("  shop:", "  shop 1:").replace("service: shop", "service: shop 1");
    const result = parseConfig(text);
    expect(result.ok ? [] : result.faults.map(({ path, line }) => [path, line])).toEqual([
      ['services["shop 1"]', 2],
      ["routes[0].rules[0].backendRefs[0].service", 4],
    ]);
  });

  it("name a circle of fallbacks once, where it closes", () => {
    const services = ["a", "b", "c"].map(
      (name, index, names) =>
        `  ${name}: { endpoints: [{ id: x, url: "http://x" }], fallback: [{ service: ${names[(index + 1) % 3]} }] }`,
    );
    const result = parseConfig(["services:", ...services, "routes: [{ rules: [{}] }]"].join("\n"));
    expect(result).toMatchObject({
      ok: false,
      faults: [{ path: "services.c.fallback[0].service", line: 4, message: "falls back in a circle: a → b → c → a" }],
    });
  });
});
