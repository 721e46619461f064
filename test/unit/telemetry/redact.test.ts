import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { isCredential } from "../../../src/core/credentials.ts";
import { redactQuery, truncateAddress } from "../../../src/telemetry/redact.ts";

describe("redactQuery", () => {
  it.each([
    ["?q=secret&page=2", ["page"], "q=REDACTED&page=2"],
    ["?token", [], "REDACTED"],
    ["?a=1&&b=2&", ["a", "b"], "a=1&b=2"],
    ["?=x", [], "=REDACTED"],
    ["?page=1=2", ["page"], "page=1=2"],
    ["", [], ""],
  ])("%s, keeping %j, is %s", (query, keep, expected) => {
    expect(redactQuery(query, keep, 1_024)).toBe(expected);
  });

  it("shows no value, whatever the query", () => {
    const value = fc.stringMatching(/^[A-Z]{12,30}$/);
    fc.assert(
      fc.property(fc.array(fc.tuple(fc.constantFrom("a=", "b=", "", "c=d=", "="), value)), (parts) => {
        const redacted = redactQuery(`?${parts.map(([name, secret]) => name + secret).join("&")}`, [], 1_024);
        for (const [, secret] of parts) expect(redacted).not.toContain(secret);
      }),
      { seed: 1 },
    );
  });

  it("is as long as it may be, and no longer", () => {
    expect(redactQuery(`?${"a=1&".repeat(10_000)}`, [], 100).length).toBe(100);
  });
});

describe("truncateAddress", () => {
  it.each([
    ["203.0.113.77", "203.0.113.0"],
    ["::ffff:203.0.113.77", "203.0.113.0"],
    ["2001:db8:1:2:3:4:5:6", "2001:db8:1::"],
    ["2001:0DB8::1", "2001:db8:0::"],
    ["1::2:3:4:5:6:7", "1:0:2::"],
    ["::1", "0:0:0::"],
    ["", ""],
    ["example.com", ""],
    ["1:2", ""],
  ])("%s is %s", (address, expected) => {
    expect(truncateAddress(address)).toBe(expected);
  });
});

describe("isCredential", () => {
  it.each(["authorization", "cookie", "set-cookie", "proxy-authorization", "x-my-token", "x-session-id", "x-api-key"])(
    "knows %s",
    (name) => expect(isCredential(name)).toBe(true),
  );

  it.each(["accept", "referer", "x-tenant", "content-type"])("leaves %s", (name) => {
    expect(isCredential(name)).toBe(false);
  });
});
