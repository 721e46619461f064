import { describe } from "vitest";
import { refuses, route, rule } from "./faulty.ts";

describe("routes", () => {
  refuses([
    ["a route without rules", route("name: a"), "routes[0].rules", 6, "is missing"],
    ["a host with a port", route('hostnames: ["a:80"]', "rules: [{}]"), "routes[0].hostnames[0]", 6, "without a port"],
    ["no host at all", route("hostnames: []", "rules: [{}]"), "routes[0].hostnames", 6, "at least 1 entry"],
    [
      "a wildcard inside a name",
      route('hostnames: ["a.*.b"]', "rules: [{}]"),
      "routes[0].hostnames[0]",
      6,
      "must be a host name",
    ],
    [
      "a path type that does not exist",
      rule("matches: [{ path: { type: Prefix, value: / } }]"),
      "routes[0].rules[0].matches[0].path.type",
      7,
      "expected one of Exact, PathPrefix",
    ],
    [
      "a relative path",
      rule("matches: [{ path: { value: a } }]"),
      "routes[0].rules[0].matches[0].path.value",
      7,
      'must start with "/"',
    ],
    [
      "a path with a query",
      rule('matches: [{ path: { value: "/a?b" } }]'),
      "routes[0].rules[0].matches[0].path.value",
      7,
      'no spaces, "?" or "#"',
    ],
    [
      "a path with dots",
      rule("matches: [{ path: { value: /a/../b } }]"),
      "routes[0].rules[0].matches[0].path.value",
      7,
      '"/../"',
    ],
    [
      "a method in lower case",
      rule("matches: [{ method: post }]"),
      "routes[0].rules[0].matches[0].method",
      7,
      "expected one of",
      "POST",
    ],
    [
      "a header asked for twice",
      rule("matches: [{ headers: [{ name: X-A, value: b }, { name: x-a, value: c }] }]"),
      "routes[0].rules[0].matches[0].headers[1].name",
      7,
      "listed twice",
    ],
    [
      "a query parameter asked for twice",
      rule("matches: [{ queryParams: [{ name: a, value: b }, { name: a, value: c }] }]"),
      "routes[0].rules[0].matches[0].queryParams[1].name",
      7,
      "listed twice",
    ],
    [
      "a header without a value",
      rule("matches: [{ headers: [{ name: a }] }]"),
      "routes[0].rules[0].matches[0].headers[0].value",
      7,
      "is missing",
    ],
    [
      "a weight in parts",
      rule("backendRefs: [{ service: shop, weight: 0.5 }]"),
      "routes[0].rules[0].backendRefs[0].weight",
      7,
      "whole number",
    ],
  ]);
});
