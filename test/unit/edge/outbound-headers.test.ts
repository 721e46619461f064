import { describe, expect, it } from "vitest";
import type { EdgeSettings, Endpoint, HeaderModifier } from "../../../src/core/mesh.ts";
import { addressOf } from "../../../src/edge/address.ts";
import { headersFor, hopsOf, outboundHeaders } from "../../../src/edge/outbound-headers.ts";

const settings: EdgeSettings = {
  mergeSlashes: true,
  xForwarded: "replace",
  forwarded: "off",
  via: true,
  maxHops: 3,
  timeoutHeader: true,
  coldWaitMs: 50,
  syncMinMs: 1_000,
  syncMaxMs: 5_000,
};
const address = addressOf("https://shop.example:8443/a", true);

function outbound(
  inbound: Record<string, string>,
  changes: Partial<EdgeSettings> = {},
  clientIp = "203.0.113.9",
  modifiers: readonly HeaderModifier[] | null = null,
) {
  const headers = new Headers(inbound);
  return outboundHeaders(headers, {
    address,
    settings: { ...settings, ...changes },
    clientIp,
    via: headers.get("via"),
    connection: headers.get("connection"),
    hasControls: headers.has("x-heddle-debug"),
    modifiers,
    trace: null,
  });
}

describe("outboundHeaders", () => {
  it("passes ordinary headers on", () => {
    expect(outbound({ accept: "text/html", "x-custom": "1" }).get("x-custom")).toBe("1");
  });

  it("strips what Connection names, and nothing that it may not name", () => {
    const headers = outbound({ connection: "keep-alive, X-Secret, not a token", "x-secret": "1", "keep-alive": "5" });
    expect(headers.has("x-secret")).toBe(false);
  });

  it.each([
    "proxy-connection",
    "proxy-authorization",
    "x-heddle-debug",
    "x-heddle-timeout-ms",
    "x-original-url",
    "x-rewrite-url",
    "x-forwarded-client-cert",
    "x-forwarded-port",
    "x-forwarded-prefix",
  ])("strips %s", (name) => {
    expect(outbound({ [name]: "spoofed" }).has(name)).toBe(false);
  });

  it("puts the downstream's address where it says another one itself", () => {
    expect([...outbound({ "x-real-ip": "1.2.3.4", "true-client-ip": "1.2.3.4" })]).toEqual(
      expect.arrayContaining([
        ["x-real-ip", "203.0.113.9"],
        ["true-client-ip", "203.0.113.9"],
      ]),
    );
    expect(outbound({ "x-real-ip": "1.2.3.4" }, {}, "").has("x-real-ip")).toBe(false);
    expect(outbound({}).has("x-real-ip")).toBe(false);
  });

  it("believes the words of a proxy in front where the config says that there is one", () => {
    const words = { "x-forwarded-port": "8443", "x-real-ip": "1.2.3.4" };
    expect(Object.fromEntries(outbound(words, { xForwarded: "append" }))).toMatchObject(words);
  });

  it("are changed by filters one after the other, before the mesh says its own", () => {
    const change = (value: string) => ({
      set: [
        ["x-a", value],
        ["x-forwarded-host", "forged"],
        ["x-forwarded-proto", "forged"],
      ] as const,
      add: [["x-b", value]] as const,
      remove: ["x-c"],
    });
    const headers = outbound({ "x-b": "0", "x-c": "1" }, {}, "203.0.113.9", [change("1"), change("2")]);
    expect([headers.get("x-a"), headers.get("x-b"), headers.has("x-c")]).toEqual(["2", "0, 1, 2", false]);
    expect([headers.get("x-forwarded-host"), headers.get("x-forwarded-proto")]).toEqual(["shop.example:8443", "https"]);
  });

  it("are changed by filters also where the mesh says nothing", () => {
    const plain = { via: false, timeoutHeader: false, xForwarded: "off" as const };
    const change = { set: [["x-a", "1"]] as const, add: [], remove: [] };
    expect(outbound({}, plain, "", [change]).get("x-a")).toBe("1");
  });

  it.each(["x-heddle-request-timeout-ms", "x-heddle-fault-abort"])("strips %s beside a token", (name) => {
    expect(outbound({ "x-heddle-debug": "token", [name]: "1" }).has(name)).toBe(false);
  });

  it("copies nothing when nothing is to be changed", () => {
    const plain = { ...settings, via: false, timeoutHeader: false, xForwarded: "off" as const };
    const origination = {
      address,
      settings: plain,
      clientIp: "",
      via: null,
      connection: null,
      hasControls: false,
      modifiers: null,
      trace: null,
    };
    const inbound = new Headers({ accept: "*/*" });
    expect(outboundHeaders(inbound, origination)).toBe(inbound);
    const proxied = new Headers({ "proxy-connection": "close" });
    expect(outboundHeaders(proxied, origination).has("proxy-connection")).toBe(false);
  });

  it("replaces what came as X-Forwarded-* from nobody knows where", () => {
    const headers = outbound({
      "x-forwarded-for": "10.0.0.1",
      "x-forwarded-host": "evil",
      "x-forwarded-proto": "http",
    });
    expect(headers.get("x-forwarded-for")).toBe("203.0.113.9");
    expect(headers.get("x-forwarded-host")).toBe("shop.example:8443");
    expect(headers.get("x-forwarded-proto")).toBe("https");
  });

  it("drops X-Forwarded-For when nobody knows the caller", () => {
    expect(outbound({ "x-forwarded-for": "10.0.0.1" }, {}, "").has("x-forwarded-for")).toBe(false);
  });

  it("extends the chain when told to", () => {
    const headers = outbound({ "x-forwarded-for": "10.0.0.1", "x-forwarded-host": "front" }, { xForwarded: "append" });
    expect(headers.get("x-forwarded-for")).toBe("10.0.0.1, 203.0.113.9");
    expect(headers.get("x-forwarded-host")).toBe("front");
  });

  it("leaves X-Forwarded-* alone when they are off", () => {
    expect(outbound({ "x-forwarded-for": "10.0.0.1" }, { xForwarded: "off" }).get("x-forwarded-for")).toBe("10.0.0.1");
  });

  it.each([
    ["replace", "203.0.113.9", 'for=203.0.113.9;host="shop.example:8443";proto=https'],
    ["append", "203.0.113.9", 'for=old, for=203.0.113.9;host="shop.example:8443";proto=https'],
    ["replace", "2001:db8::7", 'for="[2001:db8::7]";host="shop.example:8443";proto=https'],
    ["replace", "", 'for=unknown;host="shop.example:8443";proto=https'],
  ] as const)("writes Forwarded (%s, from %s)", (forwarded, clientIp, expected) => {
    expect(outbound({ forwarded: "for=old" }, { forwarded }, clientIp).get("forwarded")).toBe(expected);
  });

  it("adds itself to Via", () => {
    expect(outbound({}).get("via")).toBe("1.1 heddle");
    expect(outbound({ via: "1.1 front" }).get("via")).toBe("1.1 front, 1.1 heddle");
  });
});

describe("headersFor", () => {
  const endpoint = { headers: [["x-key", "secret"]] } as unknown as Endpoint;

  it("adds the endpoint's headers to a copy, so that a retry elsewhere does not carry them along", () => {
    const shared = new Headers({ accept: "*/*" });
    expect(headersFor(endpoint, shared, null).get("x-key")).toBe("secret");
    expect(shared.has("x-key")).toBe(false);
  });

  it("copies nothing when the endpoint has none", () => {
    const shared = new Headers();
    expect(headersFor({ headers: [] } as unknown as Endpoint, shared, null)).toBe(shared);
  });
});

describe("hopsOf", () => {
  it.each([
    [null, 0],
    ["1.1 front", 0],
    ["1.1 heddle", 1],
    ["1.1 heddle, 1.1 cdn, 1.1 heddle", 2],
  ])("counts how often %s names this mesh", (via, hops) => {
    expect(hopsOf(via)).toBe(hops);
  });
});
