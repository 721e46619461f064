/** The compiled settings of DNS discovery (`services.X.discovery.dns[]`): plain data, defaults resolved, milliseconds. */

/** Endpoints of a service that DNS records list. */
export interface DnsSource {
  /** Unique among the service's sources; see src/discovery/source.ts. */
  readonly name: string;
  /** What is asked for: "shop.example.com", or "_https._tcp.shop.example.com" for SRV. Required. Up to 253 characters. */
  readonly hostname: string;
  /** `address` asks for A and AAAA. Default SRV for a name that begins with "_", else address. */
  readonly type: "A" | "AAAA" | "address" | "SRV";
  /**
   * One endpoint for each record. {target} and {port} of SRV; {address} (IPv6 in brackets) and {dashed} (192-0-2-1) of A and
   * AAAA; {hostname}. Default "https://{target}:{port}" for SRV, "https://{address}" else. DNS_VARIABLES.
   */
  readonly url: string;
  /** DNS over HTTPS, RFC 8484: a URL that takes ?dns=. Default https://cloudflare-dns.com/dns-query. */
  readonly resolver: string;
  /** Bounds of how long an answer holds, whatever its TTL. Default 5 s and 5 min; 1 s .. 1 day, min ≤ max. */
  readonly minTtlMs: number;
  readonly maxTtlMs: number;
  /** The resolver has so long to answer, 100 ms .. 30 s. Default 3 s. */
  readonly timeoutMs: number;
  /** Of each endpoint; of SRV records of one priority, their own weights tell what each has more or less. > 0. Default 1. */
  readonly weight: number;
  /** Of the first of SRV's priorities, the others follow in order; of all endpoints else. 0..127. Default 0. */
  readonly priority: number;
  /** Default {}. */
  readonly labels: Readonly<Record<string, string>>;
  /** Where they run. Default "" each. */
  readonly cloud: string;
  readonly region: string;
  readonly zone: string;
}

export const DEFAULT_RESOLVER = "https://cloudflare-dns.com/dns-query";

/** Variables of DnsSource.url, by type. */
export const DNS_VARIABLES = {
  SRV: ["hostname", "target", "port"],
  address: ["hostname", "address", "dashed"],
} as const;
