/** Policies and requests of few hosts, paths and values, so that they meet often. */
import fc from "fast-check";
import type { Subject } from "../../../../src/core/authz/subject.ts";
import type { AttributeTest, AuthorizationPolicy, AuthorizationRule } from "../../../../src/core/mesh.ts";
import { ANONYMOUS } from "../../../../src/core/principal.ts";
import { subject, token } from "./subjects.ts";

const VALUES = {
  host: ["a.example.com", "b.example.com", "*.example.com", ".example.com", "a.*", "*", "*ple.com"],
  path: ["/", "/a", "/a/b", "/a*", "/a/*", "*/b", "*", "/a/{*}", "/{**}/b", "/{*}/b/{**}"],
  method: ["GET", "POST", "P*", "*"],
  ip: ["10.0.0.0/8", "10.1.0.0/16", "2001:db8::/32", "192.0.2.1"],
  country: ["DE", "AT"],
  asn: ["64500", "64501"],
  colo: ["FRA"],
  port: ["443", "8443"],
  sni: ["a.example.com", "*.com"],
  header: ["1", "2", "1*", "*"],
  query: ["1", "*2", "*"],
  requestPrincipal: ["https://i/s1", "https://i/s2", "https://i/*", "*/s1", "*"],
  claim: ["admin", "reader", "*"],
  principal: ["cluster.local/ns/a/sa/b", "cluster.local/*"],
} as const;

export const test: fc.Arbitrary<AttributeTest> = fc
  .constantFrom(...(Object.keys(VALUES) as (keyof typeof VALUES)[]))
  .chain((attribute) =>
    fc.record({
      attribute: fc.constant(attribute),
      values: fc.subarray([...VALUES[attribute]] as string[], { minLength: 1 }),
      invert: fc.boolean(),
      name: fc.constantFrom("x", "y"),
      claim: fc.constantFrom(["roles"], ["nested", "roles"]),
    }),
  )
  .map(({ attribute, values, invert, name, claim }) => ({
    attribute,
    values,
    ...(invert && { invert: true as const }),
    ...((attribute === "header" || attribute === "query") && { name }),
    ...(attribute === "claim" && { claim }),
  }));

const tests = fc.array(test, { minLength: 1, maxLength: 2 });
const alternatives = fc.array(tests, { minLength: 1, maxLength: 2 });

export const rule: fc.Arbitrary<AuthorizationRule> = fc.record(
  { from: alternatives, to: alternatives, when: tests },
  { requiredKeys: [] },
);

/** With distinct names. `actions`: of which they are. */
export function policies(
  actions: readonly AuthorizationPolicy["action"][] = ["ALLOW", "DENY", "CUSTOM", "AUDIT"],
): fc.Arbitrary<readonly AuthorizationPolicy[]> {
  const policy = fc.record({
    action: fc.constantFrom(...actions),
    rules: fc.array(rule, { maxLength: 3 }),
    provider: fc.nat(1),
    dryRun: fc.boolean(),
  });
  return fc.array(policy, { maxLength: 14 }).map((all) =>
    all.map(({ action, rules, provider, dryRun }, index) => ({
      name: `p${index}`,
      action,
      rules,
      ...(action === "CUSTOM" && { provider }),
      ...(dryRun && { dryRun: true as const }),
    })),
  );
}

const principal = fc.oneof(
  fc.constant(ANONYMOUS),
  fc
    .record({
      iss: fc.constantFrom("https://i", "https://j"),
      sub: fc.constantFrom("s1", "s2"),
      roles: fc.constantFrom<unknown>("admin", ["reader", "writer"], 3, { roles: "admin" }),
      nested: fc.constantFrom<unknown>({ roles: ["admin"] }, "admin", null),
    })
    .map(token),
  fc.constant({
    kind: "mtls" as const,
    id: "CN=b",
    claims: { names: ["spiffe://cluster.local/ns/a/sa/b"] },
    presented: ["mtls"],
  }),
);

export const request: fc.Arbitrary<Subject> = fc
  .record({
    host: fc.constantFrom("a.example.com", "b.example.com", "example.com", "a.b.example.com", "other.org"),
    path: fc.constantFrom("/", "/a", "/a/b", "/a/b/c", "/ab", "/b", "/a;x/b", "/a%2Fb"),
    method: fc.constantFrom("GET", "POST", "PUT"),
    port: fc.constantFrom(443, 8443),
    scheme: fc.constantFrom("http", "https"),
    clientIp: fc.constantFrom("10.1.2.3", "10.2.0.1", "::ffff:10.1.2.3", "2001:db8::1", "192.0.2.1", ""),
    country: fc.constantFrom("DE", "FR", ""),
    asn: fc.constantFrom("64500", ""),
    colo: fc.constantFrom("FRA", "VIE"),
    query: fc.constantFrom("", "?x=1", "?x=2&y=12", "?y"),
    headers: fc.constantFrom({}, { x: "1" }, { x: "12", y: "2" }, { y: "" }),
    principal,
  })
  .map(subject);
