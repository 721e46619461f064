import { describe, expect, it } from "vitest";
import { parseConfig } from "../../../../src/config/decode.ts";
import { type Row, refuses } from "./faulty.ts";

/** A limit in place of a rule's; its fields are on line 2. */
const limit = (fields: string) =>
  [
    "rateLimits:",
    `  some: { ${fields} }`,
    "services: { shop: { endpoints: [{ id: a, url: 'http://a' }] } }",
    "routes: [{ rules: [{ backendRefs: [{ service: shop }] }] }]",
  ].join("\n");

/** The uses of limits a, b and (by principal) mine are on lines 8 and 9. */
const used = (route: string, rule: string) =>
  [
    "rateLimits:",
    "  per-client: { limit: 10, window: 1m }",
    "  daily: { algorithm: quota, limit: 10, period: day }",
    "  mine: { limit: 10, window: 1m, key: [principal] }",
    `authentication: { providers: { team: { type: APIKey, keys: { ann: { sha256: ${"a".repeat(64)} } } } } }`,
    "services: { shop: { endpoints: [{ id: a, url: 'http://a' }] } }",
    "routes:",
    `  - { ${route}`,
    `      rules: [{ ${rule} backendRefs: [{ service: shop }] }] }`,
  ].join("\n");

const own = (fields: string, path: string, message: string): Row => [
  `${path} of { ${fields} }`,
  limit(fields),
  `rateLimits.some${path === "" ? "" : `.${path}`}`,
  2,
  message,
];

describe("rate limits", () => {
  refuses([
    own("limit: 10", "window", "is required for token-bucket"),
    own("limit: 10, algorithm: quota", "period", "is required for quota"),
    own("limit: 10, algorithm: quota, period: day, window: 1m", "window", "has no meaning for quota"),
    own("limit: 10, algorithm: sliding-window, window: 1m, burst: 5", "burst", "it belongs to token-bucket"),
    own("limit: 10, window: 1m, maxHold: 5s", "maxHold", "it belongs to concurrency"),
    own("limit: 0, window: 1m", "limit", "1"),
    own("limit: 10, window: 500ms", "window", "from 1s to 24h"),
    own("limit: 4097, algorithm: sliding-log, window: 1m", "limit", "sliding-window has no such bound"),
    own("limit: 10, algorithm: sliding-log, window: 1m, scope: global", "scope", "must be local for sliding-log"),
    own("limit: 10, algorithm: concurrency, scope: colo", "scope", "must be local for concurrency"),
    own("limit: 10, algorithm: concurrency, cost: 2", "cost", "a request takes one place"),
    own("limit: 10, window: 1m, cost: 11", "cost", "above the limit of 10: such a request could never pass"),
    own("limit: 10, window: 1m, burst: 4, cost: 5", "cost", "above the burst of 4"),
    own("limit: 10, window: 1m, cost: { header: x-cost }", "cost.max", "100 is above the limit of 10"),
    own("limit: 10, window: 1m, cost: { header: x-cost, max: 5, default: 6 }", "cost.default", "not be above max"),
    own(
      "limit: 10, algorithm: token-bucket, window: 1m, scope: colo, binding: RL",
      "algorithm",
      "must be sliding-window for scope colo",
    ),
    own("limit: 10, algorithm: sliding-window, window: 30s, scope: colo, binding: RL", "window", "10s or 1m"),
    own("limit: 10, algorithm: sliding-window, window: 1m, scope: colo", "binding", "[[ratelimits]]"),
    own("limit: 10, algorithm: sliding-window, window: 60s, scope: colo, binding: a-b", "binding", "name of a binding"),
    own("limit: 10, algorithm: sliding-window, window: 1m, scope: colo, binding: RL, cost: 2", "cost", "must be 1"),
    own("limit: 10, window: 1m, binding: RL", "binding", "only scope colo asks a binding"),
    own("limit: 10, window: 1m, onFailure: closed", "onFailure", "nobody else is asked"),
    own("limit: 10, window: 1m, key: [{ ip: { v6Prefix: 129 } }]", "key[0].ip.v6Prefix", "128"),
    [
      "a name that nothing has",
      used("rateLimits: [per-clint],", ""),
      "routes[0].rateLimits[0]",
      8,
      "there is no rate limit per-clint",
      "per-client",
    ],
    [
      "a name twice",
      used("", "rateLimits: [daily, daily],"),
      "routes[0].rules[0].rateLimits[1]",
      9,
      "is there already",
    ],
    [
      "a key by callers whom nobody asks",
      used("", "rateLimits: [mine],"),
      "routes[0].rules[0].rateLimits[0]",
      9,
      "counts by principal, but nobody is asked who they are here",
    ],
    [
      "a fault of a limit in its place",
      used("", "rateLimits: [{ limit: 5 }],"),
      "routes[0].rules[0].rateLimits[0].window",
      9,
      "is required for token-bucket",
    ],
  ]);

  it.each([
    ["a limit and its window", limit("limit: 10, window: 1m")],
    [
      "every part of a key",
      limit(
        "limit: 10, window: 1m, key: [ip, principal, country, asn, { ip: { v6Prefix: 48 } }, { cookie: sid }, { claim: sub }, { claim: [realm, role] }]",
      ),
    ],
    ["a binding's limit", limit("limit: 9, algorithm: sliding-window, window: 10s, scope: colo, binding: RL, cost: 1")],
    [
      "a binding's limit, counted as it is where nothing is said",
      limit("limit: 9, window: 1m, scope: colo, binding: RL"),
    ],
    ["places", limit("limit: 9, algorithm: concurrency, maxHold: 10s")],
    ["callers who are asked", used("authentication: { providers: [team] }, rateLimits: [mine],", "")],
    ["callers whom the rule asks", used("rateLimits: [mine],", "authentication: { providers: [team] },")],
  ])("take %s", (_, text) => {
    expect(parseConfig(text)).toMatchObject({ ok: true });
  });
});
