import type { SecurityHeaders } from "../../core/mesh-routes.ts";
import { durationMs } from "../duration.ts";
import type { RuleFilterConfig } from "../schema/filters.ts";

type Config = Extract<RuleFilterConfig, { readonly type: "SecurityHeaders" }>["securityHeaders"];

/** The headers as they are written. */
export function compileSecurityHeaders(config: Config): SecurityHeaders {
  const { enabled, maxAge, includeSubDomains, preload } = config.strictTransportSecurity;
  const headers: readonly (readonly [name: string, value: string | undefined])[] = [
    ["x-content-type-options", config.contentTypeOptions ? "nosniff" : undefined],
    ["x-frame-options", unlessOff(config.frameOptions)],
    ["referrer-policy", unlessOff(config.referrerPolicy)],
    ["x-permitted-cross-domain-policies", unlessOff(config.permittedCrossDomainPolicies)],
    ["content-security-policy", config.contentSecurityPolicy],
    ["content-security-policy-report-only", config.contentSecurityPolicyReportOnly],
    ["permissions-policy", config.permissionsPolicy],
    ["cross-origin-opener-policy", config.crossOriginOpenerPolicy],
    ["cross-origin-embedder-policy", config.crossOriginEmbedderPolicy],
    ["cross-origin-resource-policy", config.crossOriginResourcePolicy],
  ];
  const seconds = Math.floor(durationMs(maxAge) / 1_000);
  return {
    headers: headers.flatMap(([name, value]) => (value === undefined ? [] : [[name, value] as const])),
    hsts: enabled
      ? `max-age=${seconds}${includeSubDomains ? "; includeSubDomains" : ""}${preload ? "; preload" : ""}`
      : "",
    replaces: config.conflict === "replace",
    remove: [...new Set(config.remove.map((name) => name.toLowerCase()))],
  };
}

function unlessOff(value: string): string | undefined {
  return value === "off" ? undefined : value;
}
