import { describe, expect, it } from "vitest";
import { kindOfHost } from "../../../src/core/host-kind.ts";

describe("the kind of a host", () => {
  it.each([
    ["shop.example.com", "public"],
    ["localhost.example.com", "public"],
    ["internal.example.com", "public"],
    ["203.0.114.1", "public"],
    ["shop", "private"],
    ["shop.default.svc", "private"],
    ["shop.default.svc.cluster.local", "private"],
    ["ip-10-0-0-1.eu-west-1.compute.internal", "private"],
    ["nas.home.arpa", "private"],
    ["10.1.2.3", "private"],
    ["[fd00::1]", "private"],
    ["localhost", "loopback"],
    ["shop.localhost", "loopback"],
    ["127.0.0.1", "loopback"],
    ["[::1]", "loopback"],
    ["[::ffff:7f00:1]", "loopback"],
    ["metadata.google.internal", "metadata"],
    ["169.254.169.254", "metadata"],
    ["169.254.1.1", "link-local"],
    ["0.0.0.0", "reserved"],
  ] as const)("of %s is %s", (host, kind) => {
    expect(kindOfHost(host)).toBe(kind);
  });
});
