/** Who may do what: policies of the mesh, of a route and of a rule, which hold together. Istio's AuthorizationPolicy. */
import * as z from "zod";
import { type Finding, isRecord, withFindings } from "../finding.ts";
import { name, placedName } from "../names.ts";
import { derived, setting, withDefaults } from "../setting.ts";
import { policyRule } from "./rules.ts";

const policy = z.strictObject(
  withDefaults({
    name: derived(
      placedName(),
      "Name of the policy, for logs and explain; unique in its list.",
      "mesh/policy-<index>, or route/ or rule/ instead of mesh/",
    ),
    action: setting(
      z.enum(["ALLOW", "DENY", "CUSTOM", "AUDIT"]),
      "In this order: CUSTOM asks an authorizer, DENY refuses, ALLOW admits. Where there is an ALLOW policy, one has to match. AUDIT writes to the log.",
      "ALLOW",
      "as in Istio",
    ),
    provider: derived(
      name(),
      "Of CUSTOM: the provider of `authentication.providers`, of type External, that is asked.",
      "required for CUSTOM, and none else has one",
    ),
    dryRun: setting(
      z.boolean(),
      "Decides nothing: what it would have decided is written to the log.",
      false,
      "as istio.io/dry-run in Istio",
    ),
    rules: setting(
      z.array(policyRule).max(512),
      "It matches when one of them does. Without any it never does, so that ALLOW without rules refuses everything; a rule without fields always does.",
      [],
      "as in Istio",
    ),
  }),
);
withFindings(policy, function* (value): Iterable<Finding> {
  if (!isRecord(value)) return;
  const isCustom = value.action === "CUSTOM";
  if (isCustom && value.provider === undefined) yield { path: ["provider"], message: "is required for CUSTOM" };
  if (!isCustom && value.provider !== undefined) {
    yield { path: ["provider"], message: "has no meaning: only CUSTOM asks somebody" };
  }
});

const policies = withFindings(z.array(policy).max(2_000), function* (list): Iterable<Finding> {
  const seen = new Set<string>();
  for (const [index, entry] of (Array.isArray(list) ? list : []).entries()) {
    if (!isRecord(entry) || typeof entry.name !== "string") continue;
    if (seen.has(entry.name)) yield { path: [index, "name"], message: `${entry.name} is there already` };
    seen.add(entry.name);
  }
});

/** Of the mesh. */
export const meshAuthorizationSchema = z.strictObject(
  withDefaults({
    policies: setting(policies, "Hold for every rule of every route.", [], "everybody may do everything"),
    ambiguousPaths: setting(
      z.enum(["strict", "literal"]),
      "strict: a path with encoded slashes, encoding of encoding or `;` parameters, which origins read in several ways, has to be allowed in each of them; so have lists in headers, `;` in queries and X-HTTP-Method-Override where policies ask for them. literal: it is taken as it is forwarded.",
      "strict",
      "or /public/..;/admin passes for /public to us and is /admin to a servlet container",
    ),
  }),
);

/** Of a route or a rule. */
export const authorizeSchema = z.strictObject(
  withDefaults({
    policies: setting(
      policies,
      "Hold together with those around: of the mesh, and for a rule of its route.",
      [],
      "none",
    ),
  }),
);

export type PolicyConfig = z.output<typeof policy>;
export type MeshAuthorizationConfig = z.output<typeof meshAuthorizationSchema>;
export type AuthorizeConfig = z.output<typeof authorizeSchema>;
