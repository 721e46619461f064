import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { remainder, xxh64BigInt } from "../../../../src/core/balance/xxhash64.ts";

describe("xxh64", () => {
  it.each([
    ["", 0, 0xef46db3751d8e999n],
    ["a", 0, 0xd24ec4f1a98c6e5bn],
    ["abc", 0, 0x44bc2cf5ad770999n],
    ["", 1, 0xd5afba1336a3be4bn],
  ] as const)("hashes %j with seed %d as the reference does", (text, seed, expected) => {
    expect(xxh64BigInt(text, seed)).toBe(expected);
  });

  it("agrees with the specification written in BigInt, for any text and seed", () => {
    const text = fc.string({ unit: fc.constantFrom("a", "Z", "0", "é", "€", "😀", "\ud800"), maxLength: 300 });
    fc.assert(
      fc.property(text, fc.nat({ max: 0xffff_ffff }), (value, seed) => {
        expect(xxh64BigInt(value, seed)).toBe(specified(value, BigInt(seed)));
      }),
      { seed: 1, numRuns: 300 },
    );
  });

  it("takes remainders of 64-bit values exactly", () => {
    const half = fc.nat({ max: 0xffff_ffff });
    fc.assert(
      fc.property(half, half, fc.integer({ min: 1, max: 2 ** 26 }), (high, low, divisor) => {
        const value = (BigInt(high) << 32n) | BigInt(low);
        expect(BigInt(remainder(high, low, divisor))).toBe(value % BigInt(divisor));
      }),
      { seed: 2 },
    );
  });
});

const MASK = (1n << 64n) - 1n;
const P1 = 0x9e3779b185ebca87n;
const P2 = 0xc2b2ae3d27d4eb4fn;
const P3 = 0x165667b19e3779f9n;
const P4 = 0x85ebca77c2b2ae63n;
const P5 = 0x27d4eb2f165667c5n;
const turn = (x: bigint, bits: bigint) => ((x << bits) | ((x & MASK) >> (64n - bits))) & MASK;
const round = (acc: bigint, word: bigint) => (turn((acc + word * P2) & MASK, 31n) * P1) & MASK;

function specified(text: string, seed: bigint): bigint {
  const bytes = Buffer.from(text, "utf8");
  let at = 0;
  let hash = (seed + P5) & MASK;
  if (bytes.length >= 32) {
    let lanes = [seed + P1 + P2, seed + P2, seed, seed - P1].map((lane) => lane & MASK);
    for (; at + 32 <= bytes.length; at += 32) {
      lanes = lanes.map((lane, i) => round(lane, bytes.readBigUInt64LE(at + 8 * i)));
    }
    hash = [1n, 7n, 12n, 18n].reduce((sum, bits, i) => sum + turn(lanes[i]!, bits), 0n) & MASK;
    for (const lane of lanes) hash = ((hash ^ round(0n, lane)) * P1 + P4) & MASK;
  }
  hash = (hash + BigInt(bytes.length)) & MASK;
  for (; at + 8 <= bytes.length; at += 8) {
    hash = (turn(hash ^ round(0n, bytes.readBigUInt64LE(at)), 27n) * P1 + P4) & MASK;
  }
  if (at + 4 <= bytes.length) {
    hash = (turn(hash ^ ((BigInt(bytes.readUInt32LE(at)) * P1) & MASK), 23n) * P2 + P3) & MASK;
    at += 4;
  }
  for (; at < bytes.length; at++) hash = (turn(hash ^ ((BigInt(bytes[at]!) * P5) & MASK), 11n) * P1) & MASK;
  hash = ((hash ^ (hash >> 33n)) * P2) & MASK;
  hash = ((hash ^ (hash >> 29n)) * P3) & MASK;
  return hash ^ (hash >> 32n);
}
