/** HTTPRoute, with the ranges, patterns and rules of its CRD. */
import * as z from "zod";
import { DURATION_PATTERN, durationMs } from "../../../config/duration.ts";
import { type Finding, isRecord, withFindings } from "../../../config/schema/finding.ts";
import {
  backendObjectRef,
  duration,
  headerName,
  hostname,
  listOf,
  metadata,
  parentRefs,
  portFindings,
  sectionName,
  sessionPersistence,
} from "./fields.ts";
import { filters } from "./http-filters.ts";

const PATH_CHARACTERS = /^(?:[-A-Za-z0-9/._~!$&'()*+,;=:@]|[%][0-9a-fA-F]{2})+$/;
const FORBIDDEN_INSIDE = ["//", "/./", "/../", "%2f", "%2F", "#"];
const FORBIDDEN_AT_END = ["/..", "/."];

const path = z.strictObject({
  type: z.enum(["Exact", "PathPrefix", "RegularExpression"]).default("PathPrefix"),
  value: z.string().max(1_024).default("/"),
});
withFindings(path, function* (match): Iterable<Finding> {
  if (!isRecord(match) || match.type === "RegularExpression") return;
  const value = match.value ?? "/";
  if (typeof value !== "string") return;
  const types = "['Exact', 'PathPrefix']";
  if (!value.startsWith("/")) {
    yield { path: ["value"], message: `value must be an absolute path and start with '/' when type one of ${types}` };
  }
  for (const part of FORBIDDEN_INSIDE.filter((forbidden) => value.includes(forbidden))) {
    yield { path: ["value"], message: `must not contain '${part}' when type one of ${types}` };
  }
  for (const part of FORBIDDEN_AT_END.filter((forbidden) => value.endsWith(forbidden))) {
    yield { path: ["value"], message: `must not end with '${part}' when type one of ${types}` };
  }
  if (!PATH_CHARACTERS.test(value)) {
    yield {
      path: ["value"],
      message: `must only contain valid characters (matching ${PATH_CHARACTERS.source}) for types ${types}`,
    };
  }
});

const valueType = () => z.enum(["Exact", "RegularExpression"]).default("Exact");

const match = z.strictObject({
  path: path.prefault({}),
  headers: z
    .array(z.strictObject({ type: valueType(), name: headerName(), value: z.string().min(1).max(4_096) }))
    .max(16)
    .default([]),
  queryParams: z
    .array(z.strictObject({ type: valueType(), name: headerName(), value: z.string().min(1).max(1_024) }))
    .max(16)
    .default([]),
  method: z.enum(["GET", "HEAD", "POST", "PUT", "DELETE", "CONNECT", "OPTIONS", "TRACE", "PATCH"]).optional(),
});
export type HttpMatch = z.output<typeof match>;

const backendRef = z.strictObject({
  ...backendObjectRef.shape,
  weight: z.int().min(0).max(1_000_000).default(1),
  filters: filters(),
});
withFindings(backendRef, portFindings);
export type HttpBackendRef = z.output<typeof backendRef>;

const timeouts = z.strictObject({ request: duration().optional(), backendRequest: duration().optional() });
withFindings(timeouts, function* (value): Iterable<Finding> {
  if (!isRecord(value)) return;
  const [request, backend] = [value.request, value.backendRequest];
  if (typeof request !== "string" || typeof backend !== "string") return;
  if (!DURATION_PATTERN.test(request) || !DURATION_PATTERN.test(backend) || durationMs(request) === 0) return;
  if (durationMs(backend) <= durationMs(request)) return;
  yield { path: [], message: "backendRequest timeout cannot be longer than request timeout" };
});

const retry = z.strictObject({
  codes: z.array(z.int().min(400).max(599)).default([]),
  attempts: z.int().min(0).optional(),
  backoff: duration().optional(),
});

export const routeRuleParts = {
  name: sectionName().optional(),
  timeouts: timeouts.optional(),
  retry: retry.optional(),
  sessionPersistence: sessionPersistence.optional(),
};

const rule = z.strictObject({
  ...routeRuleParts,
  /** None is every request. */
  matches: z.array(match).max(64).default([]),
  filters: filters(),
  backendRefs: z.array(backendRef).max(16).default([]),
});
export type HttpRule = z.output<typeof rule>;
withFindings(rule, answerFindings);
withFindings(rule, prefixFindings);

function* answerFindings(value: unknown): Iterable<Finding> {
  if (!isRecord(value) || listOf(value.backendRefs).length === 0) return;
  const types = listOf(value.filters).map((filter) => (isRecord(filter) ? filter.type : ""));
  for (const type of ["RequestRedirect", "DirectResponse"]) {
    if (types.includes(type)) yield { path: [], message: `${type} filter must not be used together with backendRefs` };
  }
}

function* prefixFindings(value: unknown): Iterable<Finding> {
  if (!isRecord(value)) return;
  const matches = listOf(value.matches);
  const first =
    isRecord(matches[0]) && isRecord(matches[0].path) ? (matches[0].path.type ?? "PathPrefix") : "PathPrefix";
  if (matches.length <= 1 && first === "PathPrefix") return;
  for (const [type, field] of [
    ["RequestRedirect", "requestRedirect"],
    ["URLRewrite", "urlRewrite"],
  ] as const) {
    const needs = `sing ${type} filter with path.replacePrefixMatch, exactly one PathPrefix match must be specified`;
    const used = (list: unknown) => listOf(list).some((filter) => replacesPrefix(filter, field));
    if (used(value.filters)) yield { path: [], message: `When u${needs}` };
    const inBackends = listOf(value.backendRefs).some((ref) => isRecord(ref) && used(ref.filters));
    const when = type === "URLRewrite" ? "When" : "when";
    if (inBackends) yield { path: [], message: `Within backendRefs, ${when} u${needs}` };
  }
}

function replacesPrefix(filter: unknown, field: string): boolean {
  const modifier = isRecord(filter) && isRecord(filter[field]) ? filter[field].path : undefined;
  return isRecord(modifier) && modifier.type === "ReplacePrefixMatch" && modifier.replacePrefixMatch !== undefined;
}

const MAX_MATCHES = 128;

/** Names of rules are distinct, and all rules together have a bounded number of matches. */
export function* rulesFindings(list: unknown): Iterable<Finding> {
  const names = new Set<unknown>();
  let matches = 0;
  for (const [index, value] of listOf(list).entries()) {
    if (!isRecord(value)) continue;
    matches += listOf(value.matches).length;
    if (value.name === undefined) continue;
    if (names.has(value.name)) yield { path: [index, "name"], message: "Rule name must be unique within the route" };
    names.add(value.name);
  }
  if (matches > MAX_MATCHES) {
    yield { path: [], message: "total number of matches across all rules in a route must be less than 128" };
  }
}

export const httpRoute = z.looseObject({
  metadata,
  spec: z.strictObject({
    parentRefs,
    hostnames: z.array(hostname()).max(16).default([]),
    useDefaultGateways: z.string().optional(),
    rules: withFindings(z.array(rule).max(16).prefault([{}]), rulesFindings),
  }),
});
export type HttpRoute = z.output<typeof httpRoute>;
