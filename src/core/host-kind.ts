/** What a host is for, by its address or by its name alone: nothing is looked up. */
import { type AddressKind, ipv4Kind, ipv6Kind } from "./address-kind.ts";

const LOOPBACK_NAMES = new Set(["localhost", "localhost.localdomain", "ip6-localhost", "ip6-loopback"]);
const METADATA_NAMES = new Set([
  "metadata",
  "metadata.goog",
  "metadata.google.internal",
  "metadata.tencentyun.com",
  "metadata.platformequinix.com",
  "instance-data",
  "instance-data.ec2.internal",
]);
/**
 * Top-level domains that the internet does not have, or that RFC 6762, 8375 and ICANN keep for private networks; "svc" is how
 * names end that a Kubernetes cluster completes by itself.
 */
const PRIVATE_DOMAINS = [
  "internal",
  "local",
  "localdomain",
  "lan",
  "intranet",
  "corp",
  "home",
  "private",
  "home.arpa",
  "svc",
];

/**
 * The kind of a host. Names without a dot, and those that only a private network knows, are private.
 *
 * - `host`: as a parsed URL has it, without a dot at its end; IPv6 in brackets.
 *
 * Never throws.
 */
export function kindOfHost(host: string): AddressKind {
  if (host.startsWith("[")) return ipv6Kind(host.slice(1, -1)) ?? "reserved";
  const kind = ipv4Kind(host);
  if (kind !== null) return kind;
  if (METADATA_NAMES.has(host)) return "metadata";
  if (LOOPBACK_NAMES.has(host) || host.endsWith(".localhost")) return "loopback";
  const isPrivate = !host.includes(".") || PRIVATE_DOMAINS.some((domain) => host.endsWith(`.${domain}`));
  return isPrivate ? "private" : "public";
}
