import { describe, expect, it } from "vitest";
import * as z from "zod";
import { decodeAs, parseAs } from "../../../../src/config/decode/decode-as.ts";

const shape = {
  schema: z.strictObject({ name: z.string(), tags: z.array(z.strictObject({ key: z.number() })).default([]) }),
  keysAt: () => ["name", "tags"],
};

describe("parseAs", () => {
  it("gives what a text says, defaults filled in", () => {
    expect(parseAs(shape, "name: a", "yaml")).toEqual({ ok: true, value: { name: "a", tags: [] } });
  });

  it("gives every fault with its line, in the order of the text", () => {
    expect(parseAs(shape, "tags:\n  - key: x\n  - key: 1\nnaem: a\n", "yaml")).toEqual({
      ok: false,
      faults: [
        { path: "tags[0].key", line: 2, column: 10, message: 'expected a number, found "x"' },
        { path: "naem", line: 4, column: 1, message: "is not a known key", suggestion: "name" },
      ],
    });
  });

  it("gives faults of syntax alone", () => {
    expect(parseAs(shape, '{"name": }', "json")).toMatchObject({ ok: false, faults: [{ path: "", line: 1 }] });
  });
});

describe("decodeAs", () => {
  it("gives faults without lines, and refuses __proto__ as a key", () => {
    expect(decodeAs(shape, JSON.parse('{"name":"a","__proto__":1}'))).toEqual({
      ok: false,
      faults: [{ path: "__proto__", message: "is not a usable key" }],
    });
  });

  it("reports a value whose own code throws", () => {
    const value = {
      get name(): string {
        throw new Error("no");
      },
    };
    expect(decodeAs(shape, value)).toEqual({
      ok: false,
      faults: [{ path: "", message: "cannot be read: Error: no" }],
    });
  });
});
