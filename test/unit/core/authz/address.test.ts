import { isIPv6 } from "node:net";
import fc from "fast-check";
import ipaddr from "ipaddr.js";
import { describe, expect, it } from "vitest";
import { blockOf, createAddress, parseAddress } from "../../../../src/core/authz/address.ts";

function family(text: string): number {
  const address = createAddress();
  parseAddress(text, address);
  return address.family;
}

function words(text: string): readonly number[] {
  const address = createAddress();
  parseAddress(text, address);
  return address.family === 4 ? [address.v4] : [...address.v6];
}

/** The same by ipaddr.js. */
function reference(text: string): readonly number[] {
  const address = ipaddr.process(text);
  const bytes = address.toByteArray();
  const groups = Array.from({ length: bytes.length / 4 }, (_, i) => bytes.slice(4 * i, 4 * i + 4));
  return groups.map((group) => group.reduce((value, byte) => value * 256 + byte, 0));
}

describe("parseAddress", () => {
  it.each([
    ["0.0.0.0", [0]],
    ["255.255.255.255", [0xffff_ffff]],
    ["192.0.2.1", [0xc000_0201]],
    ["::", [0, 0, 0, 0]],
    ["::1", [0, 0, 0, 1]],
    ["1::", [0x1_0000, 0, 0, 0]],
    ["2001:db8::ff00:42:8329", [0x2001_0db8, 0, 0xff00, 0x0042_8329]],
    ["1:2:3:4:5:6:7:8", [0x1_0002, 0x3_0004, 0x5_0006, 0x7_0008]],
    ["1::3:4:5:6:7:8", [0x1_0000, 0x3_0004, 0x5_0006, 0x7_0008]],
    ["64:ff9b::192.0.2.33", [0x64_ff9b, 0, 0, 0xc000_0221]],
    ["::FFFF:192.0.2.1", [0xc000_0201]],
    ["::ffff:c000:201", [0xc000_0201]],
    ["0:0:0:0:0:ffff:192.0.2.1", [0xc000_0201]],
  ] as const)("reads %s", (text, expected) => {
    expect(words(text)).toEqual(expected);
  });

  it.each([
    "",
    "1",
    "1.2.3",
    "1.2.3.4.5",
    "1.2.3.256",
    "01.2.3.4",
    "1..2.3",
    "1.2.3.4 ",
    "a.b.c.d",
    "0x7f.0.0.1",
    ":",
    ":::",
    "1:::2",
    "1::2::3",
    "1:2:3:4:5:6:7",
    "1:2:3:4:5:6:7:8:9",
    "1:2:3:4:5:6:7:8::",
    "::1:2:3:4:5:6:7:8",
    ":1::",
    "1:",
    "12345::",
    "g::",
    "fe80::1%eth0",
    "::1.2.3",
    "1:2:3:4:5:6:7:1.2.3.4",
    "::1.2.3.4:5",
    "[::1]",
    "1.2.3.4:80",
  ])("takes %j for no address", (text) => {
    expect(family(text)).toBe(0);
  });

  it("reads what ipaddr.js reads, to the same number", () => {
    fc.assert(
      fc.property(fc.oneof(fc.ipV4(), fc.ipV6()), (text) => {
        // The deprecated ::192.0.2.1 is IPv4 to ipaddr.js, and IPv6 to RFC 4291 and everybody else.
        fc.pre(!/^[:0]*:[0-9.]+$/.test(text) || !text.includes("."));
        expect(words(text)).toEqual(reference(text));
      }),
      { numRuns: 2_000 },
    );
  });

  it("takes for IPv6 what Node does, of texts that look like it", () => {
    const piece = fc.constantFrom(":", "::", "0", "1", "ffff", "12345", "1.2.3.4", "1.2.3");
    fc.assert(
      fc.property(
        fc.array(piece, { minLength: 1, maxLength: 12 }).map((pieces) => pieces.join("")),
        (text) => {
          if (!text.includes(":")) return;
          expect(family(text) !== 0).toBe(isIPv6(text));
        },
      ),
      { numRuns: 5_000 },
    );
  });
});

describe("blockOf", () => {
  it.each([
    "1.2.3.4/33",
    "1.2.3.4/-1",
    "1.2.3.4/",
    "1.2.3.4/08",
    "::/129",
    "::ffff:0:0/90",
    "x/8",
    "/8",
    "1.2.3.4/8/8",
  ])("takes %j for no block", (text) => {
    expect(blockOf(text)).toBeNull();
  });

  it("counts a mapped block by the bits of its IPv4 part", () => {
    expect(blockOf("::ffff:10.0.0.0/104")).toEqual(blockOf("10.0.0.0/8"));
  });

  it("ignores bits beyond the prefix", () => {
    expect(blockOf("10.1.2.3/8")).toEqual(blockOf("10.0.0.0/8"));
  });
});
