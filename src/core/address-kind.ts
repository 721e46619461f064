/**
 * What an IP address is for. A URL that a person or an instance gives us becomes a request of ours; one that stays inside a
 * machine or a private network, or reaches a cloud's metadata service, is a request that its author could not make.
 *
 * IPv6 addresses that carry an IPv4 address (mapped, compatible, translated, NAT64, 6to4, ISATAP) are what that one is.
 *
 * Source: IANA IPv4 and IPv6 Special-Purpose Address Registries; RFC 6890, 4291, 6052, 8215, 3056, 5214; the clouds' own pages
 * on their metadata addresses.
 */

/**
 * - `public`: on the internet.
 * - `private`: a network of its own, or never routed (documentation, benchmarks).
 * - `loopback`: the machine itself.
 * - `link-local`: the wire it is on.
 * - `metadata`: a cloud's metadata or credential service.
 * - `reserved`: nobody's: unspecified, multicast, broadcast, kept for the future, tunnels with hidden ends.
 */
export type AddressKind = "public" | "private" | "loopback" | "link-local" | "metadata" | "reserved";

type Range4 = readonly [prefix: string, bits: number, kind: AddressKind];

/** The first that matches counts. */
const RANGES: readonly Range4[] = [
  // AWS, Azure, GCP, DigitalOcean, Hetzner …; ECS and EKS credentials; Alibaba; Azure's wire server; Oracle.
  ["169.254.169.254", 32, "metadata"],
  ["169.254.169.253", 32, "metadata"],
  ["169.254.169.123", 32, "metadata"],
  ["169.254.170.2", 32, "metadata"],
  ["169.254.170.23", 32, "metadata"],
  ["100.100.100.200", 32, "metadata"],
  ["168.63.129.16", 32, "metadata"],
  ["192.0.0.192", 32, "metadata"],
  ["169.254.0.0", 16, "link-local"],
  ["127.0.0.0", 8, "loopback"],
  ["10.0.0.0", 8, "private"],
  ["172.16.0.0", 12, "private"],
  ["192.168.0.0", 16, "private"],
  ["100.64.0.0", 10, "private"],
  ["198.18.0.0", 15, "private"],
  ["192.0.2.0", 24, "private"],
  ["198.51.100.0", 24, "private"],
  ["203.0.113.0", 24, "private"],
  ["192.0.0.0", 24, "reserved"],
  ["192.88.99.0", 24, "reserved"],
  ["0.0.0.0", 8, "reserved"],
  ["224.0.0.0", 3, "reserved"],
];

const TABLE = RANGES.map(([prefix, bits, kind]) => ({ base: ipv4Value(prefix)!, size: 2 ** (32 - bits), kind }));

/** AWS, over IPv6: EC2, EKS and time; GCP. */
const METADATA_6 = ["fd00:ec2::254", "fd00:ec2::23", "fd00:ec2::253", "fd00:ec2::123", "fd20:ce::254"].map((text) =>
  ipv6Words(text)!.join(":"),
);

/** The kind of an IPv4 address in four decimal parts, as a parsed URL has it; null for anything else. Never throws. */
export function ipv4Kind(text: string): AddressKind | null {
  const value = ipv4Value(text);
  return value === null ? null : kindOfValue(value);
}

function kindOfValue(value: number): AddressKind {
  return TABLE.find(({ base, size }) => value >= base && value < base + size)?.kind ?? "public";
}

/** The kind of an IPv6 address without brackets; null for anything else. Never throws. */
export function ipv6Kind(text: string): AddressKind | null {
  const words = ipv6Words(text);
  if (words === null) return null;
  if (METADATA_6.includes(words.join(":"))) return "metadata";
  const carried = carriedIpv4(words);
  if (carried !== null) return kindOfValue(carried);
  const own = ownKind(words);
  // ISATAP says nothing of the network before it: fe80::5efe:8.8.8.8 is on the wire all the same.
  const isIsatap = (words[4] === 0 || words[4] === 0x200) && words[5] === 0x5efe;
  return isIsatap && own === "public" ? kindOfValue(ipv4At(words, 6)) : own;
}

/** Of an address that stands for itself. */
function ownKind(words: readonly number[]): AddressKind {
  const first = words[0]!;
  if (words.slice(0, 7).every((word) => word === 0)) return words[7] === 1 ? "loopback" : "reserved";
  if ((first & 0xfe00) === 0xfc00) return "private";
  if ((first & 0xffc0) === 0xfe80) return "link-local";
  if ((first & 0xffc0) === 0xfec0) return "private";
  if (first === 0x2001 && words[1] === 0xdb8) return "private";
  if (first === 0x3fff && words[1]! < 0x1000) return "private";
  // Teredo hides both its ends; the rest of 2001::/23 is for protocols.
  if (first === 0x2001 && words[1]! < 0x200) return "reserved";
  return (first & 0xe000) === 0x2000 ? "public" : "reserved";
}

/** The IPv4 address that an IPv6 one stands for, null when it stands for itself. */
function carriedIpv4(words: readonly number[]): number | null {
  const at = (index: number) => ipv4At(words, index);
  const isZero = (from: number, to: number) => words.slice(from, to).every((word) => word === 0);
  // ::ffff:a.b.c.d, ::ffff:0:a.b.c.d, and the old ::a.b.c.d, but for :: and ::1.
  if (isZero(0, 5) && words[5] === 0xffff) return at(6);
  if (isZero(0, 4) && words[4] === 0xffff && words[5] === 0) return at(6);
  if (isZero(0, 6) && at(6) > 0xffff) return at(6);
  // The well-known prefix alone: of local ones (64:ff9b:1::/48) nobody but their network knows where the address stands.
  if (words[0] === 0x64 && words[1] === 0xff9b && isZero(2, 6)) return at(6);
  if (words[0] === 0x2002) return at(1);
  return null;
}

function ipv4At(words: readonly number[], index: number): number {
  return words[index]! * 65_536 + words[index + 1]!;
}

function ipv4Value(text: string): number | null {
  const parts = /^(\d{1,3})\.(\d{1,3})\.(\d{1,3})\.(\d{1,3})$/.exec(text)?.slice(1).map(Number);
  if (parts === undefined || parts.some((part) => part > 255)) return null;
  return parts.reduce((value, part) => value * 256 + part, 0);
}

/** Eight numbers of 16 bits. */
function ipv6Words(text: string): readonly number[] | null {
  const dotted = /^(.*:)([\d.]+)$/.exec(text);
  const tail = dotted?.[2]?.includes(".") ? ipv4Value(dotted[2]) : undefined;
  if (tail === null) return null;
  const plain =
    tail === undefined
      ? text
      : `${dotted![1]}${Math.floor(tail / 65_536).toString(16)}:${(tail % 65_536).toString(16)}`;
  const halves = plain.split("::");
  if (halves.length > 2) return null;
  const [left = [], right = []] = halves.map((half) => (half === "" ? [] : half.split(":")));
  const missing = 8 - left.length - right.length;
  if (halves.length === 1 ? missing !== 0 : missing < 1) return null;
  const all = [...left, ...new Array<string>(Math.max(0, missing)).fill("0"), ...right];
  return all.every((word) => /^[0-9a-f]{1,4}$/i.test(word)) ? all.map((word) => Number.parseInt(word, 16)) : null;
}
