import { describe, expect, it } from "vitest";
import { checkHeartbeat, checkRegistration } from "../../../../src/discovery/registry/request.ts";

const POLICY = { allow: [], self: ["shop.example.com"] };
const check = (value: unknown, id = "a") => checkRegistration(id, value, 2, POLICY);
const url = "https://a.example.net:8443/base/";

describe("checkRegistration", () => {
  it("makes an endpoint of what an instance says", () => {
    const said = { url, locality: { cloud: "aws", region: "us-east-1" }, weight: 3, labels: { v: "1" }, ttl: "20s" };
    expect(check(said)).toEqual({
      ok: true,
      value: {
        endpoint: {
          id: "a",
          origin: "https://a.example.net:8443",
          basePath: "/base",
          weight: 3,
          priority: 2,
          locality: { cloud: "aws", region: "us-east-1", zone: "" },
          near: "enam",
          labels: { v: "1" },
          headers: [],
          costPerGb: 0,
        },
        ttlMs: 20_000,
        ready: true,
        load: -1,
      },
    });
  });

  it.each([
    ["no object", null, ["", "is not an object"]],
    ["no URL", {}, ["url", "is not a string"]],
    ["plain http", { url: "http://a.example.net" }, ["url", "is not encrypted"]],
    ["a metadata service", { url: "https://169.254.169.254" }, ["url", "metadata"]],
    ["this machine", { url: "https://localhost" }, ["url", "machine itself"]],
    ["the mesh itself", { url: "https://shop.example.com" }, ["url", "leads back to the mesh"]],
    ["credentials", { url: "https://me@a.example.net" }, ["url", "credentials"]],
    ["an unknown field", { url, priority: 1 }, ["priority", "is unknown"]],
    ["no weight", { url, weight: 0 }, ["weight", "is not above 0"]],
    ["a weight that is text", { url, weight: "1" }, ["weight", "is not above 0"]],
    ["a locality of its own", { url, locality: { continent: "eu" } }, ["locality", "is not {cloud, region, zone}"]],
    ["labels that are a list", { url, labels: ["a"] }, ["labels", "is not at most"]],
    ["a ttl without a unit", { url, ttl: "15" }, ["ttl", "is not a duration"]],
    ["a ttl that is none", { url, ttlMs: Number.NaN }, ["ttl", "is not a duration"]],
    ["a load below none", { url, load: -1 }, ["load", "is not a number from 0"]],
    ["a readiness that is neither", { url, ready: "yes" }, ["ready", "is not true or false"]],
  ] as const)("refuses %s", (_, value, [path, message]) => {
    expect(check(value)).toEqual({ ok: false, faults: [{ path, message: expect.stringContaining(message) }] });
  });

  it("refuses names that headers and metrics could not carry", () => {
    for (const id of ["", "a b", "-a", "a/b", "a".repeat(64)]) expect(check({ url }, id)).toMatchObject({ ok: false });
  });
});

describe("checkHeartbeat", () => {
  it.each([
    ["nothing at all", undefined, {}],
    ["a load", { load: 1.5, lease: "l" }, { load: 1.5 }],
    ["a readiness", { ready: false }, { ready: false }],
  ] as const)("takes %s", (_, value, expected) => {
    expect(checkHeartbeat(value)).toEqual({ ok: true, value: expected });
  });

  it.each([[1], [{ load: "1" }], [{ load: Number.NaN }], [{ ready: 1 }], [[]]])("refuses %j", (value) => {
    expect(checkHeartbeat(value).ok).toBe(false);
  });
});
