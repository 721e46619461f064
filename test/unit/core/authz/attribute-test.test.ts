import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { openTest, passes } from "../../../../src/core/authz/attribute-test.ts";
import type { Subject } from "../../../../src/core/authz/subject.ts";
import type { AttributeTest } from "../../../../src/core/mesh.ts";
import { ANONYMOUS } from "../../../../src/core/principal.ts";
import { request, test } from "./arbitrary-policies.ts";
import { subject, token } from "./subjects.ts";

const tried = (one: AttributeTest, on: Subject) => passes(openTest(one), on, on.head.path);

describe("passes", () => {
  it("says of a negation the opposite of what it says of the test", () => {
    fc.assert(
      fc.property(test, request, (one, on) => {
        const { invert, ...plain } = one;
        expect(tried({ ...plain, invert: true }, on)).toBe(!tried(plain, on));
      }),
      { numRuns: 3_000 },
    );
  });

  it("fits several values when it fits one of them", () => {
    fc.assert(
      fc.property(test, request, ({ invert, ...one }, on) => {
        expect(tried(one, on)).toBe(one.values.some((value) => tried({ ...one, values: [value] }, on)));
      }),
      { numRuns: 3_000 },
    );
  });

  it.each<[string, AttributeTest, Subject, boolean]>([
    ["an absent header", { attribute: "header", name: "x", values: ["*"] }, subject(), false],
    [
      "a header without a value",
      { attribute: "header", name: "x", values: ["*"] },
      subject({ headers: { x: "" } }),
      true,
    ],
    [
      "a query parameter, decoded",
      { attribute: "query", name: "x", values: ["a b"] },
      subject({ query: "?x=a%20b" }),
      true,
    ],
    [
      "the first of two query parameters",
      { attribute: "query", name: "x", values: ["2"] },
      subject({ query: "?x=1&x=2" }),
      false,
    ],
    [
      "a host that ends alike",
      { attribute: "host", values: ["*.example.com"] },
      subject({ host: "example.com" }),
      false,
    ],
    ["the server name of plain HTTP", { attribute: "sni", values: ["*"] }, subject({ scheme: "http" }), false],
    ["the server name of TLS", { attribute: "sni", values: ["shop.*"] }, subject(), true],
    ["an unknown client", { attribute: "ip", values: ["0.0.0.0/0", "::/0"] }, subject({ clientIp: "" }), false],
    [
      "not an unknown client",
      { attribute: "ip", values: ["10.0.0.0/8"], invert: true },
      subject({ clientIp: "" }),
      true,
    ],
    ["an unknown country", { attribute: "country", values: ["*"] }, subject(), false],
    ["an anonymous sender", { attribute: "requestPrincipal", values: ["*"] }, subject({ principal: ANONYMOUS }), false],
    [
      "the name of an API key",
      { attribute: "requestPrincipal", values: ["api-key/ci"] },
      subject({ principal: { kind: "api-key", id: "ci", claims: {}, presented: ["keys"] } }),
      true,
    ],
    [
      "a token whose issuer is called like a kind of credential",
      { attribute: "principal", values: ["*"] },
      subject({ principal: token({ iss: "mtls", sub: "s" }) }),
      false,
    ],
  ])("looks at %s", (_, one, on, expected) => {
    expect(tried(one, on)).toBe(expected);
  });

  it.each<[string, readonly string[], unknown, string, boolean]>([
    ["a text", ["a"], { a: "x" }, "x", true],
    ["a list", ["a"], { a: ["x", "y"] }, "y", true],
    ["a nested claim", ["a", "b"], { a: { b: ["x"] } }, "x", true],
    ["a claim with a dot in its name", ["a.b"], { "a.b": "x" }, "x", true],
    ["a boolean", ["a"], { a: true }, "true", true],
    ["a number", ["a"], { a: 42 }, "42", true],
    ["a list in a list", ["a"], { a: [["x"]] }, "x", false],
    ["an object", ["a"], { a: { x: 1 } }, "*", false],
    ["nothing", ["a"], { a: null }, "*", false],
    ["what every object has", ["constructor"], {}, "*", false],
    ["what every object has, nested", ["a", "toString", "name"], { a: {} }, "*", false],
    ["the length of a list", ["a", "length"], { a: ["x"] }, "1", false],
    ["a word of scope", ["scope"], { scope: "read write" }, "write", true],
    ["scope as a whole", ["scope"], { scope: "read write" }, "read write", false],
    ["a word of another claim", ["a"], { a: "read write" }, "write", false],
  ])("looks at %s in claims", (_, claim, claims, value, expected) => {
    const on = subject({ principal: token({ iss: "i", sub: "s", ...(claims as object) }) });
    expect(tried({ attribute: "claim", claim, values: [value] }, on)).toBe(expected);
  });
});
