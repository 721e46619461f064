/** The filter that tells browsers what not to do with answers. */
import * as z from "zod";
import { durationMs } from "../duration.ts";
import { duration } from "./duration.ts";
import { withRule } from "./finding.ts";
import { CONNECTION_HEADERS, headerName, headerValue } from "./names.ts";
import { derived, group, setting, withDefaults } from "./setting.ts";

const policy = () => headerValue().min(1);

/** What the lists of browsers' vendors ask for, ms. Source: hstspreload.org. */
const PRELOAD_MS = 365 * 24 * 3_600_000;

const strictTransportSecurity = withRule(
  z.strictObject(
    withDefaults({
      enabled: setting(z.boolean(), "Whether it is sent.", true, "a visitor's first request without TLS is the last"),
      maxAge: setting(
        duration("0s", "26280h"),
        "For how long browsers ask by https only; 0s makes them forget it.",
        "8760h",
        "a year, as OWASP has it",
      ),
      includeSubDomains: setting(
        z.boolean(),
        "Whether that holds for all names below, too.",
        false,
        "other names may not be the mesh's to speak for",
      ),
      preload: setting(
        z.boolean(),
        "Whether browsers may list the name for good. Hard to take back.",
        false,
        "it binds every name below for years",
      ),
    }),
  ),
  { preload: z.literal(true), maxAge: z.string().default("8760h"), includeSubDomains: z.boolean().default(false) },
  function* ({ maxAge, includeSubDomains }) {
    if (includeSubDomains && durationMs(maxAge) >= PRELOAD_MS) return;
    yield { path: ["preload"], message: "needs includeSubDomains and a maxAge of 8760h or more, or no list takes it" };
  },
);

const REFERRER_POLICIES = [
  "no-referrer",
  "no-referrer-when-downgrade",
  "origin",
  "origin-when-cross-origin",
  "same-origin",
  "strict-origin",
  "strict-origin-when-cross-origin",
  "unsafe-url",
] as const;

const removable = () =>
  headerName().refine((name) => !CONNECTION_HEADERS.includes(name.toLowerCase()) && !/^x-heddle-/i.test(name), {
    error: "is not a header that filters may change",
  });

export const securityHeaders = z.strictObject({
  ...withDefaults({
    conflict: setting(
      z.enum(["keep", "replace"]),
      "What holds where the origin sends a header itself: keep its value, or replace it by the one here.",
      "keep",
      "an application knows its own pages",
    ),
    contentTypeOptions: setting(
      z.boolean(),
      "Whether X-Content-Type-Options: nosniff is sent: content is what its type says.",
      true,
      "as OWASP has it",
    ),
    frameOptions: setting(
      z.enum(["SAMEORIGIN", "DENY", "off"]),
      "X-Frame-Options: whose pages may show the answer in a frame. frame-ancestors of a Content-Security-Policy, where there is one, is what browsers go by.",
      "SAMEORIGIN",
      "no other site's, against clickjacking; OWASP's DENY breaks pages that frame their own",
    ),
    referrerPolicy: setting(
      z.enum([...REFERRER_POLICIES, "off"]),
      "Referrer-Policy: what other sites learn of the page that a visitor comes from.",
      "strict-origin-when-cross-origin",
      "what browsers do that are told nothing, said to all",
    ),
    permittedCrossDomainPolicies: setting(
      z.enum(["none", "master-only", "off"]),
      "X-Permitted-Cross-Domain-Policies: what PDF readers may load from other sites.",
      "none",
      "as OWASP has it",
    ),
    contentSecurityPolicy: derived(policy(), "Content-Security-Policy, as it is sent.", "none: it is the pages' own"),
    contentSecurityPolicyReportOnly: derived(policy(), "Content-Security-Policy-Report-Only, as it is sent.", "none"),
    permissionsPolicy: derived(policy(), 'Permissions-Policy, as it is sent: "camera=(), geolocation=()".', "none"),
    crossOriginOpenerPolicy: derived(
      z.enum(["unsafe-none", "same-origin-allow-popups", "same-origin", "noopener-allow-popups"]),
      "Cross-Origin-Opener-Policy: whether windows of other sites keep a hold on the page.",
      "none: logins in pop-ups often need one",
    ),
    crossOriginEmbedderPolicy: derived(
      z.enum(["unsafe-none", "require-corp", "credentialless"]),
      "Cross-Origin-Embedder-Policy: what the page may load of other sites.",
      "none",
    ),
    crossOriginResourcePolicy: derived(
      z.enum(["same-site", "same-origin", "cross-origin"]),
      "Cross-Origin-Resource-Policy: which sites may load the answer.",
      "none",
    ),
    remove: setting(
      z.array(removable()).max(64),
      "Headers that are taken away, as they tell which software runs at the origin.",
      ["server", "x-powered-by", "x-aspnet-version", "x-aspnetmvc-version"],
      "those that are most common",
    ),
  }),
  strictTransportSecurity: group(
    strictTransportSecurity,
    "Strict-Transport-Security, on answers to https requests only.",
  ),
});
