/**
 * May this request pass? CUSTOM, then DENY, then ALLOW: an external authorizer is asked where a CUSTOM policy matches
 * (`authorizersOf`); a DENY policy that matches refuses; where there are ALLOW policies, one has to match (`authorize`).
 * AUDIT policies and those on trial decide nothing and are told of by `observe`. The order in which policies are written
 * does not matter.
 *
 * Where paths are read strictly, what holds for one reading of a path holds for the request: it is refused when one of its
 * readings is, or climbs, and a CUSTOM or AUDIT policy matches it when it matches one of them (path-readings.ts).
 *
 * Source: Istio, AuthorizationPolicy.
 */
import type { AuthorizationPolicy } from "../mesh.ts";
import {
  type AskAuthorizer,
  type AuthorizationDecision,
  type MatchedRule,
  NO_ALLOW_POLICY,
  NO_MATCH,
  type Observation,
  UNREADABLE_PATH,
} from "./decision.ts";
import { matches, type OpenRule, openRules } from "./open-rule.ts";
import { isAmbiguous, mayClimb, readingsOf } from "./path-readings.ts";
import { indexRules, type RuleIndex, search } from "./rule-index.ts";
import type { Subject } from "./subject.ts";

export interface OpenAuthorization {
  readonly isStrict: boolean;
  /** All of them, in the order of the config. */
  readonly rules: readonly OpenRule[];
  /** Null where no policy has the action. */
  readonly custom: RuleIndex | null;
  readonly inForce: Phases;
  readonly audit: RuleIndex | null;
  /** With the policies on trial as well; null where there are none. */
  readonly onTrial: { readonly phases: Phases; readonly custom: RuleIndex | null } | null;
}

interface Phases {
  readonly deny: RuleIndex | null;
  readonly allow: RuleIndex | null;
  /** Made beforehand, since every request needs one. */
  readonly decisions: ReadonlyMap<OpenRule, AuthorizationDecision>;
}

const NOBODY: readonly AskAuthorizer[] = [];
const NOTHING: readonly Observation[] = [];

/** Arranges the policies that hold for a rule of the routes. Linear in their values; to be done once for each mesh. */
export function openAuthorization(
  policies: readonly AuthorizationPolicy[],
  ambiguousPaths: "strict" | "literal",
): OpenAuthorization {
  const opened = policies.map((policy) => ({ policy, rules: openRules(policy) }));
  const of = (action: AuthorizationPolicy["action"], isOnTrial: (dryRun: boolean) => boolean) =>
    opened.filter(({ policy }) => policy.action === action && isOnTrial(policy.dryRun === true));
  const inForce = (dryRun: boolean) => !dryRun;
  const hasTrial = policies.some(({ dryRun }) => dryRun === true);
  const onTrial = of("CUSTOM", (dryRun) => dryRun);
  return {
    isStrict: ambiguousPaths === "strict",
    rules: opened.flatMap(({ rules }) => rules),
    custom: indexOf(of("CUSTOM", inForce)),
    inForce: phasesOf(of("DENY", inForce), of("ALLOW", inForce)),
    audit: indexOf(of("AUDIT", inForce)),
    onTrial: hasTrial
      ? {
          phases: phasesOf(
            of("DENY", () => true),
            of("ALLOW", () => true),
          ),
          custom: indexOf(onTrial),
        }
      : null,
  };
}

interface OpenPolicy {
  readonly policy: AuthorizationPolicy;
  readonly rules: readonly OpenRule[];
}

/** A policy without rules counts: one that allows nothing refuses everything. */
function indexOf(policies: readonly OpenPolicy[]): RuleIndex | null {
  return policies.length === 0 ? null : indexRules(policies.flatMap(({ rules }) => rules));
}

function phasesOf(deny: readonly OpenPolicy[], allow: readonly OpenPolicy[]): Phases {
  const decisions = new Map<OpenRule, AuthorizationDecision>();
  for (const { policy, rules } of [...deny, ...allow]) {
    for (const rule of rules) {
      const evidence = { policy: policy.name, rule: rule.index };
      const isDeny = policy.action === "DENY";
      decisions.set(
        rule,
        isDeny ? { allowed: false, because: "deny", ...evidence } : { allowed: true, because: "allow", ...evidence },
      );
    }
  }
  return { deny: indexOf(deny), allow: indexOf(allow), decisions };
}

/**
 * Which external authorizers have to be asked first: each once, by the rule that was found first. Usually none.
 *
 * Never throws; allocates only when one is to be asked.
 */
export function authorizersOf({ custom, isStrict }: OpenAuthorization, subject: Subject): readonly AskAuthorizer[] {
  if (custom === null) return NOBODY;
  const found = allOf(custom, subject, isStrict);
  if (found.length === 0) return NOBODY;
  const byProvider = new Map<number, AskAuthorizer>();
  for (const { policy, index } of found) {
    const provider = policy.provider ?? -1;
    if (!byProvider.has(provider)) byProvider.set(provider, { provider, policy: policy.name, rule: index });
  }
  return [...byProvider.values()];
}

/**
 * Whether a request may pass, as far as no authorizer is concerned.
 *
 * Never throws; allocates only for paths that may be read in several ways. Constant in the number of policies as far as
 * rule-index.ts can tell them apart.
 */
export function authorize({ inForce, isStrict }: OpenAuthorization, subject: Subject): AuthorizationDecision {
  return decide(inForce, subject, isStrict);
}

function decide(phases: Phases, subject: Subject, isStrict: boolean): AuthorizationDecision {
  const { path } = subject.head;
  if (!isStrict || !isAmbiguous(path)) return decideFor(phases, subject, path);
  if (phases.deny === null && phases.allow === null) return NO_ALLOW_POLICY;
  if (mayClimb(path)) return UNREADABLE_PATH;
  let first: AuthorizationDecision | null = null;
  for (const reading of readingsOf(path)) {
    const decision = decideFor(phases, subject, reading);
    if (!decision.allowed) return decision;
    first ??= decision;
  }
  return first ?? NO_MATCH;
}

function decideFor({ deny, allow, decisions }: Phases, subject: Subject, path: string): AuthorizationDecision {
  if (deny !== null) {
    const refusing = search(deny, subject, path, null);
    if (refusing !== null) return decisions.get(refusing)!;
  }
  if (allow === null) return NO_ALLOW_POLICY;
  const admitting = search(allow, subject, path, null);
  return admitting === null ? NO_MATCH : decisions.get(admitting)!;
}

/**
 * What is to be written to the log of a request and decides nothing: AUDIT policies that match, and what policies on trial
 * would have changed. Usually nothing.
 *
 * - `decision`: the one in force.
 *
 * Never throws; allocates only for meshes that have such policies.
 */
export function observe(
  { audit, onTrial, isStrict }: OpenAuthorization,
  subject: Subject,
  decision: AuthorizationDecision,
): readonly Observation[] {
  if (audit === null && onTrial === null) return NOTHING;
  const observations: Observation[] = [];
  for (const { policy, index } of audit === null ? [] : allOf(audit, subject, isStrict)) {
    observations.push({ type: "audit", policy: policy.name, rule: index });
  }
  if (onTrial === null) return observations;
  for (const { policy, index } of onTrial.custom === null ? [] : allOf(onTrial.custom, subject, isStrict)) {
    observations.push({ type: "dry-run-ask", policy: policy.name, rule: index });
  }
  const tried = decide(onTrial.phases, subject, isStrict);
  if (tried.allowed !== decision.allowed) observations.push({ type: "dry-run", decision: tried });
  return observations;
}

/** Every rule that matches a request, each once, in the order of the config. Linear in the rules; for `explain`. */
export function matchingRules({ rules, isStrict }: OpenAuthorization, subject: Subject): readonly MatchedRule[] {
  const readings = readingsFor(subject.head.path, isStrict);
  return rules
    .filter((rule) => readings.some((path) => matches(rule, subject, path)))
    .map(({ policy, index }) => ({
      policy: policy.name,
      rule: index,
      action: policy.action,
      dryRun: policy.dryRun === true,
    }));
}

function allOf(index: RuleIndex, subject: Subject, isStrict: boolean): readonly OpenRule[] {
  const found: OpenRule[] = [];
  for (const path of readingsFor(subject.head.path, isStrict)) search(index, subject, path, found);
  return found.length < 2 ? found : [...new Set(found)];
}

function readingsFor(path: string, isStrict: boolean): readonly string[] {
  return isStrict && isAmbiguous(path) ? readingsOf(path) : [path];
}
