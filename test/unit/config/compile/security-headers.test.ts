import { describe, expect, it } from "vitest";
import { compileMesh } from "../../../../src/config/compile.ts";
import { parseConfig } from "../../../../src/config/decode.ts";
import { refuses, rule } from "../schema/faulty.ts";

const filter = (settings: string) =>
  rule(`filters: [{ type: SecurityHeaders${settings} }]`, "backendRefs: [{ service: shop }]");

async function compiled(settings: string) {
  const decoded = parseConfig(filter(settings));
  if (!decoded.ok) throw new Error(JSON.stringify(decoded.faults));
  const mesh = await compileMesh(decoded.config, { nowMs: 0 });
  return mesh.routes[0]!.rules[0]!.filters!.securityHeaders!;
}

describe("the filter SecurityHeaders", () => {
  it("has a sound set by default", async () => {
    expect(await compiled("")).toEqual({
      headers: [
        ["x-content-type-options", "nosniff"],
        ["x-frame-options", "SAMEORIGIN"],
        ["referrer-policy", "strict-origin-when-cross-origin"],
        ["x-permitted-cross-domain-policies", "none"],
      ],
      hsts: "max-age=31536000",
      replaces: false,
      remove: ["server", "x-powered-by", "x-aspnet-version", "x-aspnetmvc-version"],
    });
    expect(await compiled(", securityHeaders: {}")).toEqual(await compiled(""));
  });

  it("says all there is to say", async () => {
    const settings = `, securityHeaders: {
      conflict: replace, contentTypeOptions: false, frameOptions: off, referrerPolicy: off,
      permittedCrossDomainPolicies: off, contentSecurityPolicy: "default-src 'self'", permissionsPolicy: "camera=()",
      contentSecurityPolicyReportOnly: "default-src 'none'", crossOriginOpenerPolicy: same-origin,
      crossOriginEmbedderPolicy: require-corp, crossOriginResourcePolicy: same-site, remove: [X-Secret-Version],
      strictTransportSecurity: { maxAge: 17520h, includeSubDomains: true, preload: true } }`;
    expect(await compiled(settings.replaceAll(/\s+/g, " "))).toEqual({
      headers: [
        ["content-security-policy", "default-src 'self'"],
        ["content-security-policy-report-only", "default-src 'none'"],
        ["permissions-policy", "camera=()"],
        ["cross-origin-opener-policy", "same-origin"],
        ["cross-origin-embedder-policy", "require-corp"],
        ["cross-origin-resource-policy", "same-site"],
      ],
      hsts: "max-age=63072000; includeSubDomains; preload",
      replaces: true,
      remove: ["x-secret-version"],
    });
  });

  it("leaves transport alone when that is switched off", async () => {
    expect((await compiled(", securityHeaders: { strictTransportSecurity: { enabled: false } }")).hsts).toBe("");
  });

  const at = "routes[0].rules[0].filters[0].securityHeaders";
  refuses([
    [
      "a preload that no list takes",
      filter(", securityHeaders: { strictTransportSecurity: { preload: true } }"),
      `${at}.strictTransportSecurity.preload`,
      7,
      "needs includeSubDomains",
    ],
    [
      "a header that is not a filter's to take away",
      filter(", securityHeaders: { remove: [Content-Length] }"),
      `${at}.remove[0]`,
      7,
      "is not a header that filters may change",
    ],
    [
      "a policy on two lines",
      filter(', securityHeaders: { contentSecurityPolicy: "default-src *\\r\\nSet-Cookie: a=b" }'),
      `${at}.contentSecurityPolicy`,
      7,
      "is not a header value",
    ],
  ]);
});
