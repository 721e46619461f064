import { describe } from "vitest";
import { refuses, shop } from "./faulty.ts";

describe("a service", () => {
  refuses([
    [
      "an id used twice",
      "services:\n  shop:\n    endpoints:\n      - { id: a, url: 'http://a' }\n      - { id: a, url: 'http://b' }\nroutes: [{ rules: [{}] }]",
      "services.shop.endpoints[1].id",
      5,
      "endpoints[0] has the id a already",
    ],
    [
      "a table smaller than the service",
      shop("loadBalancing: { policy: maglev, hash: { on: [{ type: path }], tableSize: 2 } }").replace(
        "[{ id: a,",
        "[{ id: c, url: 'http://c' }, { id: a,",
      ),
      "services.shop.loadBalancing.hash.tableSize",
      4,
      "cannot hold 3 endpoints",
    ],
    [
      "learning without the policy that learns",
      shop("loadBalancing: { policy: random }", "failover: { mode: learning }"),
      "services.shop.failover.mode",
      5,
      "learning needs the adaptive policy",
    ],
    ["a panic threshold below zero", shop("panicThreshold: -1"), "services.shop.panicThreshold", 4, "at least 0"],
    [
      "a slow start of no aggression",
      shop("slowStart: { aggression: 0 }"),
      "services.shop.slowStart.aggression",
      4,
      "above 0",
    ],
    [
      "a hedge of nothing that may be repeated",
      shop("retry: { methods: [], idempotencyKey: false }", "hedge: {}"),
      "services.shop.hedge",
      5,
      "nothing may be hedged",
    ],
  ]);
});

describe("a subset", () => {
  const subset = (text: string) => shop(`subsets: { v1: { labels: { version: v1 }, ${text} } }`);

  refuses([
    ["without labels", shop("subsets: { v1: {} }"), "services.shop.subsets.v1.labels", 4, "is missing"],
    ["with an unknown field", subset("endpoints: []"), "services.shop.subsets.v1.endpoints", 4, "not a known key"],
    [
      "that does not go with what it inherits",
      subset("loadBalancing: { policy: maglev }"),
      "services.shop.subsets.v1.loadBalancing.policy",
      4,
      "maglev has nothing to hash",
      "hash: { on: [{ type: clientIp }] }",
    ],
    [
      "by a name with a slash",
      shop("subsets: { a/b: { labels: {} } }"),
      'services.shop.subsets["a/b"]',
      4,
      "must be 1 to 63",
    ],
    [
      "that is not there",
      `${subset("failover: {}").replace("service: shop", "service: shop, subset: v2")}`,
      "routes[0].rules[0].backendRefs[0].subset",
      5,
      "service shop has no subset v2",
      "v1",
    ],
  ]);
});

describe("an alias", () => {
  refuses([
    [
      "that is a service's name",
      shop("aliases: [cart]").replace("  shop:", "  cart: { endpoints: [] }\n  shop:"),
      "services.shop.aliases[0]",
      5,
      "service cart has this name already",
    ],
    [
      "that is listed twice",
      shop("aliases: [a, a]"),
      "services.shop.aliases[1]",
      4,
      "service shop has this name already",
    ],
  ]);
});
