import { describe, expect, it } from "vitest";
import type { RateLimitKeyPart } from "../../../../src/core/mesh.ts";
import { ANONYMOUS, type Principal } from "../../../../src/core/principal.ts";
import {
  costOf,
  countedKey,
  digestOf,
  digestsFor,
  type Keyed,
  keyOf,
} from "../../../../src/edge/rate-limit/request-key.ts";

const SUBJECT: Principal = {
  kind: "jwt",
  id: "https://idp/ann",
  claims: { sub: "ann", tier: { name: "gold" }, roles: ["a", "b"], level: 3, none: null },
  presented: ["idp"],
};

function requestWith(headers: Record<string, string>, more: object = {}, cf: object = {}): Keyed {
  const request = new Request("http://shop.test/a?x=1&x=2&y=%41", { method: "POST", headers });
  Object.defineProperty(request, "cf", { value: cf });
  return {
    request,
    address: { host: "shop.test", path: "/a", query: "?x=1&v=3&x=2&y=%41&w=5&w=%35" },
    matched: { route: { name: "shop" } },
    isolate: { dev: false },
    ...more,
  } as unknown as Keyed;
}

const FULL = requestWith(
  { "cf-connecting-ip": "2001:db8::1", "x-tenant": "t1", cookie: 'a=1; sid="s1"' },
  { principal: SUBJECT },
  { country: "DE", asn: 64_500 },
);

describe("the key of a request", () => {
  it.each([
    [{ type: "ip", v6Prefix: 64 }, "20010db8:0:/64"],
    [{ type: "header", name: "x-tenant" }, "t1"],
    [{ type: "cookie", name: "sid" }, "s1"],
    // Endpoints may take the first or the last: whoever makes one of them up must not count as somebody else each time.
    [{ type: "query", name: "x" }, ""],
    [{ type: "query", name: "w" }, "5"],
    [{ type: "query", name: "y" }, "A"],
    [{ type: "claim", claim: ["sub"] }, "ann"],
    [{ type: "claim", claim: ["tier", "name"] }, "gold"],
    [{ type: "claim", claim: ["tier"] }, '{"name":"gold"}'],
    [{ type: "claim", claim: ["roles"] }, '["a","b"]'],
    [{ type: "claim", claim: ["level"] }, "3"],
    [{ type: "claim", claim: ["none"] }, ""],
    [{ type: "claim", claim: ["absent"] }, ""],
    [{ type: "claim", claim: ["constructor"] }, ""],
    [{ type: "principal" }, "jwt/https://idp/ann"],
    [{ type: "country" }, "DE"],
    [{ type: "asn" }, "64500"],
    [{ type: "host" }, "shop.test"],
    [{ type: "method" }, "POST"],
    [{ type: "path" }, "/a"],
    [{ type: "route" }, "shop"],
  ] as [RateLimitKeyPart, string][])("by %j is %j", (part, key) => {
    expect(keyOf([part], FULL)).toBe(key);
  });

  it("is empty for what the request lacks, and for nobody", () => {
    const parts = [
      { type: "ip", v6Prefix: 64 },
      { type: "header", name: "x-tenant" },
      { type: "cookie", name: "sid" },
      { type: "query", name: "z" },
      { type: "claim", claim: ["sub"] },
      { type: "principal" },
      { type: "country" },
      { type: "asn" },
    ] as const;
    for (const principal of [undefined, ANONYMOUS]) {
      const bare = requestWith({}, principal === undefined ? {} : { principal });
      expect(parts.map((part) => keyOf([part], bare))).toEqual(parts.map(() => ""));
    }
    expect(keyOf([], FULL)).toBe("");
  });

  it("is of all parts, in their order", () => {
    const parts = [{ type: "header", name: "x-tenant" }, { type: "method" }] as const;
    expect(keyOf(parts, FULL)).toBe("2:t14:POST");
    expect(keyOf(parts, requestWith({}))).toBe("0:4:POST");
  });

  it("is by what the mesh says of the caller, not by what the caller says under that name", () => {
    const said = requestWith({ "x-tier": "gold" }, { imposed: { set: [["x-tier", "free"]], add: [], remove: [] } });
    expect(keyOf([{ type: "header", name: "x-tier" }], said)).toBe("free");
    expect(costOf({ type: "header", name: "x-cost", default: 4, max: 9 }, said)).toBe(4);
  });

  it("has a digest that nothing else looks like", async () => {
    expect(await digestOf("abc")).toBe("#ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
  });
});

describe("what a limit counts by", () => {
  const SAID = { type: "header", name: "x-api-key" } as const;
  const IP = { type: "ip", v6Prefix: 64 } as const;
  const COLO = { type: "colo", binding: "LIMITS" } as const;

  it.each([
    [[SAID], { type: "global" }, true],
    [[IP, { type: "cookie", name: "sid" }], COLO, true],
    [[{ type: "query", name: "token" }], { type: "global" }, true],
    [[SAID], { type: "local" }, false],
    [[IP, { type: "claim", claim: ["sub"] }, { type: "principal" }], { type: "global" }, false],
  ] as const)("is hidden from others where callers say it: %j, %j: %s", (key, scope, isHidden) => {
    expect(digestsFor({ key, scope }) !== null).toBe(isHidden);
  });

  it("is the digest of a key that is hidden, at once from the second time on, and nothing for none", async () => {
    const digests = digestsFor({ key: [SAID], scope: { type: "global" } });
    const digest = await countedKey("secret-key", digests);
    expect(digest).toBe(await digestOf("secret-key"));
    expect(countedKey("secret-key", digests)).toBe(digest);
    expect(countedKey("", digests)).toBe("");
    expect(countedKey("secret-key", null)).toBe("secret-key");
    expect(await countedKey("x".repeat(257), null)).toMatch(/^#[0-9a-f]{64}$/);
  });

  it("is remembered of so many keys only", async () => {
    const digests = digestsFor({ key: [SAID], scope: { type: "global" } })!;
    for (let at = 0; at < 3_000; at += 1) await countedKey(`key-${at}`, digests);
    await countedKey("x".repeat(10_000), digests);
    expect(digests.size).toBeLessThanOrEqual(2_048);
    expect([...digests.keys()].every((key) => key.length < 257)).toBe(true);
  });
});
