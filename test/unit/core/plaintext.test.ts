import { describe, expect, it } from "vitest";
import { endpointsUnder, originUnder } from "../../../src/core/plaintext.ts";
import { endpointOf } from "../../fixtures/meshes.ts";

describe("an origin without TLS", () => {
  it.each([
    ["allow", "http://shop.example.com", "http://shop.example.com"],
    ["private", "http://shop.example.com", null],
    ["private", "http://203.0.114.1:8080", null],
    ["private", "http://shop.default.svc.cluster.local:8080", "http://shop.default.svc.cluster.local:8080"],
    ["private", "http://127.0.0.1:8080", "http://127.0.0.1:8080"],
    ["private", "http://[fd00::1]:8080", "http://[fd00::1]:8080"],
    ["private", "http://[2606:4700::1]", null],
    ["private", "http://shop.example.com.:8080", null],
    ["private", "http://shop.internal.", "http://shop.internal."],
    ["refuse", "http://127.0.0.1:8080", null],
    ["upgrade", "http://shop.example.com", "https://shop.example.com"],
    ["upgrade", "http://shop.example.com:8080", "https://shop.example.com:8080"],
  ] as const)("under %s, %s becomes %s", (plaintext, origin, expected) => {
    expect(originUnder(plaintext, origin)).toBe(expected);
  });

  it.each(["allow", "private", "refuse", "upgrade"] as const)("is no matter to one with TLS, under %s", (plaintext) => {
    expect(originUnder(plaintext, "https://shop.example.com")).toBe("https://shop.example.com");
  });
});

describe("endpoints", () => {
  const open = endpointOf("open", "http://shop.example.com");
  const near = endpointOf("near", "http://10.0.0.1");
  const safe = endpointOf("safe", "https://shop.example.com");

  it("are those that may be asked, as they may be asked", () => {
    const all = [open, near, safe];
    expect(endpointsUnder("private", all)).toEqual([near, safe]);
    expect(endpointsUnder("refuse", all)).toEqual([safe]);
    expect(endpointsUnder("upgrade", all)).toEqual([
      { ...open, origin: "https://shop.example.com" },
      { ...near, origin: "https://10.0.0.1" },
      safe,
    ]);
  });

  it("are the same list where nothing is to be changed", () => {
    const all = [near, safe];
    expect(endpointsUnder("private", all)).toBe(all);
    expect(endpointsUnder("allow", [open])).toEqual([open]);
  });
});
