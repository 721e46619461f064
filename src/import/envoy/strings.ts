/** Envoy's text matchers as Heddle's. */
import type { NamedMatchDraft } from "../proxy/draft.ts";
import { patternFault } from "../proxy/pattern.ts";
import type { SourceNode } from "../proxy/source-node.ts";

export type ValueDraft = Pick<NamedMatchDraft, "type" | "value">;

const SPECIAL = /[\\^$.*+?()[\]{}|]/g;

/** A StringMatcher; null when it cannot be carried over, which is noted. */
export function stringMatch(node: SourceNode): ValueDraft | null {
  const caseless = node.flag("ignore_case") === true;
  for (const [field, type] of [
    ["exact", "Exact"],
    ["prefix", "Prefix"],
    ["suffix", "Suffix"],
  ] as const) {
    const value = node.text(field);
    if (value === undefined) continue;
    return caseless ? pattern(node, field, `(?i)${around(type, escaped(value))}`) : { type, value };
  }
  const contains = node.text("contains");
  if (contains !== undefined) {
    return pattern(node, "contains", `${caseless ? "(?i)" : ""}.*${escaped(contains)}.*`);
  }
  const regex = node.object("safe_regex");
  if (regex !== undefined) return regexMatch(regex);
  node.note("", "is a matcher that has no equivalent; the match is left out");
  return null;
}

/** A RegexMatcher: the whole text has to match, as in Heddle. */
export function regexMatch(node: SourceNode): ValueDraft | null {
  node.ignore("google_re2");
  const regex = node.text("regex");
  if (regex !== undefined) return pattern(node, "regex", regex);
  node.invalid("regex", "is required");
  return null;
}

function around(type: "Exact" | "Prefix" | "Suffix", text: string): string {
  return type === "Exact" ? text : type === "Prefix" ? `${text}.*` : `.*${text}`;
}

export function escaped(text: string): string {
  return text.replaceAll(SPECIAL, "\\$&");
}

function pattern(node: SourceNode, field: string, value: string): ValueDraft | null {
  const fault = patternFault(value);
  if (fault === null) return { type: "RegularExpression", value };
  node.note(field, `${fault}; the match is left out`);
  return null;
}

/** Parts of a share: of a FractionalPercent, by default of 100. */
export function fractionOf(node: SourceNode): { readonly numerator: number; readonly denominator: number } {
  const unit = node.text("denominator") ?? "HUNDRED";
  const denominator = unit === "MILLION" ? 1_000_000 : unit === "TEN_THOUSAND" ? 10_000 : 100;
  return { numerator: Math.min(denominator, node.number("numerator") ?? 0), denominator };
}

/** Of a RuntimeFractionalPercent its default; what a runtime would say at run time is not read. */
export function runtimeFraction(node: SourceNode): { readonly numerator: number; readonly denominator: number } {
  node.drop("runtime_key", "there is no runtime: the default holds");
  const value = node.object("default_value");
  return value === undefined ? { numerator: 0, denominator: 100 } : fractionOf(value);
}
