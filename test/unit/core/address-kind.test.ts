import { describe, expect, it } from "vitest";
import { ipv4Kind, ipv6Kind } from "../../../src/core/address-kind.ts";

describe("ipv4Kind", () => {
  it.each([
    ["9.255.255.255", "public"],
    ["10.0.0.0", "private"],
    ["10.255.255.255", "private"],
    ["11.0.0.0", "public"],
    ["100.63.255.255", "public"],
    ["100.128.0.0", "public"],
    ["172.15.255.255", "public"],
    ["192.0.0.192", "metadata"],
    ["192.0.0.1", "reserved"],
    ["198.17.255.255", "public"],
    ["198.18.0.0", "private"],
    ["198.20.0.0", "public"],
    ["223.255.255.255", "public"],
    ["240.0.0.1", "reserved"],
    ["256.0.0.1", null],
    ["1.2.3", null],
    ["1.2.3.4.5", null],
    ["a.b.c.d", null],
  ])("%s is %s", (text, kind) => {
    expect(ipv4Kind(text)).toBe(kind);
  });
});

describe("ipv6Kind", () => {
  it.each([
    ["2606:4700:4700::1111", "public"],
    ["::ffff:8.8.8.8", "public"],
    ["64:ff9b::8.8.8.8", "public"],
    ["2002:808:808::", "public"],
    ["2606:4700::5efe:8.8.8.8", "public"],
    ["fe80::5efe:8.8.8.8", "link-local"],
    ["fe80::200:5efe:8.8.8.8", "link-local"],
    ["fd12:3456::5efe:8.8.8.8", "private"],
    ["2001:db8::5efe:8.8.8.8", "private"],
    ["64:ff9b:1:a9fe:a9:fe00:808:808", "reserved"],
    ["64:ff9b:0:0:0:1:808:808", "reserved"],
    ["fec0::1", "private"],
    ["fdff:ffff::", "private"],
    ["febf::", "link-local"],
    ["100::1", "reserved"],
    ["5f00::1", "reserved"],
    ["3fff:fff::", "private"],
    ["3fff:1000::", "public"],
    ["::", "reserved"],
    ["::2", "reserved"],
    ["1:2:3:4:5:6:7:8", "reserved"],
    ["1:2:3:4:5:6:7", null],
    ["1::2::3", null],
    ["1:2:3:4:5:6:7:8::", null],
    [":::", null],
    ["::ffff:999.1.1.1", null],
    ["::g", null],
    ["", null],
  ])("%s is %s", (text, kind) => {
    expect(ipv6Kind(text)).toBe(kind);
  });
});
