/**
 * May this request pass? CUSTOM, then DENY, then ALLOW: an external authorizer is asked where a CUSTOM policy matches
 * (`authorizersOf`); a DENY policy that matches refuses; where there are ALLOW policies, one has to match (`authorize`).
 * AUDIT policies and those on trial decide nothing and are told of by `observe`. The order in which policies are written
 * does not matter.
 *
 * Where paths are read strictly, what holds for one reading of a path holds for the request: it is refused when one of its
 * readings is, or climbs, and a CUSTOM or AUDIT policy matches it when it matches one of them (path-readings.ts). So it is for what a
 * header says of the method (method-readings.ts), and for lists in headers and parameters (attribute-test.ts).
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
import { overriddenSubjects } from "./method-readings.ts";
import { matches, type OpenRule, openRules } from "./open-rule.ts";
import { isAmbiguous, mayClimb, readingsOf } from "./path-readings.ts";
import { indexRules, type RuleIndex, search } from "./rule-index.ts";
import type { Subject } from "./subject.ts";

export interface OpenAuthorization {
  readonly isStrict: boolean;
  /** One of them asks for methods, and they are read strictly. */
  readonly readsMethods: boolean;
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
  const isStrict = ambiguousPaths === "strict";
  const opened = policies.map((policy) => ({ policy, rules: openRules(policy, isStrict) }));
  const of = (action: AuthorizationPolicy["action"], isOnTrial: (dryRun: boolean) => boolean) =>
    opened.filter(({ policy }) => policy.action === action && isOnTrial(policy.dryRun === true));
  const inForce = (dryRun: boolean) => !dryRun;
  const hasTrial = policies.some(({ dryRun }) => dryRun === true);
  const onTrial = of("CUSTOM", (dryRun) => dryRun);
  return {
    isStrict,
    readsMethods: isStrict && opened.some(({ rules }) => rules.some(readsMethod)),
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

function readsMethod({ from, to, when }: OpenRule): boolean {
  return [...(from ?? []), ...(to ?? []), when ?? []].some((tests) =>
    tests.some(({ test }) => test.attribute === "method"),
  );
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
export function authorizersOf(open: OpenAuthorization, subject: Subject): readonly AskAuthorizer[] {
  if (open.custom === null) return NOBODY;
  const found = allOf(open, open.custom, subject);
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
export function authorize(open: OpenAuthorization, subject: Subject): AuthorizationDecision {
  return decide(open, open.inForce, subject);
}

function decide(
  { isStrict, readsMethods }: OpenAuthorization,
  phases: Phases,
  subject: Subject,
): AuthorizationDecision {
  const decision = decideAs(phases, subject, isStrict);
  if (!decision.allowed || !readsMethods) return decision;
  for (const other of overriddenSubjects(subject)) {
    const overridden = decideAs(phases, other, isStrict);
    if (!overridden.allowed) return overridden;
  }
  return decision;
}

function decideAs(phases: Phases, subject: Subject, isStrict: boolean): AuthorizationDecision {
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
  open: OpenAuthorization,
  subject: Subject,
  decision: AuthorizationDecision,
): readonly Observation[] {
  const { audit, onTrial } = open;
  if (audit === null && onTrial === null) return NOTHING;
  const observations: Observation[] = [];
  for (const { policy, index } of audit === null ? [] : allOf(open, audit, subject)) {
    observations.push({ type: "audit", policy: policy.name, rule: index });
  }
  if (onTrial === null) return observations;
  for (const { policy, index } of onTrial.custom === null ? [] : allOf(open, onTrial.custom, subject)) {
    observations.push({ type: "dry-run-ask", policy: policy.name, rule: index });
  }
  const tried = decide(open, onTrial.phases, subject);
  if (tried.allowed !== decision.allowed) observations.push({ type: "dry-run", decision: tried });
  return observations;
}

/** Every rule that matches a request, each once, in the order of the config. Linear in the rules; for `explain`. */
export function matchingRules(open: OpenAuthorization, subject: Subject): readonly MatchedRule[] {
  const readings = readingsFor(subject.head.path, open.isStrict);
  const subjects = subjectsFor(open, subject);
  return open.rules
    .filter((rule) => subjects.some((one) => readings.some((path) => matches(rule, one, path))))
    .map(({ policy, index }) => ({
      policy: policy.name,
      rule: index,
      action: policy.action,
      dryRun: policy.dryRun === true,
    }));
}

function allOf(open: OpenAuthorization, index: RuleIndex, subject: Subject): readonly OpenRule[] {
  const found: OpenRule[] = [];
  for (const one of subjectsFor(open, subject)) {
    for (const path of readingsFor(one.head.path, open.isStrict)) search(index, one, path, found);
  }
  return found.length < 2 ? found : [...new Set(found)];
}

function subjectsFor({ readsMethods }: OpenAuthorization, subject: Subject): readonly Subject[] {
  return readsMethods ? [subject, ...overriddenSubjects(subject)] : [subject];
}

function readingsFor(path: string, isStrict: boolean): readonly string[] {
  return isStrict && isAmbiguous(path) ? readingsOf(path) : [path];
}
