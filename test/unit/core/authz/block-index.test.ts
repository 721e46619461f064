import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { createAddress, parseAddress } from "../../../../src/core/authz/address.ts";
import { hasAddress, openAddresses } from "../../../../src/core/authz/address-set.ts";
import { authorize, matchingRules, openAuthorization } from "../../../../src/core/authz/authorize.ts";
import { indexBlocks, innermost, outwards, valuesAt } from "../../../../src/core/authz/block-index.ts";
import type { AuthorizationPolicy } from "../../../../src/core/mesh.ts";
import { subject } from "./subjects.ts";

/** Everything that is said of an address, from the narrowest block outwards. */
function found<T>(blocks: readonly (readonly [string, T])[], text: string): T[] {
  const index = indexBlocks(blocks);
  const address = createAddress();
  parseAddress(text, address);
  const all: T[] = [];
  for (let at = innermost(index, address); at >= 0; at = outwards(index, address, at)) {
    all.push(...valuesAt(index, address, at));
  }
  return all;
}

/** The same by trying each block. */
function linear<T>(blocks: readonly (readonly [string, T])[], text: string): T[] {
  const address = createAddress();
  parseAddress(text, address);
  return blocks.flatMap(([block, value]) => (hasAddress(openAddresses([block]), address) ? [value] : []));
}

/** Few bits vary, and prefixes are of all lengths, so that blocks nest deeply and addresses are at their edges. */
const v4 = fc
  .tuple(fc.constantFrom(0, 10, 11, 128, 255), fc.constantFrom(0, 1, 127, 128, 255), fc.constantFrom(0, 1, 254, 255))
  .map(([a, b, c]) => `${a}.${b}.${c === 1 ? 0 : 255}.${c}`);
const v6 = fc
  .tuple(fc.constantFrom("::", "2001:db8", "2001:db9", "ffff:ffff"), fc.constantFrom("0", "1", "8000", "ffff"))
  .map(([a, b]) => (a === "::" ? `::${b}` : `${a}:${b}::${b}`));
const block = fc.oneof(
  fc.tuple(v4, fc.nat(32)).map(([address, bits]) => `${address}/${bits}`),
  fc.tuple(v6, fc.nat(128)).map(([address, bits]) => `${address}/${bits}`),
  v4,
  v6,
);
const address = fc.oneof(
  v4,
  v6,
  v4.map((text) => `::ffff:${text}`),
  fc.constantFrom("", "x", "1.2.3"),
);

describe("an index of blocks", () => {
  it("finds what trying each block finds, for all addresses", () => {
    fc.assert(
      fc.property(fc.array(block, { maxLength: 40 }), address, (blocks, text) => {
        const valued = blocks.map((one, n) => [one, n] as const);
        expect(found(valued, text).toSorted((a, b) => a - b)).toEqual(linear(valued, text));
      }),
      { seed: 11, numRuns: 5_000 },
    );
  });

  it("goes from the narrowest block outwards", () => {
    const nested = ["0.0.0.0/0", "10.0.0.0/8", "10.1.0.0/16", "10.1.2.0/24", "10.1.2.3", "10.1.2.128/25", "11.0.0.0/8"];
    const blocks = nested.map((one) => [one, one] as const);
    expect(found(blocks, "10.1.2.3")).toEqual(["10.1.2.3", "10.1.2.0/24", "10.1.0.0/16", "10.0.0.0/8", "0.0.0.0/0"]);
    expect(found(blocks, "10.1.255.255")).toEqual(["10.1.0.0/16", "10.0.0.0/8", "0.0.0.0/0"]);
    expect(found(blocks, "9.255.255.255")).toEqual(["0.0.0.0/0"]);
  });

  it("leaves out what is no block, and is empty for none", () => {
    expect(found([["10.0.0.0/33", 1]], "10.0.0.0")).toEqual([]);
    expect(found([], "10.0.0.1")).toEqual([]);
  });

  it("has as many steps outwards as there are lengths of prefixes, whatever is nested", () => {
    const blocks = Array.from({ length: 33 }, (_, bits) => [`10.1.2.3/${bits}`, bits] as const);
    expect(found(blocks, "10.1.2.3")).toEqual(Array.from({ length: 33 }, (_, n) => 32 - n));
    expect(found(blocks, "10.1.2.2")).toEqual(Array.from({ length: 32 }, (_, n) => 31 - n));
  });
});

describe("policies by address", () => {
  const test = fc.record({
    attribute: fc.constant("ip" as const),
    values: fc.array(block, { minLength: 1, maxLength: 3 }),
    invert: fc.oneof({ weight: 4, arbitrary: fc.constant(false) }, { weight: 1, arbitrary: fc.constant(true) }),
  });
  const policies = fc
    .array(
      fc.record({
        action: fc.constantFrom("ALLOW" as const, "DENY" as const),
        alternatives: fc.array(fc.array(test, { minLength: 1, maxLength: 2 }), { minLength: 1, maxLength: 2 }),
        isCondition: fc.boolean(),
      }),
      { minLength: 5, maxLength: 40 },
    )
    .map((all) =>
      all.map(({ action, alternatives, isCondition }, n): AuthorizationPolicy => {
        const from = alternatives.map((tests) =>
          tests.map(({ invert, ...one }) => (invert ? { ...one, invert: true as const } : one)),
        );
        return { name: `p${n}`, action, rules: [isCondition ? { when: from.flat() } : { from }] };
      }),
    );

  it("decide as trying every rule does", () => {
    fc.assert(
      fc.property(policies, address, (all, clientIp) => {
        const open = openAuthorization(all, "strict");
        const request = subject({ clientIp });
        const matching = matchingRules(open, request);
        const isDenied = matching.some(({ action }) => action === "DENY");
        const isAllowed =
          matching.some(({ action }) => action === "ALLOW") || all.every(({ action }) => action !== "ALLOW");
        expect(authorize(open, request).allowed).toBe(!isDenied && isAllowed);
      }),
      { seed: 12, numRuns: 3_000 },
    );
  });
});
