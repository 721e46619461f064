/** Texts that look like secrets and are none: drawn with a seed, and put together here so that no scanner takes them for real. */
import { seededRng } from "../../../../src/core/rng.ts";

const ALPHABETS = {
  hex: "0123456789abcdef",
  base62: "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789",
  base64url: "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_",
  base64: "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/",
  upper: "ABCDEFGHIJKLMNOPQRSTUVWXYZ234567",
} as const;

export type Alphabet = keyof typeof ALPHABETS;

export function drawer(seed: number): (length: number, alphabet?: Alphabet) => string {
  const rng = seededRng(seed);
  return (length, alphabet = "base62") => {
    const letters = ALPHABETS[alphabet];
    return Array.from({ length }, () => letters[Math.floor(rng() * letters.length)]).join("");
  };
}
