/**
 * Envoy's RouteMatch as Heddle's match.
 *
 * A condition that cannot be carried over takes the whole route with it: without the condition the route would take
 * requests that were meant for others.
 */
import { matchSchema } from "../../config/schema/matches.ts";
import { HTTP_METHODS } from "../../config/schema/names.ts";
import { faultsOf, type MatchDraft, type NamedMatchDraft, type PathDraft } from "../proxy/draft.ts";
import { patternFits } from "../proxy/pattern.ts";
import type { SourceNode } from "../proxy/source-node.ts";
import { escaped, regexMatch, runtimeFraction, stringMatch, type ValueDraft } from "./strings.ts";

export interface ReadMatch {
  /** Any of them. */
  readonly matches: readonly MatchDraft[];
  /** Of the requests that fit, so many of so many are taken; null: all. */
  readonly fraction: { readonly numerator: number; readonly denominator: number } | null;
}

const LEFT_OUT = "; the route is left out";

/** Null when the route cannot be carried over, or takes nothing. */
export function readMatch(node: SourceNode): ReadMatch | null {
  const path = readPath(node);
  const conditions = node.objects("headers").map(readHeader);
  const queryParams = node.objects("query_parameters").map(readQueryParameter);
  if (node.has("grpc")) {
    node.ignore("grpc");
    conditions.push([{ name: "content-type", type: "RegularExpression", value: "application/grpc(\\+.*)?" }]);
  }
  for (const field of ["tls_context", "dynamic_metadata", "filter_state"]) {
    node.drop(field, `is not known at the edge${LEFT_OUT}`);
  }
  const fraction = node.object("runtime_fraction");
  const share = fraction === undefined ? null : runtimeFraction(fraction);
  const lost = ["tls_context", "dynamic_metadata", "filter_state"].some((field) => node.has(field));
  if (path === null || lost || conditions.includes(null) || queryParams.includes(null)) return null;
  if (share?.numerator === 0) {
    fraction!.note("", `takes no request${LEFT_OUT}`, "changed");
    return null;
  }
  const all = (conditions as readonly Conditions[]).flat();
  const methods = allowedMethods(all);
  const headers = all.filter((condition) => !("methods" in condition)) as NamedMatchDraft[];
  const draft: MatchDraft = {
    path,
    ...(headers.length > 0 && { headers }),
    ...(queryParams.length > 0 && { queryParams: queryParams as NamedMatchDraft[] }),
  };
  const fault = faultsOf(matchSchema, draft)[0];
  if (fault !== undefined || methods?.length === 0) {
    node.note("", `${fault === undefined ? "no method fits" : `${fault.path} ${fault.message}`}${LEFT_OUT}`);
    return null;
  }
  return {
    matches: methods === null ? [draft] : methods.map((method) => ({ ...draft, method })),
    fraction: share === null || share.numerator === share.denominator ? null : share,
  };
}

function readPath(node: SourceNode): PathDraft | null {
  const caseless = node.flag("case_sensitive") === false ? ({ ignoreCase: true } as const) : {};
  const prefix = node.text("prefix");
  if (prefix !== undefined) return { type: "StringPrefix", value: prefix === "" ? "/" : prefix, ...caseless };
  const path = node.text("path");
  if (path !== undefined) return { type: "Exact", value: path, ...caseless };
  const separated = node.text("path_separated_prefix");
  if (separated !== undefined) return { type: "PathPrefix", value: separated, ...caseless };
  const regex = node.object("safe_regex");
  if (regex !== undefined) {
    const match = regexMatch(regex);
    return match === null ? null : { type: "RegularExpression", value: match.value! };
  }
  if (node.has("connect_matcher")) node.drop("connect_matcher", `CONNECT is not served at the edge${LEFT_OUT}`);
  else if (node.has("path_match_policy")) node.drop("path_match_policy", `URI templates are not matched${LEFT_OUT}`);
  else node.invalid("", "needs one of prefix, path, path_separated_prefix and safe_regex");
  return null;
}

/** A condition on the method, as the methods that it allows. */
interface MethodCondition {
  readonly methods: readonly string[];
}
type Conditions = readonly (NamedMatchDraft | MethodCondition)[];

function readHeader(node: SourceNode): Conditions | null {
  const name = (node.text("name") ?? "").toLowerCase();
  if (name === "") node.invalid("name", "is required");
  const invert = node.flag("invert_match") === true;
  const missingIsEmpty = node.flag("treat_missing_header_as_empty") === true;
  const present = node.flag("present_match");
  const value = present !== undefined ? ({ type: "Present" } as const) : headerValue(node);
  if (value === null) return null;
  if (name === ":method") return [{ methods: HTTP_METHODS.filter((method) => fits(value, method) !== invert) }];
  const key = name === ":authority" ? "host" : name;
  if (key.startsWith(":")) {
    node.note("name", `${name} is matched by the path and the listener alone${LEFT_OUT}`);
    return null;
  }
  const inverted = value.type === "Present" && present === false ? !invert : invert;
  const match: NamedMatchDraft = { name: key, ...value, ...(inverted && { invert: true as const }) };
  // A header that is missing fits nothing in Envoy, turned round or not, unless it counts as empty.
  const needsPresence = inverted && value.type !== "Present" && !missingIsEmpty;
  return needsPresence ? [{ name: key, type: "Present" }, match] : [match];
}

const DEPRECATED = {
  exact_match: "Exact",
  prefix_match: "Prefix",
  suffix_match: "Suffix",
} as const;

function headerValue(node: SourceNode): ValueDraft | null {
  for (const [field, type] of Object.entries(DEPRECATED)) {
    const value = node.text(field);
    if (value !== undefined) return { type, value };
  }
  const contains = node.text("contains_match");
  if (contains !== undefined) return { type: "RegularExpression", value: `.*${escaped(contains)}.*` };
  const regex = node.object("safe_regex_match");
  if (regex !== undefined) return regexMatch(regex);
  const text = node.object("string_match");
  if (text !== undefined) return stringMatch(text);
  if (node.has("range_match")) {
    node.drop("range_match", `header values are not compared as numbers${LEFT_OUT}`);
    return null;
  }
  return { type: "Present" };
}

function fits({ type, value = "" }: ValueDraft, method: string): boolean {
  switch (type) {
    case "Exact":
      return method === value;
    case "Prefix":
      return method.startsWith(value);
    case "Suffix":
      return method.endsWith(value);
    case "RegularExpression":
      return patternFits(value, method);
    case "Present":
      return true;
  }
}

/** Methods that all conditions allow; null when nothing is said of them. */
function allowedMethods(conditions: Conditions): readonly string[] | null {
  const lists = conditions.flatMap((condition) => ("methods" in condition ? [condition.methods] : []));
  if (lists.length === 0) return null;
  return HTTP_METHODS.filter((method) => lists.every((list) => list.includes(method)));
}

function readQueryParameter(node: SourceNode): NamedMatchDraft | null {
  const name = node.text("name") ?? "";
  if (name === "") node.invalid("name", "is required");
  const text = node.object("string_match");
  const present = node.flag("present_match");
  if (text === undefined) return { name, type: "Present", ...(present === false && { invert: true as const }) };
  const value = stringMatch(text);
  return value === null ? null : { name, ...value };
}
