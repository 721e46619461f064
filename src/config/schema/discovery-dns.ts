/** Endpoints from DNS records. */
import * as z from "zod";
import { durationMs as ms } from "../duration.ts";
import { foundFields, plainUrl, urlPattern } from "./discovery-found.ts";
import { duration } from "./duration.ts";
import { withRule } from "./finding.ts";
import { derived, required, setting, withDefaults } from "./setting.ts";

const type = setting(
  z.enum(["A", "AAAA", "SRV"]),
  "Kind of record. SRV gives ports, weights and priorities.",
  "SRV",
  "an address alone has no certificate to check",
);

const ttls = withDefaults({
  minTtl: setting(
    duration("1s", "1h"),
    "Answers are asked again after their TTL, but never sooner than this.",
    "5s",
    "a TTL of 0 would ask all the time",
  ),
  maxTtl: setting(duration("1s", "24h"), "Nor later than this.", "5m", "changes are to be seen"),
});

const url = derived(
  urlPattern(["host", "address", "dashed", "target", "port"]),
  "URL of an endpoint: {host} is the name that is looked up, {address} what A and AAAA say, {dashed} the same with dashes for dots and colons, {target} and {port} what SRV says.",
  '"https://{target}:{port}" for SRV; others have to say',
);

export const dnsSourceSchema = z.strictObject({
  host: required(
    z
      .string()
      .max(253)
      .regex(/^([A-Za-z0-9_]([A-Za-z0-9_-]{0,61}[A-Za-z0-9_])?\.)*[A-Za-z0-9_]([A-Za-z0-9_-]{0,61}[A-Za-z0-9_])?$/, {
        error: "must be a host name",
      }),
    "Name to look up.",
  ),
  ...withDefaults({
    type,
    url,
    resolver: setting(
      plainUrl,
      "Resolver for DNS over HTTPS (RFC 8484).",
      "https://cloudflare-dns.com/dns-query",
      "the nearest one to a Worker",
    ),
  }),
  ...ttls,
  ...foundFields,
});

withRule(dnsSourceSchema, { type: type.schema.default("SRV"), url: url.schema.optional() }, function* (own) {
  if (own.type === "SRV" || own.url !== undefined) return;
  yield {
    path: [],
    message: `needs url: ${own.type} records have no port and no name that a certificate could be for`,
  };
});

withRule(dnsSourceSchema, ttls, function* (own) {
  if (ms(own.minTtl) > ms(own.maxTtl)) yield { path: ["minTtl"], message: `is longer than maxTtl, ${own.maxTtl}` };
});

export type DnsSourceConfig = z.output<typeof dnsSourceSchema>;
