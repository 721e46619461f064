import fc from "fast-check";
import ipaddr from "ipaddr.js";
import { describe, expect, it } from "vitest";
import { createAddress, parseAddress } from "../../../../src/core/authz/address.ts";
import { hasAddress, openAddresses } from "../../../../src/core/authz/address-set.ts";

function has(blocks: readonly string[], text: string): boolean {
  const address = createAddress();
  parseAddress(text, address);
  return hasAddress(openAddresses(blocks), address);
}

/** The same by ipaddr.js, one block after the other. */
function reference(blocks: readonly string[], text: string): boolean {
  const address = ipaddr.process(text);
  return blocks.some((block) => {
    const [first, bits] = ipaddr.parseCIDR(block);
    if (first.kind() !== address.kind()) return false;
    return address.kind() === "ipv4"
      ? (address as ipaddr.IPv4).match(first as ipaddr.IPv4, bits)
      : (address as ipaddr.IPv6).match(first as ipaddr.IPv6, bits);
  });
}

/** Few bits vary, so that addresses fall into blocks. */
const nearV4 = fc
  .tuple(fc.constantFrom(10, 11, 255), fc.constantFrom(0, 1, 128, 255), fc.nat(255))
  .map(([a, b, c]) => `${a}.${b}.0.${c}`);
const nearV6 = fc
  .tuple(fc.constantFrom("2001", "2002", "ffff"), fc.constantFrom("0", "1", "8000"), fc.nat(0xffff))
  .map(([a, b, c]) => `${a}:db8:${b}::${c.toString(16)}`);
const block = fc.oneof(
  fc.tuple(nearV4, fc.nat(32)).map(([address, bits]) => `${address}/${bits}`),
  fc.tuple(nearV6, fc.nat(128)).map(([address, bits]) => `${address}/${bits}`),
);

describe("an address set", () => {
  it("has what ipaddr.js finds in its blocks, and nothing else", () => {
    fc.assert(
      fc.property(fc.array(block, { maxLength: 12 }), fc.oneof(nearV4, nearV6), (blocks, address) => {
        expect(has(blocks, address)).toBe(reference(blocks, address));
      }),
      { numRuns: 5_000 },
    );
  });

  it.each([
    ["a mapped address is the IPv4 address", ["10.0.0.0/8"], "::ffff:10.1.2.3", true],
    ["in hexadecimal as well", ["10.0.0.0/8"], "::ffff:a01:203", true],
    ["an address without a prefix is itself alone", ["10.0.0.1"], "10.0.0.2", false],
    ["all of IPv6 holds no IPv4", ["::/0"], "10.0.0.1", false],
    ["nor the mapped one", ["::/0"], "::ffff:10.0.0.1", false],
    ["all of IPv4 holds no IPv6", ["0.0.0.0/0"], "2001:db8::1", false],
    ["no block holds nothing", [], "10.0.0.1", false],
    ["what is no address is in none", ["0.0.0.0/0", "::/0"], "", false],
  ] as const)("%s", (_, blocks, address, expected) => {
    expect(has(blocks, address)).toBe(expected);
  });
});
