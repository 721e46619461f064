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
