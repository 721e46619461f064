/**
 * Filters of rules and of single backendRefs, in the shape of the Gateway API's HTTPRouteFilter: a type, and a field
 * named after it. In which order they act does not depend on the list: src/edge/README.md says it.
 */
import * as z from "zod";
import { cors } from "./filters-cors.ts";
import { requestHeaderModifier, responseHeaderModifier } from "./filters-headers.ts";
import { requestRedirect, urlRewrite } from "./filters-path.ts";
import { securityHeaders } from "./filters-security.ts";
import { directResponse, extensionRef, faultInjection, requestMirror } from "./filters-traffic.ts";
import { type Finding, isRecord, withFindings } from "./finding.ts";
import { group, required } from "./setting.ts";

const type = <T extends string>(value: T, text: string) => required(z.literal(value), text);

const common = [
  z.strictObject({
    type: type("RequestHeaderModifier", "Changes the headers that go to the endpoint."),
    requestHeaderModifier: required(requestHeaderModifier, "The headers."),
  }),
  z.strictObject({
    type: type("ResponseHeaderModifier", "Changes the headers of every answer, the mesh's own included."),
    responseHeaderModifier: required(responseHeaderModifier, "The headers."),
  }),
  z.strictObject({
    type: type("SecurityHeaders", "Tells browsers what not to do with any answer, the mesh's own included."),
    securityHeaders: group(securityHeaders, "What they are told."),
  }),
  z.strictObject({
    type: type("RequestRedirect", "Answers with a new location."),
    requestRedirect: group(requestRedirect, "The new location."),
  }),
  z.strictObject({
    type: type("URLRewrite", "Changes path and host on the way to the endpoint."),
    urlRewrite: required(urlRewrite, "The new path and host."),
  }),
  z.strictObject({
    type: type("RequestMirror", "Sends a copy to another service."),
    requestMirror: required(requestMirror, "Where to, and how many."),
  }),
  z.strictObject({
    type: type("DirectResponse", "Answers by itself."),
    directResponse: group(directResponse, "The answer."),
  }),
  z.strictObject({
    type: type("ExtensionRef", "A filter that is registered in code."),
    extensionRef: required(extensionRef, "Which, and what it is told."),
  }),
] as const;

const ofRulesOnly = [
  z.strictObject({
    type: type("CORS", "Answers preflights and says which pages may read the answers."),
    cors: required(cors, "Who may."),
  }),
  z.strictObject({
    type: type("FaultInjection", "Delays and fails requests on purpose."),
    faultInjection: required(faultInjection, "How, and how many."),
  }),
] as const;

/** As many copies as leave connections for the request itself: six may be open at once on Cloudflare. */
const MAX_MIRRORS = 3;

const REPEATABLE = new Set(["RequestMirror", "ExtensionRef"]);

/** Filters of a rule. */
export const ruleFilters = withFindings(
  z.array(z.discriminatedUnion("type", [...common, ...ofRulesOnly])).max(32),
  listFindings,
);

/** Filters of one backendRef, which act after the rule's. */
export const backendFilters = withFindings(z.array(z.discriminatedUnion("type", [...common])).max(32), listFindings);

export type RuleFilterConfig = z.output<typeof ruleFilters>[number];
export type BackendFilterConfig = z.output<typeof backendFilters>[number];

function* listFindings(list: unknown): Iterable<Finding> {
  const types = typesOf(list);
  const seen = new Set<string>();
  for (const [index, name] of types.entries()) {
    if (seen.has(name) && !REPEATABLE.has(name)) {
      yield { path: [index, "type"], message: `${name} is there already: one of each, but for mirrors and extensions` };
    }
    seen.add(name);
  }
  const answers = types.indexOf("RequestRedirect");
  if (answers >= 0) {
    for (const other of ["URLRewrite", "DirectResponse"]) {
      const at = types.indexOf(other);
      if (at >= 0)
        yield { path: [Math.max(at, answers), "type"], message: `RequestRedirect does not go with ${other}` };
    }
  }
  const mirrors = types.flatMap((name, index) => (name === "RequestMirror" ? [index] : []));
  const tooMany = mirrors[MAX_MIRRORS];
  if (tooMany !== undefined) {
    yield { path: [tooMany], message: `at most ${MAX_MIRRORS} mirrors: the request needs connections of its own` };
  }
}

/**
 * What a rule's filters have against the rest of the rule. A rule (`withFindings`) of the schema of rules.
 *
 * Never throws, whatever `rule` is.
 */
export function* ruleFilterFindings(rule: unknown): Iterable<Finding> {
  if (!isRecord(rule)) return;
  const own = listOf(rule.filters);
  const types = typesOf(own);
  const refs = listOf(rule.backendRefs);
  const answers = types.findIndex((name) => name === "RequestRedirect" || name === "DirectResponse");
  if (answers >= 0 && refs.length > 0) {
    yield { path: ["backendRefs"], message: `are never asked: ${types[answers]} answers before them` };
  }
  const prefixOnly = listOf(rule.matches).every(matchesByPrefix);
  if (!prefixOnly) yield* prefixFindings(own, ["filters"]);
  for (const [index, ref] of refs.entries()) {
    if (!isRecord(ref)) continue;
    if (!prefixOnly) yield* prefixFindings(listOf(ref.filters), ["backendRefs", index, "filters"]);
    const mirrors = countMirrors(types) + countMirrors(typesOf(ref.filters));
    if (mirrors > MAX_MIRRORS && countMirrors(types) <= MAX_MIRRORS && countMirrors(typesOf(ref.filters)) > 0) {
      const message = `at most ${MAX_MIRRORS} mirrors together with the rule's own: the request needs connections too`;
      yield { path: ["backendRefs", index, "filters"], message };
    }
  }
}

function* prefixFindings(filters: readonly unknown[], path: readonly (string | number)[]): Iterable<Finding> {
  for (const [index, filter] of filters.entries()) {
    if (!isRecord(filter)) continue;
    for (const field of ["urlRewrite", "requestRedirect"]) {
      const modifier = isRecord(filter[field]) ? filter[field].path : undefined;
      if (!isRecord(modifier) || modifier.type !== "ReplacePrefixMatch") continue;
      yield {
        path: [...path, index, field, "path", "type"],
        message: "needs a prefix to replace: every match of the rule has to be a PathPrefix or a StringPrefix",
      };
    }
  }
}

/** Also what says nothing of the path: then the prefix is "/". */
function matchesByPrefix(match: unknown): boolean {
  const type = isRecord(match) && isRecord(match.path) ? match.path.type : undefined;
  return type !== "Exact" && type !== "RegularExpression";
}

function countMirrors(types: readonly string[]): number {
  return types.filter((name) => name === "RequestMirror").length;
}

function typesOf(list: unknown): string[] {
  return listOf(list).map((filter) => (isRecord(filter) && typeof filter.type === "string" ? filter.type : ""));
}

function listOf(value: unknown): readonly unknown[] {
  return Array.isArray(value) ? value : [];
}
