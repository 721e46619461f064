import { describe, expect, it } from "vitest";
import { parseConfig } from "../../../../src/config/decode.ts";
import { refuses, route } from "./faulty.ts";

const listeners = (list: string, ...lines: string[]) => `${route(...lines, "rules: [{}]")}\nlisteners: ${list}`;

describe("listeners", () => {
  refuses([
    ["a name twice", listeners("[{ name: a }, { name: a, port: 80 }]"), "listeners[1].name", 7, "is named a already"],
    [
      "two that no request tells apart",
      listeners("[{ name: a, hostname: X.example, port: 80 }, { name: b, hostname: x.example, port: 80 }]"),
      "listeners[1]",
      7,
      "same hostname, port and protocol as listener 0",
    ],
    ["a port that is none", listeners("[{ name: a, port: 70000 }]"), "listeners[0].port", 7, "at most 65535"],
    [
      "a protocol that is not HTTP",
      listeners("[{ name: a, protocol: TCP }]"),
      "listeners[0].protocol",
      7,
      "HTTP, HTTPS",
    ],
    [
      "a route at a listener that is not there",
      listeners("[{ name: https }]", "listeners: [htps]"),
      "routes[0].listeners[0]",
      6,
      "there is no listener htps",
      "https",
    ],
    [
      "a route whose hosts none of its listeners takes",
      listeners('[{ name: a, hostname: "*.example.com" }]', "hostnames: [example.com, '*.org']"),
      "routes[0].hostnames",
      6,
      "none is among what its listeners take: *.example.com",
    ],
  ]);

  it("may take less than a route asks for", () => {
    const text = listeners("[{ name: a, hostname: shop.example.com }]", 'hostnames: ["*.example.com", other.org]');
    expect(parseConfig(text)).toMatchObject({ ok: true });
  });
});

describe("routing", () => {
  refuses([
    [
      "a precedence that is neither",
      `${route("rules: [{}]")}\nrouting: { precedence: random }`,
      "routing.precedence",
      7,
      "specificity, order",
    ],
  ]);
});
