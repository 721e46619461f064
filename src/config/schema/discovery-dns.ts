/** Endpoints from DNS records. */
import * as z from "zod";
import { durationMs as ms } from "../duration.ts";
import { foundFields, foundLocality, plainUrl, sourceName, urlTemplate } from "./discovery-found.ts";
import { duration } from "./duration.ts";
import { withRule } from "./finding.ts";
import { derived, required, setting, withDefaults } from "./setting.ts";

const TYPES = ["A", "AAAA", "address", "SRV"] as const;

const ttls = withDefaults({
  minTtl: setting(
    duration("1s", "24h"),
    "Answers are asked for again after their TTL, but never sooner than this.",
    "5s",
    "a TTL of 0 would ask all the time",
  ),
  maxTtl: setting(duration("1s", "24h"), "Nor later than this.", "5m", "changes are to be seen"),
});

const hostname = required(
  z
    .string()
    .max(253)
    .regex(/^([A-Za-z0-9_]([A-Za-z0-9_-]{0,61}[A-Za-z0-9_])?\.)*[A-Za-z0-9_]([A-Za-z0-9_-]{0,61}[A-Za-z0-9_])?$/, {
      error: "must be a host name",
    }),
  "Name to look up: shop.example.com, or _https._tcp.shop.example.com for SRV.",
);

export const dnsSourceSchema = z.strictObject({
  hostname,
  ...withDefaults({
    name: sourceName,
    type: derived(
      z.enum(TYPES),
      "Kind of record; `address` asks for A and AAAA.",
      'SRV for a name that begins with "_", else address',
    ),
    url: derived(
      urlTemplate(["hostname", "address", "dashed", "target", "port"]),
      "URL of the endpoint that a record gives: {target} and {port} of SRV; {address} of A and AAAA, or {dashed}, such as 192-0-2-1; {hostname} is what was looked up.",
      "https://{target}:{port} for SRV, https://{address} else",
    ),
    resolver: setting(
      plainUrl,
      "Resolver for DNS over HTTPS (RFC 8484).",
      "https://cloudflare-dns.com/dns-query",
      "the nearest one to a Worker",
    ),
    timeout: setting(duration("100ms", "30s"), "The resolver has so long to answer.", "3s", "as for health checks"),
  }),
  ...ttls,
  ...foundFields,
  locality: foundLocality,
});

withRule(dnsSourceSchema, ttls, function* (own) {
  if (ms(own.minTtl) > ms(own.maxTtl)) yield { path: ["minTtl"], message: `is longer than maxTtl, ${own.maxTtl}` };
});

export type DnsSourceConfig = z.output<typeof dnsSourceSchema>;
