/**
 * The key that a request is counted by, as one text. Different parts never make the same text: where there are several, each
 * is preceded by its length. An empty part is one that the request lacks.
 */
import { createAddress, parseAddress } from "../authz/address.ts";

/** Keys are kept, sent and compared; longer ones are replaced by their digest. */
export const MAX_KEY_CHARS = 256;
/** What digests begin with, and nothing else does: other keys that begin so are replaced too. */
export const DIGEST_MARK = "#";

/** Adds a part. `before`: the text of those before it; "" for none. Never throws. */
export function withPart(before: string, part: string): string {
  return `${before}${part.length}:${part}`;
}

/** Whether a key has to be replaced by its digest. */
export function needsDigest(key: string): boolean {
  return key.length > MAX_KEY_CHARS || key.startsWith(DIGEST_MARK);
}

const address = createAddress();

/**
 * An address as it is counted: IPv4 as it is, IPv6 by its first bits, since one household has all addresses that share them. An
 * IPv4 address written as IPv6 is the IPv4 address. What is no address is its own key.
 *
 * - `v6Prefix`: 1 to 128.
 *
 * Never throws.
 */
export function addressKey(text: string, v6Prefix: number): string {
  parseAddress(text, address);
  if (address.family === 0) return text;
  if (address.family === 4) {
    // Dotted quads are written in one way only.
    if (!text.includes(":")) return text;
    const { v4 } = address;
    return `${v4 >>> 24}.${(v4 >>> 16) & 255}.${(v4 >>> 8) & 255}.${v4 & 255}`;
  }
  let key = "";
  for (let word = 0; word < 4; word += 1) {
    const bits = v6Prefix - 32 * word;
    if (bits <= 0) break;
    const kept = bits >= 32 ? address.v6[word]! : (address.v6[word]! & (-1 << (32 - bits))) >>> 0;
    key += `${kept.toString(16)}:`;
  }
  return `${key}/${v6Prefix}`;
}
