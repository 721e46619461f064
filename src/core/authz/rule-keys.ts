/**
 * Many rules of one host and path, divided by a value that they ask for exactly: the sender, a method, a country, a header; or by
 * blocks that the client's address has to be in. A rule is kept under a key when it cannot match without it; the others are
 * tried one by one.
 */
import type { AttributeTest } from "../mesh.ts";
import { clientAddress } from "./attribute-test.ts";
import { type BlockIndex, indexBlocks, innermost, outwards, valuesAt } from "./block-index.ts";
import { claimAt, claimText } from "./claims.ts";
import { matches, type OpenRule } from "./open-rule.ts";
import { isExactPrincipal } from "./request-principals.ts";
import { issuerOf, type Subject, subjectOf } from "./subject.ts";
import { patternOf } from "./value-set.ts";

export interface KeyedRules {
  readonly groups: readonly KeyGroup[];
  /** Those that ask for blocks of addresses; null for none. */
  readonly byBlock: BlockIndex<OpenRule> | null;
  /** Those without a key. */
  readonly others: readonly OpenRule[];
}

interface KeyGroup {
  readonly attribute: KeyAttribute;
  /** Of a header. */
  readonly name: string;
  /** Of a claim, the members on the way to it. */
  readonly claim: readonly string[];
  readonly byValue: ReadonlyMap<string, readonly OpenRule[]>;
}

/** Attributes that are texts. Of them a claim alone has more than one. */
type KeyAttribute = "requestPrincipal" | "claim" | "header" | "country" | "asn" | "colo" | "method";

/** What divides best comes first. */
const KEYS: readonly (KeyAttribute | "ip")[] = [
  "requestPrincipal",
  "claim",
  "header",
  "ip",
  "asn",
  "country",
  "colo",
  "method",
];

/** As many rules are tried as quickly as they are found. */
const FEW = 4;

interface Key {
  readonly attribute: KeyAttribute | "ip";
  readonly name: string;
  readonly claim: readonly string[];
  readonly values: readonly string[];
}

/** Divides rules. Linear in their values. */
export function keyed(rules: readonly OpenRule[]): KeyedRules {
  if (rules.length <= FEW) return { groups: [], byBlock: null, others: rules };
  const groups = new Map<string, KeyGroup & { readonly byValue: Map<string, OpenRule[]> }>();
  const blocks: [block: string, rule: OpenRule][] = [];
  const others: OpenRule[] = [];
  for (const rule of rules) {
    const key = keyOf(rule);
    if (key === null) {
      others.push(rule);
      continue;
    }
    const { attribute, name, claim } = key;
    if (attribute === "ip") {
      for (const block of key.values) blocks.push([block, rule]);
      continue;
    }
    const place = `${attribute} ${name} ${JSON.stringify(claim)}`;
    const group = groups.get(place) ?? { attribute, name, claim, byValue: new Map<string, OpenRule[]>() };
    groups.set(place, group);
    for (const value of new Set(key.values)) group.byValue.set(value, [...(group.byValue.get(value) ?? []), rule]);
  }
  return { groups: [...groups.values()], byBlock: blocks.length === 0 ? null : indexBlocks(blocks), others };
}

/** As `search` in rule-index.ts. */
export function searchKeyed(
  { groups, byBlock, others }: KeyedRules,
  subject: Subject,
  path: string,
  all: OpenRule[] | null,
): OpenRule | null {
  for (let i = 0; i < groups.length; i += 1) {
    const group = groups[i]!;
    const found = searchGroup(group, subject, path, all);
    if (found !== null) return found;
  }
  if (byBlock !== null) {
    const found = searchBlocks(byBlock, subject, path, all);
    if (found !== null) return found;
  }
  return firstOf(others, subject, path, all);
}

/** From the narrowest block outwards. */
function searchBlocks(
  index: BlockIndex<OpenRule>,
  subject: Subject,
  path: string,
  all: OpenRule[] | null,
): OpenRule | null {
  const address = clientAddress(subject);
  for (let at = innermost(index, address); at >= 0; at = outwards(index, address, at)) {
    const found = firstOf(valuesAt(index, address, at), subject, path, all);
    if (found !== null) return found;
  }
  return null;
}

function searchGroup(group: KeyGroup, subject: Subject, path: string, all: OpenRule[] | null): OpenRule | null {
  if (group.attribute !== "claim") {
    const value = keyValue(group, subject);
    const found = searchValue(group, value, subject, path, all);
    const isList = group.attribute === "header" && value !== null && value.includes(",");
    return found === null && isList ? searchMembers(group, value, subject, path, all) : found;
  }
  const value = claimAt(subject.principal.claims, group.claim);
  if (!Array.isArray(value)) return searchValue(group, claimText(value), subject, path, all);
  for (let i = 0; i < value.length; i += 1) {
    const found = searchValue(group, claimText(value[i]), subject, path, all);
    if (found !== null) return found;
  }
  return null;
}

/** Of a header that is a list; whether that is enough is the rule's to say. */
function searchMembers(
  group: KeyGroup,
  value: string,
  subject: Subject,
  path: string,
  all: OpenRule[] | null,
): OpenRule | null {
  for (const member of value.split(",")) {
    const found = searchValue(group, member.trim(), subject, path, all);
    if (found !== null) return found;
  }
  return null;
}

function searchValue(
  { byValue }: KeyGroup,
  value: string | null,
  subject: Subject,
  path: string,
  all: OpenRule[] | null,
): OpenRule | null {
  const rules = value === null ? undefined : byValue.get(value);
  return rules === undefined ? null : firstOf(rules, subject, path, all);
}

function firstOf(rules: readonly OpenRule[], subject: Subject, path: string, all: OpenRule[] | null): OpenRule | null {
  for (let i = 0; i < rules.length; i += 1) {
    const rule = rules[i]!;
    if (!matches(rule, subject, path)) continue;
    if (all === null) return rule;
    all.push(rule);
  }
  return null;
}

function keyValue({ attribute, name }: KeyGroup, { head, principal, place }: Subject): string | null {
  switch (attribute) {
    case "method":
      return head.method;
    case "header":
      return head.header(name);
    case "requestPrincipal": {
      const subject = subjectOf(principal);
      return subject === null ? null : principalKey(issuerOf(principal), subject);
    }
    case "country":
    case "asn":
    case "colo":
      return place(attribute);
    // Looked at by searchGroup.
    case "claim":
      return null;
  }
}

/** A character stands between them that is in no issuer that a config may name: both hold slashes. */
function principalKey(issuer: string, subject: string): string {
  return `${issuer}\u0000${subject}`;
}

/** What a rule cannot match without: a test of `when`, or one in every alternative of `from` or of `to`. */
function keyOf({ rule }: OpenRule): Key | null {
  for (const attribute of KEYS) {
    const key =
      shared([rule.when ?? []], attribute) ??
      shared(rule.from ?? [[]], attribute) ??
      shared(rule.to ?? [[]], attribute);
    if (key !== null) return key;
  }
  return null;
}

function shared(alternatives: readonly (readonly AttributeTest[])[], attribute: KeyAttribute | "ip"): Key | null {
  let first: AttributeTest | null = null;
  const values: string[] = [];
  for (const tests of alternatives) {
    const test = tests.find((one) => one.attribute === attribute && isExactTest(one) && isAlike(one, first ?? one));
    if (test === undefined) return null;
    first = test;
    values.push(...test.values.map((value) => (attribute === "requestPrincipal" ? keyOfPrincipal(value) : value)));
  }
  return { attribute, name: first?.name ?? "", claim: first?.claim ?? [], values };
}

function isAlike(one: AttributeTest, other: AttributeTest): boolean {
  return one.name === other.name && (one.claim ?? []).join("\u0000") === (other.claim ?? []).join("\u0000");
}

function isExactTest({ attribute, values, invert }: AttributeTest): boolean {
  if (invert === true) return false;
  // Every value is a block; what is none fits nothing.
  if (attribute === "ip") return true;
  if (attribute === "requestPrincipal") return values.every(isExactPrincipal);
  return values.every((value) => patternOf(value).type === "exact");
}

function keyOfPrincipal(value: string): string {
  const slash = value.lastIndexOf("/");
  return slash < 0 ? principalKey(value, "") : principalKey(value.slice(0, slash), value.slice(slash + 1));
}
