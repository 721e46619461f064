/**
 * Names of a request's sender, `<issuer>/<subject>`. Issuers hold slashes, so a value is cut at its last one and both parts
 * are compared by themselves: compared as one text, the subject `b/c` of the issuer `https://a` would pass for the subject
 * `c` of the issuer `https://a/b`.
 *
 * Source: Istio, pilot/pkg/security/authz/model/generator.go, requestPrincipalGenerator.
 */
import type { Principal } from "../principal.ts";
import { issuerOf, subjectOf } from "./subject.ts";
import { hasText, openValues, type ValueSet } from "./value-set.ts";

export interface RequestPrincipals {
  /** Subjects of exact values by issuer: most lists hold nothing else. */
  readonly exact: ReadonlyMap<string, ReadonlySet<string>>;
  readonly patterns: readonly { readonly issuer: ValueSet; readonly subject: ValueSet }[];
}

/** Arranges values for `hasRequestPrincipal`. Never throws. */
export function openRequestPrincipals(values: readonly string[]): RequestPrincipals {
  const exact = new Map<string, Set<string>>();
  const patterns: { issuer: ValueSet; subject: ValueSet }[] = [];
  for (const value of values) {
    if (isExactPrincipal(value)) {
      const [issuer, subject] = cut(value);
      exact.set(issuer, (exact.get(issuer) ?? new Set()).add(subject));
    } else {
      const [issuer, subject] = patternsOf(value);
      patterns.push({ issuer: openValues([issuer]), subject: openValues([subject]) });
    }
  }
  return { exact, patterns };
}

/** Whether a value names one sender. */
export function isExactPrincipal(value: string): boolean {
  return !value.startsWith("*") && !value.endsWith("*");
}

/** Never throws, never allocates; linear in the values that have a "*" alone. */
export function hasRequestPrincipal({ exact, patterns }: RequestPrincipals, principal: Principal): boolean {
  const subject = subjectOf(principal);
  if (subject === null) return false;
  const issuer = issuerOf(principal);
  if (exact.get(issuer)?.has(subject)) return true;
  for (let i = 0; i < patterns.length; i += 1) {
    const pattern = patterns[i]!;
    if (hasText(pattern.issuer, issuer) && hasText(pattern.subject, subject)) return true;
  }
  return false;
}

/** What is after the last slash is the subject; without a slash all is the issuer. */
function cut(value: string): readonly [issuer: string, subject: string] {
  const slash = value.lastIndexOf("/");
  return slash < 0 ? [value, ""] : [value.slice(0, slash), value.slice(slash + 1)];
}

function patternsOf(value: string): readonly [issuer: string, subject: string] {
  if (value === "*") return ["*", "*"];
  // Without a slash a suffix is one of the subject, and a prefix one of the issuer.
  if (!value.includes("/")) return value.startsWith("*") ? ["*", value] : [value, "*"];
  return cut(value);
}
