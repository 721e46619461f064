/**
 * One key per client: an IPv4 address as it is, an IPv6 one by its /64. A network gives a household or a phone a /64, and
 * privacy extensions change the lower half every day or sooner: hashing all of it would move the client about.
 * An IPv4 address in IPv6 form is the IPv4 address.
 *
 * Source: RFC 8981 (temporary addresses), RFC 5952 (text form), RFC 4291 section 2.5.5.2 (mapped addresses).
 */

/**
 * The key of an address.
 *
 * - `address`: with or without port, brackets and zone, in any spelling. What is no address is its own key; "" stays "".
 *
 * Never throws.
 */
export function clientIpKey(address: string): string {
  const plain = stripPort(address);
  if (!plain.includes(":")) return plain;
  const groups = expand(plain.toLowerCase());
  if (groups === null) return address;
  const isMapped = groups.slice(0, 5).every((group) => group === 0) && groups[5] === 0xffff;
  if (isMapped) return [groups[6]! >> 8, groups[6]! & 0xff, groups[7]! >> 8, groups[7]! & 0xff].join(".");
  const prefix = groups.slice(0, 4).map((group) => group.toString(16));
  return `${prefix.join(":")}::/64`;
}

/** "[::1]:80", "::1%eth0" and "192.0.2.1:80" without what is not the address. */
function stripPort(address: string): string {
  if (address.startsWith("[")) {
    const end = address.indexOf("]");
    return withoutZone(end < 0 ? address : address.slice(1, end));
  }
  const colon = address.indexOf(":");
  const isIpv4WithPort = colon > 0 && colon === address.lastIndexOf(":") && address.lastIndexOf(".", colon) > 0;
  return isIpv4WithPort ? address.slice(0, colon) : withoutZone(address);
}

function withoutZone(address: string): string {
  const percent = address.indexOf("%");
  return percent < 0 ? address : address.slice(0, percent);
}

/** Eight groups of an IPv6 address in lower case, or null when it is none. */
function expand(text: string): number[] | null {
  const halves = text.split("::");
  if (halves.length > 2) return null;
  const head = groupsOf(halves[0]!);
  const tail = halves.length === 2 ? groupsOf(halves[1]!) : [];
  if (head === null || tail === null) return null;
  const missing = 8 - head.length - tail.length;
  if (halves.length === 2 ? missing < 1 : missing !== 0) return null;
  return [...head, ...new Array<number>(missing).fill(0), ...tail];
}

function groupsOf(text: string): number[] | null {
  if (text === "") return [];
  const groups: number[] = [];
  for (const part of text.split(":")) {
    if (part.includes(".")) {
      const bytes = part.split(".").map(byteOf);
      if (bytes.length !== 4 || bytes.some((byte) => byte < 0)) return null;
      groups.push((bytes[0]! << 8) | bytes[1]!, (bytes[2]! << 8) | bytes[3]!);
    } else if (/^[0-9a-f]{1,4}$/.test(part)) {
      groups.push(Number.parseInt(part, 16));
    } else {
      return null;
    }
  }
  return groups;
}

function byteOf(text: string): number {
  return /^[0-9]{1,3}$/.test(text) && Number(text) < 256 ? Number(text) : -1;
}
