/**
 * RSA keys that sign but do not protect: a public exponent of 1 or an even one, which anybody can sign for, and moduli that the
 * Infineon library made, whose factors can be found.
 *
 * Source: Nemec and others, "The Return of Coppersmith's Attack" (ROCA), CCS 2017, §2.3: such a modulus is a power of 65537
 * modulo every small prime; of random ones fewer than one in 2^27 are.
 */
import { bytesOfBase64url, hexOf } from "./bytes.ts";

/** What is wrong with a key; null nothing. `n`, `e`: base64url of big-endian numbers. Never throws. */
export function rsaFault(n: unknown, e: unknown): string | null {
  const [modulus, exponent] = [numberOf(n), numberOf(e)];
  if (modulus === null || exponent === null) return "is no RSA key";
  if (exponent < 3n || exponent % 2n === 0n) return "has a public exponent that anybody can sign for";
  return ROCA_PRIMES.every((prime) => isPowerOf65537(Number(modulus % BigInt(prime)), prime))
    ? "has a modulus that can be factored"
    : null;
}

const ROCA_PRIMES = [11, 13, 17, 19, 37, 53, 61, 71, 73, 79, 97, 103, 107, 109, 127, 151, 157];

function isPowerOf65537(residue: number, prime: number): boolean {
  const generator = 65_537 % prime;
  let power = 1;
  do {
    if (power === residue) return true;
    power = (power * generator) % prime;
  } while (power !== 1);
  return false;
}

function numberOf(text: unknown): bigint | null {
  const bytes = typeof text === "string" ? bytesOfBase64url(text) : null;
  return bytes === null || bytes.length === 0 ? null : BigInt(`0x${hexOf(bytes)}`);
}
