import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { addressKey, MAX_KEY_CHARS, needsDigest, withPart } from "../../../../src/core/rate-limit/limit-key.ts";

describe("the parts of a key", () => {
  it("make another text whenever one of them is another", () => {
    const part = fc.oneof(fc.string(), fc.constantFrom("", "1:", "3:a|b", "|", "0:", ":"));
    const parts = fc.array(part, { minLength: 3, maxLength: 3 });
    fc.assert(
      fc.property(parts, parts, (one, other) => {
        const same = one.every((text, i) => text === other[i]);
        expect(one.reduce(withPart, "") === other.reduce(withPart, "")).toBe(same);
      }),
      { numRuns: 2_000 },
    );
  });

  it("cannot be moved from one to the other", () => {
    expect(withPart(withPart("", "a|b"), "c")).not.toBe(withPart(withPart("", "a"), "b|c"));
    expect(withPart(withPart("", "1:a"), "")).not.toBe(withPart(withPart("", "1"), "a"));
  });
});

describe("a key", () => {
  it("is replaced by its digest when it is too long to be kept, or looks like a digest", () => {
    expect(needsDigest("a".repeat(MAX_KEY_CHARS))).toBe(false);
    expect(needsDigest("a".repeat(MAX_KEY_CHARS + 1))).toBe(true);
    expect(needsDigest("#2cf24dba5fb0a30e")).toBe(true);
    expect(needsDigest("")).toBe(false);
  });
});

describe("an address", () => {
  it.each([
    ["2001:db8:1:2:3:4:5:6", "2001:DB8:1:2::", 64],
    ["2001:db8:1:2ff::1", "2001:db8:1:200::", 56],
    ["2001:db8:1::", "2001:db8:1:ffff:ffff:ffff:ffff:ffff", 48],
    ["::ffff:192.0.2.1", "192.0.2.1", 64],
    ["0:0:0:0:0:FFFF:c000:0201", "192.0.2.1", 128],
    ["2001:db8::1", "2001:0db8:0:0::1", 128],
  ])("%s is counted with %s", (one, other, prefix) => {
    expect(addressKey(one, prefix)).toBe(addressKey(other, prefix));
  });

  it.each([
    ["2001:db8:1:2::1", "2001:db8:1:3::1", 64],
    ["2001:db8:1:2ff::1", "2001:db8:1:100::1", 56],
    ["2001:db8::1", "2001:db8::2", 128],
    ["192.0.2.1", "192.0.2.2", 64],
    ["255.0.0.1", "127.0.0.1", 64],
  ])("%s is not counted with %s", (one, other, prefix) => {
    expect(addressKey(one, prefix)).not.toBe(addressKey(other, prefix));
  });

  it("stays what it is when it is none", () => {
    expect(addressKey("", 64)).toBe("");
    expect(addressKey("unknown", 64)).toBe("unknown");
    expect(addressKey("fe80::1%eth0", 64)).toBe("fe80::1%eth0");
  });

  it("is IPv4 in dotted form, the highest too", () => {
    expect(addressKey("::ffff:255.255.255.254", 64)).toBe("255.255.255.254");
  });
});
