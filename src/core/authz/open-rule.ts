/** A rule of a policy, arranged for trying it on requests. */
import type { AttributeTest, AuthorizationPolicy, AuthorizationRule } from "../mesh.ts";
import { type OpenTest, openTest, passes } from "./attribute-test.ts";
import type { Subject } from "./subject.ts";

export interface OpenRule {
  readonly policy: AuthorizationPolicy;
  /** In the policy. */
  readonly index: number;
  readonly rule: AuthorizationRule;
  /** Null: anybody, anything, always. */
  readonly from: readonly (readonly OpenTest[])[] | null;
  readonly to: readonly (readonly OpenTest[])[] | null;
  readonly when: readonly OpenTest[] | null;
}

/** Arranges the rules of a policy. Linear in their values. `isStrict`: what origins may read in several ways is. */
export function openRules(policy: AuthorizationPolicy, isStrict: boolean): readonly OpenRule[] {
  const open = (test: AttributeTest) => openTest(test, policy.action === "ALLOW", isStrict);
  return policy.rules.map((rule, index) => ({
    policy,
    index,
    rule,
    from: rule.from?.map((tests) => tests.map(open)) ?? null,
    to: rule.to?.map((tests) => tests.map(open)) ?? null,
    when: rule.when?.map(open) ?? null,
  }));
}

/** Whether a rule matches. What is cheapest to look at comes first. Never throws. */
export function matches({ to, when, from }: OpenRule, subject: Subject, path: string): boolean {
  return (
    (to === null || some(to, subject, path)) &&
    (from === null || some(from, subject, path)) &&
    (when === null || every(when, subject, path))
  );
}

function some(groups: readonly (readonly OpenTest[])[], subject: Subject, path: string): boolean {
  for (let i = 0; i < groups.length; i += 1) if (every(groups[i]!, subject, path)) return true;
  return false;
}

function every(tests: readonly OpenTest[], subject: Subject, path: string): boolean {
  for (let i = 0; i < tests.length; i += 1) if (!passes(tests[i]!, subject, path)) return false;
  return true;
}
