import { describe, expect, it } from "vitest";
import type { Listener } from "../../../../src/core/mesh.ts";
import { listenerFor, openListeners } from "../../../../src/core/route/listening.ts";
import { head } from "./request.ts";

const listener = (name: string, hostname: string, port = 0, protocol: Listener["protocol"] = null): Listener => ({
  name,
  hostname,
  port,
  protocol,
});

function taker(listeners: readonly Listener[], url: string): string | null {
  const { protocol, hostname, port } = new URL(url);
  const scheme = protocol.slice(0, -1);
  const request = head(`${hostname}/`, { scheme, ...(port !== "" && { port: Number(port) }) });
  const names = listeners.map(({ name }) => name);
  return listenerFor(openListeners(listeners, names), request);
}

describe("the listener that takes a request", () => {
  // The listeners of the conformance suite's httproute-listener-isolation.
  const isolated = [
    listener("empty", "*", 80),
    listener("wild", "*.example.com", 80),
    listener("wilder", "*.foo.example.com", 80),
    listener("exact", "abc.foo.example.com", 80),
  ];

  it.each([
    ["http://bar.com/", "empty"],
    ["http://bar.example.com/", "wild"],
    ["http://example.com/", "empty"],
    ["http://bar.foo.example.com/", "wilder"],
    ["http://abc.foo.example.com/", "exact"],
  ])("of those for one port is the most specific for %s: %s", (url, expected) => {
    expect(taker(isolated, url)).toBe(expected);
  });

  const ports = [
    listener("plain", "*", 80, "HTTP"),
    listener("secure", "*", 443, "HTTPS"),
    listener("admin", "admin.example.com", 8080),
  ];

  it.each([
    ["the scheme's own port", "http://a.example.com/", "plain"],
    ["the other scheme's", "https://a.example.com/", "secure"],
    ["a port by number", "http://admin.example.com:8080/", "admin"],
    ["a port that has no listener for the host", "http://a.example.com:8080/", null],
    ["a port that has no listener: it cannot have come in there", "http://a.example.com:1234/", "plain"],
    ["a port of the other protocol", "http://a.example.com:443/", "plain"],
  ])("is told by %s", (_, url, expected) => {
    expect(taker(ports, url)).toBe(expected);
  });

  it("is one for the port before one for any, and one for the protocol before one for both", () => {
    const listeners = [
      listener("any", "a.example.com"),
      listener("port", "*.example.com", 8080),
      listener("both", "b.example.com"),
      listener("https", "b.example.com", 0, "HTTPS"),
    ];
    expect(taker(listeners, "http://a.example.com:8080/")).toBe("port");
    expect(taker(listeners, "http://a.example.com/")).toBe("any");
    expect(taker(listeners, "https://b.example.com/")).toBe("https");
    expect(taker(listeners, "http://b.example.com/")).toBe("both");
    expect(taker(listeners, "http://a.org/")).toBeNull();
  });
});
