import { describe } from "vitest";
import { refuses, shop } from "./faulty.ts";

describe("load balancing", () => {
  refuses([
    [
      "a policy that does not exist",
      shop("loadBalancing: { policy: ring_hash }"),
      "services.shop.loadBalancing.policy",
      4,
      "expected one of adaptive, random",
      "ring-hash",
    ],
    [
      "a hash policy without a key",
      shop("loadBalancing: { policy: maglev }"),
      "services.shop.loadBalancing.policy",
      4,
      "nothing to hash",
      "hash: { on: [{ type: clientIp }] }",
    ],
    [
      "a policy from code without its name",
      shop("loadBalancing: { policy: extension }"),
      "services.shop.loadBalancing.policy",
      4,
      "extension names the policy",
      "extension: { name: … }",
    ],
    [
      "a policy from code beside a built-in one",
      shop("loadBalancing: { policy: random, extension: { name: mine } }"),
      "services.shop.loadBalancing.extension",
      4,
      "does not go with policy random",
    ],
    [
      "a key of an unknown kind",
      shop("loadBalancing: { hash: { on: [{ type: ip }] } }"),
      "services.shop.loadBalancing.hash.on[0].type",
      4,
      'expected one of header, cookie, query, clientIp, path, found "ip"',
    ],
    [
      "a key without its name",
      shop("loadBalancing: { hash: { on: [{ type: header }] } }"),
      "services.shop.loadBalancing.hash.on[0].name",
      4,
      "is missing",
    ],
    [
      "a name that its kind has not",
      shop("loadBalancing: { hash: { on: [{ type: path, name: x }] } }"),
      "services.shop.loadBalancing.hash.on[0].name",
      4,
      "does not go with the other keys",
    ],
    [
      "a bound below the average",
      shop("loadBalancing: { hash: { balanceFactorPercent: 100 } }"),
      "services.shop.loadBalancing.hash.balanceFactorPercent",
      4,
      "must be above 100, or 0",
    ],
    [
      "a table size that is no prime",
      shop("loadBalancing: { hash: { tableSize: 65536 } }"),
      "services.shop.loadBalancing.hash.tableSize",
      4,
      "not a prime",
      "65537",
    ],
    [
      "a ring whose bounds are crossed",
      shop("loadBalancing: { hash: { minimumRingSize: 9, maximumRingSize: 8 } }"),
      "services.shop.loadBalancing.hash.maximumRingSize",
      4,
      "less than minimumRingSize, 9",
    ],
    [
      "a score of nothing",
      shop("loadBalancing: { policy: score, score: { cost: 0 } }"),
      "services.shop.loadBalancing.score",
      4,
      "all weights are 0",
    ],
  ]);
});
