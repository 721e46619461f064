/**
 * Addresses and blocks of them. IPv4 is one number, IPv6 four of 32 bits each; an IPv4 address written as IPv6
 * (::ffff:192.0.2.1) is the IPv4 address, so that nobody walks around a block by the other spelling.
 *
 * Source: RFC 4291, section 2.2, for the texts of IPv6; RFC 4632 for blocks.
 */

/** What was parsed last: where a decision looks at one address many times, it is parsed once. */
export interface ParsedAddress {
  text: string;
  /** 0: it is no address. */
  family: 0 | 4 | 6;
  v4: number;
  readonly v6: Uint32Array;
}

export function createAddress(): ParsedAddress {
  return { text: "", family: 0, v4: 0, v6: new Uint32Array(4) };
}

/** A block: the bits of its first address that count. */
export interface Block {
  readonly family: 4 | 6;
  /** One number for IPv4, four for IPv6; inclusive. */
  readonly first: readonly number[];
  readonly last: readonly number[];
}

/** Reads an address into `into`, and does nothing when it is there already. Never throws, never allocates. */
export function parseAddress(text: string, into: ParsedAddress): void {
  if (into.text === text) return;
  into.text = text;
  into.family = 0;
  if (text.length > 45) return;
  if (text.includes(":")) {
    into.family = parseV6(text, into.v6) ? 6 : 0;
    const { v6 } = into;
    if (into.family === 6 && v6[0] === 0 && v6[1] === 0 && v6[2] === 0xffff) {
      into.family = 4;
      into.v4 = v6[3]!;
    }
    return;
  }
  const v4 = parseV4(text, 0);
  if (v4 < 0) return;
  into.family = 4;
  into.v4 = v4;
}

/** An address or a block in CIDR notation; null for what is neither. Bits beyond the prefix do not count. */
export function blockOf(text: string): Block | null {
  const slash = text.indexOf("/");
  const address = createAddress();
  parseAddress(slash < 0 ? text : text.slice(0, slash), address);
  if (address.family === 0) return null;
  const written = text.slice(0, slash < 0 ? undefined : slash).includes(":") ? 128 : 32;
  const prefix = slash < 0 ? String(written) : text.slice(slash + 1);
  if (!/^(0|[1-9]\d{0,2})$/.test(prefix) || Number(prefix) > written) return null;
  if (address.family === 6) return blockFrom(6, [...address.v6], Number(prefix));
  const ofV4 = Number(prefix) - (written - 32);
  // ::ffff:0:0/90 is more than all of IPv4, and nothing that anybody means.
  return ofV4 < 0 ? null : blockFrom(4, [address.v4], ofV4);
}

function blockFrom(family: 4 | 6, words: readonly number[], prefix: number): Block {
  const hostBits = words.map((_, index) => Math.min(32, Math.max(0, 32 * (index + 1) - prefix)));
  const masks = hostBits.map((bits) => (bits === 32 ? 0xffff_ffff : 2 ** bits - 1));
  return {
    family,
    first: words.map((word, index) => (word & ~masks[index]!) >>> 0),
    last: words.map((word, index) => (word | masks[index]!) >>> 0),
  };
}

/** The number of a dotted quad that begins at `from` and ends with the text; -1 for what is none. */
function parseV4(text: string, from: number): number {
  let value = 0;
  let part = -1;
  let parts = 0;
  for (let i = from; i <= text.length; i += 1) {
    const digit = i === text.length ? -1 : text.charCodeAt(i) - 48;
    if (i < text.length && digit >= 0 && digit <= 9) {
      // A leading zero is octal to some.
      if (part === 0) return -1;
      part = part < 0 ? digit : part * 10 + digit;
      if (part > 255) return -1;
    } else {
      if (part < 0 || (i < text.length && text.charCodeAt(i) !== DOT)) return -1;
      value = value * 256 + part;
      parts += 1;
      part = -1;
    }
  }
  return parts === 4 ? value : -1;
}

/** Reads eight groups of 16 bits; false for what is no IPv6 address, zone identifiers among them. */
function parseV6(text: string, words: Uint32Array): boolean {
  GROUPS.fill(0);
  let count = 0;
  let gapAt = -1;
  let at = 0;
  if (text.charCodeAt(0) === COLON) {
    if (text.charCodeAt(1) !== COLON) return false;
    gapAt = 0;
    at = 2;
  }
  while (at < text.length) {
    if (count === 8) return false;
    let end = at;
    let group = 0;
    while (end < text.length && end - at < 5) {
      const digit = hexDigit(text.charCodeAt(end));
      if (digit < 0) break;
      group = group * 16 + digit;
      end += 1;
    }
    if (end < text.length && text.charCodeAt(end) === DOT) {
      const v4 = count > 6 ? -1 : parseV4(text, at);
      if (v4 < 0) return false;
      GROUPS[count] = Math.floor(v4 / 65_536);
      GROUPS[count + 1] = v4 % 65_536;
      count += 2;
      break;
    }
    if (end === at || end - at > 4) return false;
    GROUPS[count] = group;
    count += 1;
    if (end === text.length) break;
    if (text.charCodeAt(end) !== COLON || end + 1 === text.length) return false;
    at = end + 1;
    if (text.charCodeAt(at) === COLON) {
      if (gapAt >= 0) return false;
      gapAt = count;
      at += 1;
    }
  }
  if (gapAt < 0 ? count !== 8 : count > 7) return false;
  if (gapAt >= 0) {
    const moved = count - gapAt;
    for (let i = 0; i < moved; i += 1) {
      GROUPS[7 - i] = GROUPS[count - 1 - i]!;
      if (8 - count > 0) GROUPS[count - 1 - i] = 0;
    }
  }
  for (let i = 0; i < 4; i += 1) words[i] = GROUPS[2 * i]! * 65_536 + GROUPS[2 * i + 1]!;
  return true;
}

/** Of the address that is being read: reading one never waits, so that one is enough. */
const GROUPS = new Uint16Array(8);

const DOT = 46;
const COLON = 58;

function hexDigit(code: number): number {
  if (code >= 48 && code <= 57) return code - 48;
  const lower = code | 32;
  return lower >= 97 && lower <= 102 ? lower - 87 : -1;
}
